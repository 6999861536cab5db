import type { ServerWritableStream } from '@grpc/grpc-js';
import type { ReadReq, ReadResp } from '@eventstore/db-client/generated/streams_pb';
import { ReadReq as Request } from '@eventstore/db-client/generated/streams_pb';
import type { LoggedEvent } from './event-record';
import { eventMessage, streamNameOf, streamNotFound } from './messages';
import type { LogStore } from './log-store';
import { LINK_TYPE, linkedEvent, readableHead, shownEvents } from './reading';
import { InvalidRequest } from './refusal';

export type ReadCall = ServerWritableStream<ReadReq, ReadResp>;

/** A step through $all or a stream, as far as a consumer takes it. */
const PAGE = 200;

/** Waits until the peer takes more; false when the call is over. */
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

/** Sends one event, its link resolved where that was asked for. False when the peer should be waited for. */
export function sendEvent(call: ReadCall, log: LogStore, event: LoggedEvent, resolveLinks: boolean): boolean {
  return call.write(
    resolveLinks && event.type === LINK_TYPE ? eventMessage(linkedEvent(log, event), event) : eventMessage(event),
  );
}

function streamEvents(log: LogStore, options: ReadReq.Options, stream: string): Iterable<LoggedEvent> | undefined {
  const wanted = options.getStream();
  const direction = directionOf(options);
  if (direction === 'forwards' && wanted?.hasEnd() === true) throw new InvalidRequest('nothing stands after the end');
  const head = readableHead(log, stream);
  if (head === undefined) return undefined;
  const from =
    wanted?.hasRevision() === true ? Number(wanted.getRevision()) : wanted?.hasEnd() === true ? head.last : 0;
  return shownEvents(log, head, from, direction);
}

const directionOf = (options: ReadReq.Options): 'forwards' | 'backwards' =>
  options.getReadDirection() === Request.Options.ReadDirection.FORWARDS ? 'forwards' : 'backwards';

/** $all: forwards the event at the position is the first, backwards the one before it. */
function allEvents(log: LogStore, options: ReadReq.Options, last: number): Iterable<LoggedEvent> {
  const all = options.getAll();
  const at = all?.hasPosition() === true ? Number(all.getPosition()?.getCommitPosition()) : undefined;
  if (directionOf(options) === 'forwards') {
    const from = all?.hasEnd() === true ? last + 1 : Math.max(at ?? 1, 1);
    return from > last ? [] : log.range(from, last);
  }
  const from = all?.hasStart() === true ? 0 : Math.min((at ?? last + 1) - 1, last);
  return from < 1 ? [] : log.range(from, 1);
}

/** Answers a read that ends: of a stream or of $all, at most `count` events. @throws InvalidRequest, StreamDeleted */
export async function answerRead(call: ReadCall, log: LogStore, durable: number): Promise<void> {
  const options = call.request.getOptions();
  if (options === undefined) throw new InvalidRequest('a read without options');
  const count = Number(options.getCount());
  if (count < 1) throw new InvalidRequest('at least one event must be asked for');
  const stream = options.getStream() && streamNameOf(options.getStream()?.getStreamIdentifier());
  const events = stream === undefined ? allEvents(log, options, durable) : streamEvents(log, options, stream);
  if (events === undefined) call.write(streamNotFound(stream ?? ''));
  else await send(call, log, events, count, options.getResolveLinks());
  call.end();
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
    const goesOn = sendEvent(call, log, event, resolveLinks);
    if (++sent >= count) return;
    if (!goesOn && !(await drained(call))) return;
    if (sent % PAGE === 0) await new Promise(setImmediate);
    if (call.cancelled) return;
  }
}
