import { setTimeout as pause } from 'node:timers/promises';
import type { ReadReq } from '@eventstore/db-client/generated/streams_pb';
import { type Filter, filterOf } from './filter';
import type { LogStore } from './log-store';
import { caughtUp, checkpoint, confirmation, streamNameOf } from './messages';
import { checkPosition, drained, type ReadCall, sendEvent } from './read-call';
import { eventsOf, readableHead } from './reading';
import type { LoggedEvent } from './record';
import { ConsumerTooSlow, InvalidRequest, StreamDeleted } from './refusal';
import { isExpired } from './stream-head';
import { Turn } from './turn';

/** Progress of the log, as subscriptions see it. */
export interface Feed {
  log: LogStore;
  /** Resolves after the next committed group, or when the signal aborts. */
  next: (signal: AbortSignal) => Promise<void>;
  limits: LiveLimits;
}

/** Limit for a live subscriber: it is dropped after more than `events` events have waited for it for `ms` milliseconds without a break. */
export interface LiveLimits {
  events: number;
  ms: number;
}

/** Cursor of a subscription on a stream or $all. */
interface Source {
  /** Committed events after the cursor, read lazily; iterating advances the cursor. Undefined: an expired event. */
  events: () => Iterable<LoggedEvent | undefined>;
  /** Number of events after the cursor. Valid once the cursor has reached the end. */
  waiting: () => number;
  filter?: Filter;
  /** Error that ends the subscription after all earlier events are sent. */
  ended: () => Error | undefined;
}

function allSource({ log }: Feed, options: ReadReq.Options): Source {
  const all = options.getAll();
  const after = all?.hasPosition() === true ? Number(all.getPosition()?.getCommitPosition()) : 0;
  checkPosition(log, after);
  let next = all?.hasEnd() === true || after > log.lastPosition() ? log.end() : (log.at(after)?.end ?? 0);
  let seen = 0;
  return {
    *events() {
      // Events that are added meanwhile are after the cursor.
      const { added } = log;
      for (const event of log.range(next, log.lastPosition())) {
        next = event.end;
        seen += 1;
        yield event;
      }
      seen = added;
    },
    waiting: () => log.added - seen,
    filter: filterOf(options),
    ended: () => undefined,
  };
}

function streamSource({ log }: Feed, options: ReadReq.Options, stream: string): Source {
  const wanted = options.getStream();
  const now = readableHead(log, stream);
  let place =
    wanted?.hasEnd() === true ? (now?.last ?? -1) : wanted?.hasRevision() === true ? Number(wanted.getRevision()) : -1;
  let isTombstoned = false;
  return {
    *events() {
      const head = log.head(stream);
      if (head === undefined || head.softDeleted === true) return;
      for (const event of eventsOf(log, head, place + 1, 'forwards')) {
        place = event.revision;
        yield isExpired(head, event.created) ? undefined : event;
      }
      const tombstone = head.tombstone === undefined ? undefined : log.at(head.tombstone);
      if (tombstone !== undefined) yield tombstone;
      isTombstoned = tombstone !== undefined;
    },
    waiting: () => (log.head(stream)?.last ?? -1) - place,
    ended: () => (isTombstoned ? new StreamDeleted(stream) : undefined),
  };
}

/**
 * Serves a subscription until the peer leaves: stored events, a checkpoint, caught-up, then live events. During catch-up the server waits for the
 * peer; a live subscriber that falls behind is dropped, as by EventStoreDB, and has to subscribe again.
 * @throws InvalidRequest, StreamDeleted, ConsumerTooSlow
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

const PACE_CHECK_INTERVAL_MS = 100;

class Follower {
  private considered = 0;
  private lastConsidered = 0;
  private live = false;
  private behindSince?: number;

  constructor(
    private readonly call: ReadCall,
    private readonly feed: Feed,
    private readonly source: Source,
    private readonly resolveLinks: boolean,
    private readonly signal: AbortSignal,
  ) {}

  async follow(): Promise<void> {
    while (!this.signal.aborted) {
      const passed = await this.sendAvailable();
      const end = this.source.ended();
      if (end !== undefined) throw end;
      if (this.signal.aborted) return;
      if (!this.live && passed === 0) this.goLive();
      else if (passed === 0) await this.feed.next(this.signal);
    }
  }

  /** Sends the available events. Returns their number, with expired ones. */
  private async sendAvailable(): Promise<number> {
    const turn = new Turn();
    let passed = 0;
    for (const event of this.source.events()) {
      passed += 1;
      if (event !== undefined && !this.send(event) && !(await this.peerIsReady())) break;
      if (turn.isOver) await turn.next();
      if (this.signal.aborted) break;
    }
    return passed;
  }

  private goLive(): void {
    this.live = true;
    if (this.source.filter !== undefined && this.considered > 0) this.sendCheckpoint();
    this.call.write(caughtUp());
  }

  /** Returns false when the caller must wait for the peer. */
  private send(event: LoggedEvent): boolean {
    const { filter } = this.source;
    let accepted = true;
    if (filter === undefined || filter.matches(event))
      accepted = sendEvent(this.call, this.feed.log, event, this.resolveLinks);
    if (filter === undefined) return accepted;
    this.considered += 1;
    this.lastConsidered = event.position;
    return this.considered < filter.checkpointEvery ? accepted : this.sendCheckpoint() && accepted;
  }

  private sendCheckpoint(): boolean {
    this.considered = 0;
    return this.call.write(checkpoint(this.lastConsidered));
  }

  /** Waits until the peer accepts more data; false when the call has ended. @throws ConsumerTooSlow */
  private async peerIsReady(): Promise<boolean> {
    const ready = drained(this.call);
    if (!this.live) return ready;
    for (;;) {
      this.checkPace();
      const done = await Promise.race([ready, pause(PACE_CHECK_INTERVAL_MS)]);
      if (done !== undefined) return done;
    }
  }

  private checkPace(): void {
    const { events, ms } = this.feed.limits;
    const isBehind = this.source.waiting() > events;
    this.behindSince = isBehind ? (this.behindSince ?? Date.now()) : undefined;
    if (this.behindSince !== undefined && Date.now() - this.behindSince >= ms) throw new ConsumerTooSlow();
  }
}
