import type { DataSource } from 'typeorm';
import type { EventStore, FromPosition } from '@app/event-store/event-store';
import { LIVE } from '../tables';
import { type Queryable, readCheckpoint } from './batch-writer';
import { findLeader, type Leader } from './leader-session';

export interface ReadModelState {
  position: FromPosition;
  /** Age of the oldest event that is not projected, by the clocks of the event store and this machine; 0 when there is none. */
  lagSeconds: number;
  leader: Leader | undefined;
}

/** Reports the lag of the read model and its leader. */
export class ReadModelStatus {
  constructor(
    private readonly dataSource: DataSource,
    private readonly eventStore: EventStore,
  ) {}

  async read(): Promise<ReadModelState> {
    if (!this.dataSource.isInitialized) throw new Error('Postgres has not answered yet');
    const client: Queryable = {
      query: async (sql, values) => ({ rows: await this.dataSource.query(sql, values) }),
    };
    const [{ position }, leader] = await Promise.all([readCheckpoint(client, LIVE), findLeader(client)]);
    return { position, leader, lagSeconds: await this.lagAt(position) };
  }

  private async lagAt(position: FromPosition): Promise<number> {
    // A forward read from a position starts with the event at that position.
    const events = await this.eventStore.readAll({ from: position, maxCount: 2 });
    const next = events.find((event) => position === undefined || event.position.commit > position.commit);
    return next === undefined ? 0 : Math.max(0, (Date.now() - next.recordedAt.getTime()) / 1_000);
  }
}
