import { HIGHEST_REVISION, TOMBSTONE_REVISION } from './event-record';
import type { LoggedEvent } from './record';

/** What is known of a stream without reading its events. */
export interface StreamHead {
  /** Names the stream in the index; 0: none yet, for only its metadata is there. */
  number: number;
  /** The last revision; -1: only its metadata is there. */
  last: number;
  /** The position of the event that deleted it for ever. */
  tombstone?: number;
  /** $maxCount: only so many of the last events are shown. */
  maxCount?: number;
  /** $maxAge, in seconds. */
  maxAge?: number;
  /** $tb: earlier revisions are hidden. */
  truncateBefore?: number;
  /** $tb is the highest revision: the stream is deleted until the next append. */
  softDeleted?: boolean;
}

export const isMetastream = (name: string): boolean => name.startsWith('$$');
export const metastreamOf = (name: string): string => `$$${name}`;
export const originalOf = (metastream: string): string => metastream.slice(2);

/** Metadata as a soft delete writes it. Written by hand: no JavaScript number is that high. */
export const softDeleteMetadata = (): Uint8Array => Buffer.from(`{"$tb":${HIGHEST_REVISION}}`);

const wholeNumber = (value: unknown): number | undefined =>
  typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : undefined;

export function parseMetadata(data: Uint8Array): Record<string, unknown> {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(data).toString('utf8'));
    return typeof parsed === 'object' && parsed !== null ? (parsed as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

/** The head once its stream has one event more. */
export function foldHead(head: StreamHead | undefined, { streamNumber, revision, position }: LoggedEvent): StreamHead {
  const number = streamNumber;
  if (revision === TOMBSTONE_REVISION) return { ...head, number, last: head?.last ?? -1, tombstone: position };
  return { ...head, number, last: revision };
}

/** The head once its stream has this metadata. */
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
    // JSON.parse rounds 2^63 − 1 up to 2^63.
    softDeleted: truncateBefore !== undefined && truncateBefore >= Number.MAX_SAFE_INTEGER,
  };
}

/** The first revision that is shown, by $tb and $maxCount; $maxAge is asked of each event. */
export const firstShown = ({ last, maxCount, truncateBefore = 0 }: StreamHead): number =>
  Math.max(truncateBefore, maxCount === undefined ? 0 : last + 1 - maxCount, 0);

export const isExpired = ({ maxAge }: StreamHead, created: number): boolean =>
  maxAge !== undefined && created < Date.now() - maxAge * 1000;
