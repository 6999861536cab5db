/** What an append brings. */
export interface ProposedEvent {
  id: string;
  type: string;
  contentType: string;
  data: Uint8Array;
  metadata: Uint8Array;
}

/** An event as it is stored. */
export interface EventRecord extends ProposedEvent {
  stream: string;
  /** From 0; -1 for a tombstone, which stands at the highest revision of all. */
  revision: number;
  /** Milliseconds since 1970. */
  created: number;
}

export const TOMBSTONE_REVISION = -1;
/** The highest revision there is; as `$tb` it hides a whole stream: a soft delete. */
export const HIGHEST_REVISION = 9223372036854775807n;

/** A revision is up to 64 bits long, as the client sends it. */
export type Expected = bigint | 'no-stream' | 'any' | 'stream-exists';
