import type { ServerWritableStream } from '@grpc/grpc-js';
import type { ReadReq } from '@eventstore/db-client/generated/streams_pb';
import { ReadReq as Request } from '@eventstore/db-client/generated/streams_pb';
import { eventMessage, streamNameOf, streamNotFound } from './messages';
import { filterOf } from './filter';
import type { LogStore } from './log-store';
import type { LoggedEvent } from './record';
import { eventsOf, LINK_TYPE, linkedEvent, readableHead } from './reading';
import { InvalidRequest } from './refusal';
import { isExpired } from './stream-head';
import { Turn } from './turn';

/** Server stream whose responses are serialized already. */
export type ReadCall = ServerWritableStream<ReadReq, Buffer>;

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

/** Lazy iteration over $all or a stream, and which of the events are sent. */
interface Source {
  events: Iterable<LoggedEvent>;
  isSent: (event: LoggedEvent) => boolean;
}

function streamSource(log: LogStore, options: ReadReq.Options, stream: string): Source | undefined {
  const wanted = options.getStream();
  const direction = directionOf(options);
  if (direction === 'forwards' && wanted?.hasEnd() === true)
    throw new InvalidRequest('a forward read cannot start at the end');
  const head = readableHead(log, stream);
  if (head === undefined) return undefined;
  const from =
    wanted?.hasRevision() === true ? Number(wanted.getRevision()) : wanted?.hasEnd() === true ? head.last : 0;
  return { events: eventsOf(log, head, from, direction), isSent: ({ created }) => !isExpired(head, created) };
}

const directionOf = (options: ReadReq.Options): 'forwards' | 'backwards' =>
  options.getReadDirection() === Request.Options.ReadDirection.FORWARDS ? 'forwards' : 'backwards';

/** @throws InvalidRequest when no event begins at the position */
export function checkPosition(log: LogStore, position: number): void {
  if (position > 0 && position <= log.lastPosition() && log.at(position) === undefined)
    throw new InvalidRequest(`no event begins at position ${position}`);
}

const allSource = (log: LogStore, options: ReadReq.Options): Source => ({
  events: allEvents(log, options),
  isSent: filterOf(options)?.matches ?? (() => true),
});

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
  const source = stream === undefined ? allSource(log, options) : streamSource(log, options, stream);
  if (source === undefined) call.write(streamNotFound(stream ?? ''));
  else await send(call, log, source, count, options.getResolveLinks());
  call.end();
}

async function send(
  call: ReadCall,
  log: LogStore,
  { events, isSent }: Source,
  count: number,
  resolveLinks: boolean,
): Promise<void> {
  const turn = new Turn();
  let sent = 0;
  for (const event of events) {
    if (isSent(event)) {
      const accepted = sendEvent(call, log, event, resolveLinks);
      if (++sent >= count) return;
      if (!accepted && !(await drained(call))) return;
    }
    if (turn.isOver) await turn.next();
    if (call.cancelled) return;
  }
}
