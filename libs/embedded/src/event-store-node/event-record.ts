/** Event of an append request. */
export interface ProposedEvent {
  id: string;
  type: string;
  contentType: string;
  data: Uint8Array;
  metadata: Uint8Array;
}

/** Event as it is stored. */
export interface EventRecord extends ProposedEvent {
  stream: string;
  /** Zero-based; -1 for a tombstone, which clients see at the highest revision. */
  revision: number;
  /** Unix time in milliseconds. */
  created: number;
}

export const TOMBSTONE_REVISION = -1;
/** Highest revision (2^63 - 1). As `$tb` it hides a whole stream: a soft delete. */
export const HIGHEST_REVISION = 9223372036854775807n;

/** Expected revision of a write; exact ones have up to 64 bits. */
export type Expected = bigint | 'no-stream' | 'any' | 'stream-exists';
