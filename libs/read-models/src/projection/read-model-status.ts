import type { EventStore, FromPosition, Position, RecordedEvent } from '@app/event-store/event-store';
import { PURCHASE_PREFIX } from '@app/stored-events/streams';
import { LIVE } from '../tables';
import { type Queryable, readCheckpoint } from './batch-writer';
import { findLeader, type Leader } from './leader-session';

export interface ReadModelState {
  position: FromPosition;
  /** The end of $all; undefined for an empty event store. */
  end: FromPosition;
  /** Age of the oldest event that is not projected, by the clocks of the event store and this machine; 0 when there is none. */
  lagSeconds: number;
  /** Events that are not projected: counted up to MAX_COUNTED, beyond estimated from the positions. */
  lagEvents: number;
  /** Events projected a second, as the leader reported last; undefined when it has not reported yet. */
  eventsPerSecond?: number;
  quarantined: number;
  leader: Leader | undefined;
}

/** Events read to count the lag; an event can have a MiB. */
const MAX_COUNTED = 100;

/** As many of other streams, such as rates, are read over up to this number of times. */
const MAX_SKIPPED_PAGES = 500;

const isWaiting = ({ stream }: RecordedEvent): boolean => stream.startsWith(PURCHASE_PREFIX);

const isAfter = ({ commit, prepare }: Position, other: FromPosition): boolean =>
  other === undefined || commit > other.commit || (commit === other.commit && prepare > other.prepare);

/** Lag in events and seconds of a checkpoint, from the first events after it and the end of $all. */
function lagOf(
  ahead: readonly RecordedEvent[],
  end: Position | undefined,
  position: FromPosition,
): Pick<ReadModelState, 'lagEvents' | 'lagSeconds'> {
  const waiting = ahead.filter(isWaiting);
  const [first] = waiting;
  const last = ahead.at(-1);
  if (first === undefined || last === undefined) return { lagEvents: 0, lagSeconds: 0 };
  const lagSeconds = Math.max(0, (Date.now() - first.recordedAt.getTime()) / 1_000);
  if (ahead.length < MAX_COUNTED || end === undefined) return { lagEvents: waiting.length, lagSeconds };
  // Positions grow with the bytes of the events.
  const start = position?.commit ?? 0n;
  const share = Number(end.commit - start) / Math.max(1, Number(last.position.commit - start));
  return { lagEvents: Math.round(waiting.length * Math.max(1, share)), lagSeconds };
}

/** Reports how far the read model has followed the history, and who leads. */
export class ReadModelStatus {
  constructor(
    private readonly client: Queryable,
    private readonly eventStore: EventStore,
  ) {}

  async read(): Promise<ReadModelState> {
    const { client } = this;
    const [{ position }, leader, counts, end] = await Promise.all([
      readCheckpoint(client, LIVE),
      findLeader(client),
      this.counts(client),
      this.eventStore.lastPosition(),
    ]);
    const isReported = leader !== undefined && counts.reportedBy === leader.name;
    return {
      position,
      end,
      leader,
      quarantined: counts.quarantined,
      ...(isReported && { eventsPerSecond: counts.eventsPerSecond }),
      ...(await this.lagAt(position, end)),
    };
  }

  private async counts(
    client: Queryable,
  ): Promise<{ quarantined: number; reportedBy?: string; eventsPerSecond?: number }> {
    const { rows } = await client.query<{ quarantined: string; name: string | null; rate: number | null }>(
      `select (select count(*) from ${LIVE}.quarantine) as quarantined, leader.name, leader.events_per_second as rate
       from (values (1)) as one left join purchasing.leaders as leader on leader.schema = $1`,
      [LIVE],
    );
    const [row] = rows;
    return {
      quarantined: Number(row?.quarantined ?? 0),
      reportedBy: row?.name ?? undefined,
      eventsPerSecond: row?.rate ?? undefined,
    };
  }

  private async lagAt(
    position: FromPosition,
    end: FromPosition,
  ): Promise<Pick<ReadModelState, 'lagEvents' | 'lagSeconds'>> {
    if (end === undefined || (position !== undefined && position.commit >= end.commit))
      return { lagEvents: 0, lagSeconds: 0 };
    let from = position;
    let ahead = await this.eventsAfter(from);
    for (let page = 0; page < MAX_SKIPPED_PAGES && ahead.length >= MAX_COUNTED && !ahead.some(isWaiting); page++) {
      from = ahead.at(-1)?.position;
      ahead = await this.eventsAfter(from);
    }
    return lagOf(ahead, end, from);
  }

  private async eventsAfter(position: FromPosition): Promise<readonly RecordedEvent[]> {
    // A forward read from a position starts with the event at that position.
    const events = await this.eventStore.readAll({ from: position, maxCount: MAX_COUNTED + 1 });
    return events.filter((event) => isAfter(event.position, position)).slice(0, MAX_COUNTED);
  }
}
