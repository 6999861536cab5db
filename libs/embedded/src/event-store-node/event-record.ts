/** An event as it is stored. */
export interface EventRecord {
  stream: string;
  /** From 0; -1 for a tombstone, which stands at the highest revision of all. */
  revision: number;
  id: string;
  type: string;
  contentType: string;
  data: Uint8Array;
  metadata: Uint8Array;
  /** Milliseconds since 1970. */
  created: number;
}

export interface LoggedEvent extends EventRecord {
  /** Of its place in $all: commit and prepare position alike, from 1, one more for each event. */
  position: number;
}

/** What an append brings. */
export type ProposedEvent = Pick<EventRecord, 'id' | 'type' | 'contentType' | 'data' | 'metadata'>;

export const TOMBSTONE_REVISION = -1;
/** The highest revision there is; as `$tb` it hides a whole stream: a soft delete. */
export const HIGHEST_REVISION = 9223372036854775807n;

/** A revision as the protocol says it. */
export const revisionText = (revision: number): string =>
  revision === TOMBSTONE_REVISION ? HIGHEST_REVISION.toString() : String(revision);
