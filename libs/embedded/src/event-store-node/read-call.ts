import type { ServerWritableStream } from '@grpc/grpc-js';
import type { ReadReq } from '@eventstore/db-client/generated/streams_pb';
import { ReadReq as Request } from '@eventstore/db-client/generated/streams_pb';
import { eventMessage, streamNameOf, streamNotFound } from './messages';
import { filterOf } from './filter';
import type { LogStore } from './log-store';
import type { LoggedEvent } from './record';
import { LINK_TYPE, linkedEvent, readableHead, shownEvents } from './reading';
import { InvalidRequest } from './refusal';

/** Server stream whose responses are serialized already. */
export type ReadCall = ServerWritableStream<ReadReq, Buffer>;

/** Lazy iteration over $all or a stream. */
const EVENTS_PER_PAGE = 200;

/** Waits until the peer accepts more data; false when the call has ended. */
export function drained(call: ReadCall): Promise<boolean> {
  return new Promise((resolve) => {
    const done = (open: boolean) => (): void => {
      call.off('drain', onDrain).off('cancelled', onEnd).off('close', onEnd).off('error', onEnd);
      resolve(open);
    };
    const [onDrain, onEnd] = [done(true), done(false)];
    call.once('drain', onDrain).once('cancelled', onEnd).once('close', onEnd).once('error', onEnd);
    if (call.cancelled) onEnd();
  });
}

/** Sends one event, with its link resolved if requested. Returns false when the caller must wait for the peer. */
export function sendEvent(call: ReadCall, log: LogStore, event: LoggedEvent, resolveLinks: boolean): boolean {
  return call.write(
    resolveLinks && event.type === LINK_TYPE ? eventMessage(linkedEvent(log, event), event) : eventMessage(event),
  );
}

function streamEvents(log: LogStore, options: ReadReq.Options, stream: string): Iterable<LoggedEvent> | undefined {
  const wanted = options.getStream();
  const direction = directionOf(options);
  if (direction === 'forwards' && wanted?.hasEnd() === true)
    throw new InvalidRequest('a forward read cannot start at the end');
  const head = readableHead(log, stream);
  if (head === undefined) return undefined;
  const from =
    wanted?.hasRevision() === true ? Number(wanted.getRevision()) : wanted?.hasEnd() === true ? head.last : 0;
  return shownEvents(log, head, from, direction);
}

const directionOf = (options: ReadReq.Options): 'forwards' | 'backwards' =>
  options.getReadDirection() === Request.Options.ReadDirection.FORWARDS ? 'forwards' : 'backwards';

/** @throws InvalidRequest when no event begins at the position */
export function checkPosition(log: LogStore, position: number): void {
  if (position > 0 && position <= log.lastPosition() && log.at(position) === undefined)
    throw new InvalidRequest(`no event begins at position ${position}`);
}

/** Reads $all. Forwards includes the event at the position; backwards starts before it. */
function allEvents(log: LogStore, options: ReadReq.Options): Iterable<LoggedEvent> {
  const all = options.getAll();
  const at = all?.hasPosition() === true ? Number(all.getPosition()?.getCommitPosition()) : undefined;
  if (at !== undefined) checkPosition(log, at);
  if (directionOf(options) === 'forwards') return all?.hasEnd() === true ? [] : log.range(at ?? 0, log.lastPosition());
  return all?.hasStart() === true ? [] : log.rangeBefore(at ?? Infinity);
}

/** Serves a finite read of a stream or $all: at most `count` events. @throws InvalidRequest, StreamDeleted */
export async function answerRead(call: ReadCall, log: LogStore): Promise<void> {
  const options = call.request.getOptions();
  if (options === undefined) throw new InvalidRequest('a read without options');
  const count = Number(options.getCount());
  if (count < 1) throw new InvalidRequest('the count must be at least 1');
  const stream = options.getStream() && streamNameOf(options.getStream()?.getStreamIdentifier());
  const events = stream === undefined ? allEvents(log, options) : streamEvents(log, options, stream);
  const matches = stream === undefined ? filterOf(options)?.matches : undefined;
  if (events === undefined) call.write(streamNotFound(stream ?? ''));
  else
    await send(call, log, matches === undefined ? events : filtered(events, matches), count, options.getResolveLinks());
  call.end();
}

function* filtered(events: Iterable<LoggedEvent>, matches: (event: LoggedEvent) => boolean): Iterable<LoggedEvent> {
  for (const event of events) if (matches(event)) yield event;
}

async function send(
  call: ReadCall,
  log: LogStore,
  events: Iterable<LoggedEvent>,
  count: number,
  resolveLinks: boolean,
): Promise<void> {
  let sent = 0;
  for (const event of events) {
    const accepted = sendEvent(call, log, event, resolveLinks);
    if (++sent >= count) return;
    if (!accepted && !(await drained(call))) return;
    if (sent % EVENTS_PER_PAGE === 0) await new Promise(setImmediate);
    if (call.cancelled) return;
  }
}
