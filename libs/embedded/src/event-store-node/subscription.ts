import type { ReadReq } from '@eventstore/db-client/generated/streams_pb';
import { consumerTooSlow } from './errors';
import type { LoggedEvent } from './event-record';
import { type Filter, filterOf } from './filter';
import type { LogStore } from './log-store';
import { caughtUp, checkpoint, confirmation, streamNameOf } from './messages';
import { drained, type ReadCall, sendEvent } from './read-call';
import { readableHead, shownEvents } from './reading';
import { InvalidRequest, StreamDeleted } from './refusal';

/** What a subscription needs to know of the log as it grows. */
export interface Feed {
  log: LogStore;
  /** The last position on disk: nothing beyond it is shown. */
  durable: () => number;
  /** Resolves at the next group that is on disk, or when the signal says stop. */
  next: (signal: AbortSignal) => Promise<void>;
  /** A live subscriber that lets more events than these wait is dropped. */
  liveBuffer: number;
}

const PAGE = 500;

/** A place in what is followed, and what comes after it. */
interface Source {
  /** The next events, a page at most, each with whether it passes the filter; the place moves behind them. */
  page: () => LoggedEvent[];
  /** How many events wait behind the place. */
  waiting: () => number;
  filter?: Filter;
  /** Thrown by the source once everything before is sent. */
  ended: () => Error | undefined;
}

function allSource({ log, durable }: Feed, options: ReadReq.Options): Source {
  const all = options.getAll();
  let place =
    all?.hasEnd() === true
      ? durable()
      : all?.hasPosition() === true
        ? Number(all.getPosition()?.getCommitPosition())
        : 0;
  return {
    page: () => {
      const to = Math.min(place + PAGE, durable());
      const events = to > place ? [...log.range(place + 1, to)] : [];
      place = Math.max(place, to);
      return events;
    },
    waiting: () => durable() - place,
    filter: filterOf(options),
    ended: () => undefined,
  };
}

function streamSource({ log, durable }: Feed, options: ReadReq.Options, stream: string): Source {
  const wanted = options.getStream();
  const now = readableHead(log, stream);
  let place =
    wanted?.hasEnd() === true ? (now?.last ?? -1) : wanted?.hasRevision() === true ? Number(wanted.getRevision()) : -1;
  let tombstone = false;
  return {
    page: () => {
      const head = log.head(stream);
      if (head === undefined || head.softDeleted === true) return [];
      const events: LoggedEvent[] = [];
      for (const event of shownEvents(log, head, place + 1, 'forwards')) {
        if (event.position > durable() || events.length === PAGE) break;
        events.push(event);
        place = event.revision;
      }
      if (events.length === 0 && head.tombstoned === true && !tombstone) {
        tombstone = true;
        events.push(tombstoneOf(log, stream, durable()));
      }
      return events;
    },
    waiting: () => (log.head(stream)?.last ?? -1) - place,
    ended: () => (tombstone ? new StreamDeleted(stream) : undefined),
  };
}

/** The event that ended a stream: the last of it in the log. */
function tombstoneOf(log: LogStore, stream: string, from: number): LoggedEvent {
  for (const event of log.range(from, 1)) if (event.stream === stream && event.revision < 0) return event;
  throw new StreamDeleted(stream);
}

/**
 * Answers a subscription until the peer leaves: what is there, a checkpoint, caught-up, then what comes. While it catches up the peer sets the
 * pace; once it is live, a peer that falls behind is dropped with ABORTED, as the real server does, and resubscribes.
 * @throws InvalidRequest, StreamDeleted
 */
export async function answerSubscription(call: ReadCall, feed: Feed): Promise<void> {
  const options = call.request.getOptions();
  if (options === undefined) throw new InvalidRequest('a subscription without options');
  const stream = options.getStream() && streamNameOf(options.getStream()?.getStreamIdentifier());
  const source = stream === undefined ? allSource(feed, options) : streamSource(feed, options, stream);
  const ended = new AbortController();
  for (const event of ['cancelled', 'close', 'error'] as const) call.once(event, () => ended.abort());
  call.write(confirmation());
  await new Follower(call, feed, source, options.getResolveLinks(), ended.signal).follow();
}

class Follower {
  private considered = 0;
  private lastConsidered = 0;
  private live = false;

  constructor(
    private readonly call: ReadCall,
    private readonly feed: Feed,
    private readonly source: Source,
    private readonly resolveLinks: boolean,
    private readonly signal: AbortSignal,
  ) {}

  async follow(): Promise<void> {
    while (!this.signal.aborted) {
      const page = this.source.page();
      for (const event of page) if (!(await this.pass(event))) return;
      const end = this.source.ended();
      if (end !== undefined) throw end;
      if (page.length > 0) await new Promise(setImmediate);
      else if (!this.live) this.goLive();
      else await this.feed.next(this.signal);
    }
  }

  private goLive(): void {
    this.live = true;
    if (this.source.filter !== undefined && this.considered > 0) this.sendCheckpoint();
    this.call.write(caughtUp());
  }

  /** False when the call is over. */
  private async pass(event: LoggedEvent): Promise<boolean> {
    const { filter } = this.source;
    let goesOn = true;
    if (filter === undefined || filter.matches(event))
      goesOn = sendEvent(this.call, this.feed.log, event, this.resolveLinks);
    if (filter !== undefined) {
      this.considered += 1;
      this.lastConsidered = event.position;
      if (this.considered >= filter.checkpointEvery) goesOn = this.sendCheckpoint() && goesOn;
    }
    return goesOn || this.waitForPeer();
  }

  private sendCheckpoint(): boolean {
    this.considered = 0;
    return this.call.write(checkpoint(this.lastConsidered));
  }

  private async waitForPeer(): Promise<boolean> {
    if (!this.live) return drained(this.call);
    const tooSlow = new AbortController();
    const watch = setInterval(() => {
      if (this.source.waiting() > this.feed.liveBuffer) tooSlow.abort();
    }, 100);
    const slow = new Promise<'slow'>((resolve) => tooSlow.signal.addEventListener('abort', () => resolve('slow')));
    const outcome = await Promise.race([drained(this.call), slow]);
    clearInterval(watch);
    if (outcome === 'slow') this.call.emit('error', consumerTooSlow());
    return outcome === true;
  }
}
