import { LRUCache } from 'lru-cache';
import type { Position } from '@app/event-store/event-store';
import type { IdentifierKind } from '@app/purchase/purchase';
import type { Name } from './identity/names';

/** Least size limit: 2 per character of each name, plus SIZE_OF_ENTRY per purchase; about 40,000 purchases. */
const MIN_SIZE = 16_000_000;
const SIZE_OF_ENTRY = 300;

/** A revision of a purchase, with its names at that revision. */
export interface PurchaseRevision {
  readonly site: string;
  readonly id: string;
  readonly names: readonly Name[];
  readonly revision: bigint;
  readonly position?: Position;
}

export interface KnownRevision {
  readonly site: string;
  readonly id: string;
  readonly revision: bigint;
  readonly names: readonly string[];
  readonly position?: Position;
  /** True when the read model has returned this revision or a later one. */
  isProjected?: boolean;
}

const keyOf = (site: string, kind: IdentifierKind, value: string): string => JSON.stringify([site, kind, value]);

/** The last revision of each purchase that this process wrote or read, with its names at that revision. Evicts the least recently used. */
export class KnownRevisions {
  private readonly byId: LRUCache<string, KnownRevision>;
  private readonly owners = new Map<string, string>();

  /** @param cacheBytes size of the cache of states, in which only purchases that are known here are found; most states are twice as large as an entry here */
  constructor(cacheBytes: number) {
    this.byId = new LRUCache<string, KnownRevision>({
      maxSize: Math.max(MIN_SIZE, cacheBytes / 2),
      sizeCalculation: ({ names }) => names.reduce((sum, name) => sum + 2 * name.length, SIZE_OF_ENTRY),
      dispose: (gone) => this.forgetNames(gone),
    });
  }

  /** False, and nothing is changed, when the revision is older than the known one. */
  remember({ site, id, names, revision, position }: PurchaseRevision): boolean {
    if ((this.byId.peek(id)?.revision ?? -1n) > revision) return false;
    const keys = names.map(({ kind, value }) => keyOf(site, kind, value));
    this.byId.set(id, { site, id, revision, names: keys, position });
    for (const key of keys) this.owners.set(key, id);
    return true;
  }

  /** The purchase that held this name at the last revision known to this process. */
  ownerOf(site: string, { kind, value }: Name): KnownRevision | undefined {
    const id = this.owners.get(keyOf(site, kind, value));
    return id === undefined ? undefined : this.byId.get(id);
  }

  /** The last known revision of a purchase of this site. */
  of(site: string, id: string): KnownRevision | undefined {
    const known = this.byId.get(id);
    return known?.site === site ? known : undefined;
  }

  private forgetNames({ id, names }: KnownRevision): void {
    for (const name of names) if (this.owners.get(name) === id) this.owners.delete(name);
  }
}
