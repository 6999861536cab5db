import { LRUCache } from 'lru-cache';
import { type EventStore, EventStoreUnavailable } from '@app/event-store/event-store';
import { siteStream } from '@app/stored-events/streams';
import { applyEvents, type StoredCredential } from './credential';

/** Age in milliseconds after which a site is read again in the background. */
const REFRESH_AFTER_MS = 5_000;
/** Maximum age of a cached site in milliseconds; bounds the delay of a revocation. */
const MAX_AGE_MS = 9_000;
/** Minimum milliseconds between two reads of a site caused by unknown clients. */
const UNKNOWN_TTL_MS = 1_000;
/** Maximum number of cached sites and credentials together; about 500 bytes each. */
const MAX_ENTRIES = 50_000;

interface Known {
  /** False: the site does not exist. */
  exists: boolean;
  /** The revision at which the next read starts. */
  next: bigint;
  credentials: Map<string, StoredCredential>;
  readAt: number;
}

/** Credentials by site, read from the site's stream. Later reads fetch only new events. Evicts the least recently used sites. */
export class CredentialCache {
  private readonly known = new LRUCache<string, Known>({
    maxSize: MAX_ENTRIES,
    sizeCalculation: ({ credentials }) => 1 + credentials.size,
  });
  private readonly reading = new Map<string, Promise<Known>>();

  constructor(
    private readonly store: EventStore,
    private readonly now: () => number,
  ) {}

  /** A credential, also when revoked or expired. `fresh` bypasses the cache. @throws EventStoreUnavailable */
  async get(site: string, clientId: string, fresh?: 'fresh'): Promise<StoredCredential | undefined> {
    const known = fresh === undefined ? this.known.get(site) : undefined;
    const age = known === undefined ? Infinity : this.now() - known.readAt;
    const found = known?.credentials.get(clientId);
    if (found !== undefined && age < MAX_AGE_MS) {
      if (age >= REFRESH_AFTER_MS) void this.read(site).catch(() => {});
      return found;
    }
    // Another process may have issued it since the last read.
    if (found === undefined && age < UNKNOWN_TTL_MS) return undefined;
    try {
      return (await this.read(site)).credentials.get(clientId);
    } catch (error) {
      if (found !== undefined && error instanceof EventStoreUnavailable) return found;
      throw error;
    }
  }

  /** A credential as it was last read, also when revoked or expired; undefined when the cache has none. Does not read the store. */
  lastKnown(site: string, clientId: string): StoredCredential | undefined {
    return this.known.get(site)?.credentials.get(clientId);
  }

  /** All credentials of a site, read from the store; undefined: the site does not exist. @throws EventStoreUnavailable */
  async all(site: string): Promise<StoredCredential[] | undefined> {
    const { exists, credentials } = await this.read(site);
    return exists ? [...credentials.values()] : undefined;
  }

  /** Removes a site from the cache, so that the next call reads the store. */
  forget(site: string): void {
    this.known.delete(site);
    this.reading.delete(site);
  }

  /** Reads the events since the last read. Concurrent calls for a site share one read. */
  private read(site: string): Promise<Known> {
    const running = this.reading.get(site);
    if (running !== undefined) return running;
    const isLatest = (): boolean => this.reading.get(site) === reading;
    const reading: Promise<Known> = this.readSince(site, this.known.get(site))
      .then((known) => {
        // A read that started before `forget` may lack the latest append.
        if (isLatest()) this.known.set(site, known);
        return known;
      })
      .finally(() => {
        if (isLatest()) this.reading.delete(site);
      });
    this.reading.set(site, reading);
    return reading;
  }

  private async readSince(site: string, before?: Known): Promise<Known> {
    const readAt = this.now();
    const from = before?.exists === true ? before.next : 0n;
    const { exists, events } = await this.store.readStream(siteStream(site), { from });
    const credentials = new Map(exists ? before?.credentials : []);
    applyEvents(credentials, events);
    const last = events.at(-1);
    return { exists, next: last === undefined ? from : last.revision + 1n, credentials, readAt };
  }
}
