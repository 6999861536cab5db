import type { LogStore } from './log-store';
import type { LoggedEvent } from './record';
import { StreamDeleted } from './refusal';
import { firstShown, type StreamHead } from './stream-head';

export const LINK_TYPE = '$>';

/** Returns the head of a readable stream; undefined when it does not exist or is soft-deleted. @throws StreamDeleted for a tombstone */
export function readableHead(log: LogStore, stream: string): StreamHead | undefined {
  const head = log.head(stream);
  if (head?.tombstone !== undefined) throw new StreamDeleted(stream);
  return head === undefined || head.last < 0 || head.softDeleted === true ? undefined : head;
}

/** Events of a stream from a revision on, forwards or backwards, without those that $tb and $maxCount hide. */
export function* eventsOf(
  log: LogStore,
  head: StreamHead,
  from: number,
  direction: 'forwards' | 'backwards',
): Iterable<LoggedEvent> {
  const first = firstShown(head);
  if (first > head.last) return;
  const [start, end] =
    direction === 'forwards' ? [Math.max(from, first), head.last] : [Math.min(from, head.last), first];
  if (direction === 'forwards' ? start > end : start < end) return;
  yield* log.streamRange(head.number, start, end);
}

/** Resolves a link ("12@stream"); undefined when its target does not exist. */
export function linkedEvent(log: LogStore, link: LoggedEvent): LoggedEvent | undefined {
  const [, revision, stream] = /^(\d+)@(.+)$/s.exec(link.data.toString('utf8')) ?? [];
  const head = stream === undefined ? undefined : log.head(stream);
  const at = Number(revision);
  if (head === undefined || head.tombstone !== undefined || at < firstShown(head) || at > head.last) return undefined;
  const position = log.positionOf(head.number, at);
  return position === undefined ? undefined : log.at(position);
}
