import { LRUCache } from 'lru-cache';
import type { PurchaseState } from '@app/purchase/state';
import { KnownRevisions } from './known-revisions';
import type { LoadedPurchase } from './loaded-purchase';
import { type Name, namesIn } from './identity/names';

/** Overhead of an entry, in bytes. */
const PER_PURCHASE = 300;

/** The state of a purchase at a revision, as JSON. */
interface CachedState {
  revision: bigint;
  text: string;
}

/** Estimates the heap size of a text, in bytes: V8 stores most texts with one byte per character. */
const sizeOf = ({ text }: CachedState): number =>
  PER_PURCHASE + (Buffer.byteLength(text) === text.length ? text.length : 2 * text.length);

/**
 * Purchases as last loaded or written by this process, limited by bytes; evicts the least recently used. Entries are hints: another process may
 * have written since. A state is kept as text, which takes half of the memory and costs the garbage collector little.
 */
export class PurchaseCache {
  /** Kept after the states are evicted: revisions take far less memory. */
  readonly revisions: KnownRevisions;
  /** Look-ups of purchases for a write, by whether they were cached. */
  readonly lookups = { hits: 0, misses: 0 };
  private readonly states?: LRUCache<string, CachedState>;

  /**
   * @param maxBytes 0 disables the cache of states.
   * @param maxPurchaseBytes Larger states are not cached.
   */
  constructor(maxBytes: number, maxPurchaseBytes = maxBytes) {
    this.revisions = new KnownRevisions(maxBytes);
    if (maxBytes > 0)
      this.states = new LRUCache({
        maxSize: maxBytes,
        maxEntrySize: Math.min(maxBytes, maxPurchaseBytes),
        sizeCalculation: sizeOf,
      });
  }

  /** The cached purchase that held this name. */
  find(site: string, name: Name): LoadedPurchase | undefined {
    const id = this.idOf(site, name);
    return id === undefined ? undefined : this.get(site, id);
  }

  /** The id of the purchase that held this name, cached or not. */
  idOf(site: string, name: Name): string | undefined {
    return this.revisions.ownerOf(site, name)?.id;
  }

  /** A cached purchase of this site. */
  get(site: string, id: string): LoadedPurchase | undefined {
    const known = this.revisions.of(site, id);
    const cached = this.states?.get(id);
    if (known === undefined || cached?.revision !== known.revision) return undefined;
    const { revision, position } = known;
    return { site, id, state: JSON.parse(cached.text) as PurchaseState, revision, position };
  }

  /** Ignores a revision older than the known one: a read that ran during a write may return an old state. */
  remember({ site, id, state, revision, position }: LoadedPurchase): void {
    if (revision === undefined || !this.revisions.remember({ site, id, names: namesIn(state), revision, position }))
      return;
    this.states?.set(id, { revision, text: JSON.stringify(state) });
  }

  forget(id: string): void {
    this.states?.delete(id);
  }

  /** Estimated bytes in use. */
  get bytes(): number {
    return this.states?.calculatedSize ?? 0;
  }
}
