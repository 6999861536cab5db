import { LRUCache } from 'lru-cache';
import type { IdentifierKind } from '@app/purchase/purchase';
import { KnownRevisions } from './known-revisions';
import type { LoadedPurchase } from './loaded-purchase';
import { type Name, namesIn } from './identity/names';

const PER_OBJECT = 24;
const PER_ARRAY = 40;
const PER_PROPERTY = 8;
const PER_STRING = 20;
/** Overhead in bytes: of a cache entry, and of the key of one name without its value. */
const PER_PURCHASE = 500;
const PER_NAME = 150;

/** Matches a string that V8 stores with two bytes per character. */
const WIDE = /[\u0100-\uffff]/;

/** Estimates the heap size, in bytes, of plain data that was parsed from JSON. */
export function bytesOf(value: unknown): number {
  if (typeof value === 'string') return PER_STRING + value.length * (WIDE.test(value) ? 2 : 1);
  if (typeof value !== 'object' || value === null) return 0;
  if (Array.isArray(value)) return value.reduce<number>((sum, each) => sum + PER_PROPERTY + bytesOf(each), PER_ARRAY);
  let bytes = PER_OBJECT;
  for (const key in value) bytes += PER_PROPERTY + bytesOf((value as Record<string, unknown>)[key]);
  return bytes;
}

const sizeOf = ({ state }: LoadedPurchase): number =>
  namesIn(state).reduce((sum, { value }) => sum + PER_NAME + bytesOf(value), PER_PURCHASE + bytesOf(state));

const keyOf = (site: string, kind: IdentifierKind, value: string): string => JSON.stringify([site, kind, value]);

/**
 * Purchases as last loaded or written by this process, limited by bytes; evicts the least recently used. Entries are hints: another process may
 * have written since.
 */
export class PurchaseCache {
  /** Kept after the purchases are evicted: revisions take far less memory. */
  readonly revisions = new KnownRevisions();
  /** Look-ups of purchases for a write, by whether they were cached. */
  readonly lookups = { hits: 0, misses: 0 };
  private readonly purchases?: LRUCache<string, LoadedPurchase>;
  /** The id of the cached purchase that holds each name. */
  private readonly owners = new Map<string, string>();

  /**
   * @param maxBytes 0 disables the cache of purchases.
   * @param maxPurchaseBytes Larger purchases are not cached.
   */
  constructor(maxBytes: number, maxPurchaseBytes = maxBytes) {
    if (maxBytes > 0)
      this.purchases = new LRUCache({
        maxSize: maxBytes,
        maxEntrySize: Math.min(maxBytes, maxPurchaseBytes),
        sizeCalculation: sizeOf,
        dispose: (gone) => this.forgetNames(gone),
      });
  }

  find(site: string, { kind, value }: Name): LoadedPurchase | undefined {
    const id = this.owners.get(keyOf(site, kind, value));
    return id === undefined ? undefined : this.purchases?.get(id);
  }

  /** Ignores a revision older than the cached one: a read that ran during a write may return an old state. */
  remember(loaded: LoadedPurchase): void {
    const { site, id, state, revision, position } = loaded;
    if (revision !== undefined) this.revisions.remember({ site, id, names: namesIn(state), revision, position });
    const known = this.purchases?.peek(loaded.id)?.revision;
    if (this.purchases === undefined || loaded.revision === undefined || (known ?? -1n) > loaded.revision) return;
    this.purchases.set(loaded.id, loaded);
    if (!this.purchases.has(loaded.id)) return;
    for (const { kind, value } of namesIn(loaded.state)) this.owners.set(keyOf(loaded.site, kind, value), loaded.id);
  }

  /** A purchase by its id, without marking it as used. */
  peek(id: string): LoadedPurchase | undefined {
    return this.purchases?.peek(id);
  }

  forget(id: string): void {
    this.purchases?.delete(id);
  }

  /** Estimated bytes in use. */
  get bytes(): number {
    return this.purchases?.calculatedSize ?? 0;
  }

  private forgetNames({ id, site, state }: LoadedPurchase): void {
    for (const { kind, value } of namesIn(state)) {
      const key = keyOf(site, kind, value);
      if (this.owners.get(key) === id) this.owners.delete(key);
    }
  }
}
