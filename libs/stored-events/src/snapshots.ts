import { randomUUID } from 'node:crypto';
import type { EventStore, RecordedEvent } from '@app/event-store/event-store';
import type { PurchaseState } from '@app/purchase/state';
import { metadataOf } from './codec';
import { snapshotStream } from './streams';

/**
 * Snapshots of purchases with long streams, in a stream of their own for each purchase (docs/adr/0092). A snapshot is a hint: it saves reading the
 * events before it, and a purchase without one is folded from all its events.
 */

/** Increment it when `evolve` or an upcaster folds stored events into another state: snapshots of other versions are ignored. */
export const STATE_VERSION = 1;
/** A purchase gets a snapshot each time its stream has grown by this many events. */
export const SNAPSHOT_EVERY = 100;
/** A larger state has no snapshot; characters of JSON. */
const MAX_STATE_LENGTH = 256 * 1024;
/** A search for a snapshot gives up after this many reads. */
const MAX_READS = 8;
const TYPE = 'PurchaseSnapshot';

/** The state of a purchase after the event at `revision` with the id `eventId`. */
interface SnapshotData {
  stateVersion: number;
  site: string;
  revision: string;
  eventId: string;
  state: PurchaseState;
}

/** A purchase at the event of a snapshot. */
export interface SnapshotStart {
  state: PurchaseState;
  at: RecordedEvent;
  /** The events after `at`, as they were read. */
  since: readonly RecordedEvent[];
}

export interface SnapshotQuery {
  site: string;
  id: string;
  /** The last snapshot at or before this revision is used. Absent: the last one. */
  upTo?: bigint;
}

/** True when a stream that grew from one revision to another has passed the revision of a snapshot. */
export const isSnapshotDue = (from: bigint | undefined, to: bigint): boolean =>
  (from ?? -1n) / BigInt(SNAPSHOT_EVERY) !== to / BigInt(SNAPSHOT_EVERY);

/**
 * Reads a purchase from a snapshot on. The snapshot is used only if it is of this site and of the current STATE_VERSION, and if the event at its
 * revision has the id that it names and is the last one of its append.
 * @param read reads events of the purchase from a revision on
 * @returns undefined when there is no such snapshot: the purchase has to be folded from its first event
 * @throws EventStoreUnavailable, and what `read` throws
 */
export async function startFromSnapshot(
  store: Pick<EventStore, 'readStream'>,
  query: SnapshotQuery,
  read: (from: bigint) => Promise<readonly RecordedEvent[]>,
): Promise<SnapshotStart | undefined> {
  const snapshot = await find(store, query);
  if (snapshot?.stateVersion !== STATE_VERSION || snapshot.site !== query.site) return undefined;
  const revision = BigInt(snapshot.revision);
  const [at, ...since] = await read(revision);
  const isOfSnapshot = at?.revision === revision && at.id === snapshot.eventId && at.metadata.continues !== true;
  return isOfSnapshot ? { state: snapshot.state, at, since } : undefined;
}

/** Finds the last snapshot at or before a revision, backwards from the last one. Two snapshots are about SNAPSHOT_EVERY revisions apart. */
async function find(
  store: Pick<EventStore, 'readStream'>,
  { id, upTo }: SnapshotQuery,
): Promise<SnapshotData | undefined> {
  let from: bigint | undefined;
  for (let reads = 0; reads < MAX_READS; reads++) {
    const options = { direction: 'backwards', from, maxCount: 1 } as const;
    const [found] = (await store.readStream(snapshotStream(id), options)).events;
    const snapshot = found && snapshotOf(found);
    if (found === undefined || snapshot === undefined) return undefined;
    const beyond = upTo === undefined ? 0 : Number(BigInt(snapshot.revision) - upTo);
    if (beyond <= 0) return snapshot;
    if (found.revision === 0n) return undefined;
    from = found.revision - BigInt(Math.min(Math.ceil(beyond / SNAPSHOT_EVERY), Number(found.revision)));
  }
  return undefined;
}

/** Undefined for an event that only another application stores. */
function snapshotOf({ type, data }: RecordedEvent): SnapshotData | undefined {
  const found = data as Partial<SnapshotData> | null;
  const isSnapshot = type === TYPE && /^\d{1,18}$/.test(String(found?.revision)) && found?.state?.phase !== undefined;
  return isSnapshot ? (found as SnapshotData) : undefined;
}

/** Appends a snapshot in the background. It is not repeated when that fails. @param eventId the id of the event at `revision` */
export function keepSnapshot(
  store: Pick<EventStore, 'append'>,
  { site, id, state, revision }: { site: string; id: string; state: PurchaseState; revision: bigint | undefined },
  eventId: string,
): void {
  if (JSON.stringify(state).length > MAX_STATE_LENGTH) return;
  const data: SnapshotData = { stateVersion: STATE_VERSION, site, revision: String(revision), eventId, state };
  const context = { site, actor: 'system', requestId: eventId, at: new Date().toISOString() };
  const metadata = metadataOf(context, { cause: eventId });
  void store.append(snapshotStream(id), [{ id: randomUUID(), type: TYPE, data, metadata }], 'any').catch(() => {});
}
