import { HIGHEST_REVISION, TOMBSTONE_REVISION } from './event-record';
import type { LoggedEvent } from './record';

/** State of a stream that is known without reading its events. */
export interface StreamHead {
  /** Number of the stream in the index; 0 when the stream has metadata but no events yet. */
  number: number;
  /** Revision of the last event; -1 when the stream has only metadata. */
  last: number;
  /** Position of the tombstone, when the stream is permanently deleted. */
  tombstone?: number;
  /** $maxCount: number of latest events that reads return. */
  maxCount?: number;
  /** $maxAge, in seconds. */
  maxAge?: number;
  /** $tb: reads skip events below this revision. */
  truncateBefore?: number;
  /** True when $tb is the highest revision: the stream is soft-deleted until the next append. */
  softDeleted?: boolean;
}

export const isMetastream = (name: string): boolean => name.startsWith('$$');
export const metastreamOf = (name: string): string => `$$${name}`;
export const originalOf = (metastream: string): string => metastream.slice(2);

/** Metadata that a soft delete writes. A literal string: no JavaScript number holds 2^63 - 1 exactly. */
export const softDeleteMetadata = (): Uint8Array => Buffer.from(`{"$tb":${HIGHEST_REVISION}}`);

const wholeNumber = (value: unknown): number | undefined =>
  typeof value === 'number' && Number.isInteger(value) && value >= 0 ? value : undefined;

export function parseMetadata(data: Uint8Array): Record<string, unknown> {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(data).toString('utf8'));
    return typeof parsed === 'object' && parsed !== null ? (parsed as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

/** Returns the head after one more event. */
export function foldHead(head: StreamHead | undefined, { streamNumber, revision, position }: LoggedEvent): StreamHead {
  const number = streamNumber;
  if (revision === TOMBSTONE_REVISION) return { ...head, number, last: head?.last ?? -1, tombstone: position };
  return { ...head, number, last: revision };
}

/** Returns the head with new metadata. */
export function withMetadata(head: StreamHead | undefined, data: Uint8Array): StreamHead {
  const { number, last, tombstone } = head ?? { number: 0, last: -1 };
  const metadata = parseMetadata(data);
  const truncateBefore = wholeNumber(metadata.$tb);
  return {
    number,
    last,
    tombstone,
    maxCount: wholeNumber(metadata.$maxCount),
    maxAge: wholeNumber(metadata.$maxAge),
    truncateBefore,
    // JSON.parse rounds 2^63 - 1 up to 2^63.
    softDeleted: truncateBefore !== undefined && truncateBefore >= Number.MAX_SAFE_INTEGER,
  };
}

/** Returns the first visible revision by $tb and $maxCount. $maxAge is checked for each event. */
export const firstShown = ({ last, maxCount, truncateBefore = 0 }: StreamHead): number =>
  Math.max(truncateBefore, maxCount === undefined ? 0 : last + 1 - maxCount, 0);

export const isExpired = ({ maxAge }: StreamHead, created: number): boolean =>
  maxAge !== undefined && created < Date.now() - maxAge * 1000;
