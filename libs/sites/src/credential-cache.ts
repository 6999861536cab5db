import { LRUCache } from 'lru-cache';
import { type EventStore, EventStoreUnavailable } from '@app/event-store/event-store';
import { siteStream } from '@app/stored-events/streams';
import { applyEvents, type StoredCredential } from './credential';

/** After this long a site is read again while the last answer still serves. */
const REFRESH_AFTER_MS = 5_000;
/** After this long the last answer does not serve any more: the time that a revocation takes at most. */
const BELIEVED_MS = 9_000;
/** An unknown client or site is looked for again at most once in this time, whoever asks and however often. */
const UNKNOWN_MS = 1_000;
/** Sites and credentials together; some 500 bytes each. */
const MOST_KEPT = 50_000;

interface Known {
  /** False: there is no such site. */
  exists: boolean;
  /** Where the next read begins. */
  next: bigint;
  credentials: Map<string, StoredCredential>;
  readAt: number;
}

/** Credentials by site, read from the site's stream; later reads fetch only what was appended since. Bounded. */
export class CredentialCache {
  private readonly known = new LRUCache<string, Known>({
    maxSize: MOST_KEPT,
    sizeCalculation: ({ credentials }) => 1 + credentials.size,
  });
  private readonly reading = new Map<string, Promise<Known>>();

  constructor(
    private readonly store: EventStore,
    private readonly now: () => number,
  ) {}

  /** A credential, revoked and expired ones included. `fresh`: as the store has it now. @throws EventStoreUnavailable */
  async get(site: string, clientId: string, fresh?: 'fresh'): Promise<StoredCredential | undefined> {
    const known = fresh === undefined ? this.known.get(site) : undefined;
    const age = known === undefined ? Infinity : this.now() - known.readAt;
    const found = known?.credentials.get(clientId);
    if (found !== undefined && age < BELIEVED_MS) {
      if (age >= REFRESH_AFTER_MS) void this.read(site).catch(() => {});
      return found;
    }
    // It may have been issued a moment ago by another process.
    if (found === undefined && age < UNKNOWN_MS) return undefined;
    try {
      return (await this.read(site)).credentials.get(clientId);
    } catch (error) {
      if (found !== undefined && error instanceof EventStoreUnavailable) return found;
      throw error;
    }
  }

  /** All credentials of a site as the store has them now; undefined: there is no such site. @throws EventStoreUnavailable */
  async all(site: string): Promise<StoredCredential[] | undefined> {
    const { exists, credentials } = await this.read(site);
    return exists ? [...credentials.values()] : undefined;
  }

  /** The next question is answered by the store, with what is appended by then. */
  forget(site: string): void {
    this.known.delete(site);
    this.reading.delete(site);
  }

  /** Reads what was appended since the last read; one read of a site at a time serves all who ask. */
  private read(site: string): Promise<Known> {
    const running = this.reading.get(site);
    if (running !== undefined) return running;
    const isLatest = (): boolean => this.reading.get(site) === reading;
    const reading: Promise<Known> = this.readSince(site, this.known.get(site))
      .then((known) => {
        // What was read before an append of this process would hide it.
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
