import { randomUUID } from 'node:crypto';
import type { RecordedEvent } from '@app/event-store/event-store';
import type { PurchaseState } from '@app/purchase/state';
import { metadataOf } from '@app/stored-events/codec';
import { snapshotStream } from '@app/stored-events/streams';
import type { LoadedPurchase } from './loaded-purchase';
import type { WriteStore } from './write-deadline';

/** Increment it when `evolve` or an upcaster folds stored events into another state: snapshots of other versions are ignored. */
export const STATE_VERSION = 1;
/** A purchase gets a snapshot each time its stream has grown by this many events. */
export const SNAPSHOT_EVERY = 100;
/** A larger state has no snapshot; characters of JSON. */
const MAX_STATE_LENGTH = 256 * 1024;
const TYPE = 'PurchaseSnapshot';

/** The state of a purchase after the event at `revision` with the id `eventId`. */
export interface Snapshot {
  revision: bigint;
  eventId: string;
  state: PurchaseState;
}

interface SnapshotData {
  stateVersion: number;
  site: string;
  revision: string;
  eventId: string;
  state: PurchaseState;
}

/** True when a stream that grew from one revision to another has passed the revision of a snapshot. */
export const isSnapshotDue = (from: bigint | undefined, to: bigint): boolean =>
  (from ?? -1n) / BigInt(SNAPSHOT_EVERY) !== to / BigInt(SNAPSHOT_EVERY);

/**
 * Snapshots of purchases with long streams, in a stream of their own for each purchase (docs/adr/0092). A snapshot is a hint: it saves reading the
 * events before it, and a purchase without one is folded from all its events.
 */
export class Snapshots {
  constructor(private readonly store: WriteStore) {}

  /** The last snapshot, if it is of this site and of the current STATE_VERSION. @throws EventStoreUnavailable */
  async find(site: string, id: string): Promise<Snapshot | undefined> {
    const [last] = (await this.store.readStream(snapshotStream(id), { direction: 'backwards', maxCount: 1 })).events;
    if (last?.type !== TYPE) return undefined;
    const { stateVersion, site: ofSite, revision, eventId, state } = last.data as SnapshotData;
    if (stateVersion !== STATE_VERSION || ofSite !== site) return undefined;
    return { revision: BigInt(revision), eventId, state };
  }

  /** Appends a snapshot in the background. It is not repeated when that fails. */
  keep({ site, id, state, revision }: LoadedPurchase, eventId: string): void {
    void this.append({ stateVersion: STATE_VERSION, site, revision: String(revision), eventId, state }, id).catch(
      () => {},
    );
  }

  private async append(data: SnapshotData, id: string): Promise<void> {
    if (JSON.stringify(data.state).length > MAX_STATE_LENGTH) return;
    const context = { site: data.site, actor: 'system', requestId: data.eventId, at: new Date().toISOString() };
    const metadata = metadataOf(context, { cause: data.eventId });
    await this.store.append(snapshotStream(id), [{ id: randomUUID(), type: TYPE, data, metadata }], 'any');
  }
}

/** True when these events, read from the revision of the snapshot on, begin with its event. */
export const continues = ({ revision, eventId }: Snapshot, [first]: readonly RecordedEvent[]): boolean =>
  first?.revision === revision && first.id === eventId;
