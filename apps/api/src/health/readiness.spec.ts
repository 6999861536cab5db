import type { Pool } from 'pg';
import type { DataSource } from 'typeorm';
import { EventStoreUnavailable } from '@app/event-store/event-store';
import { queryableOf } from '@app/read-models/database';
import { Projector } from '@app/read-models/projection/projector';
import { ReadModelStatus } from '@app/read-models/projection/read-model-status';
import { PurchaseQueries } from '@app/read-models/queries/purchase-queries';
import { LIVE } from '@app/read-models/tables';
import { PurchaseWriter } from '@app/write-model/purchase-writer';
import { line, orderOf, pack } from '../../../../test/builders';
import { MemoryEventStore } from '../../../../test/memory-event-store';
import { openReadModel, type TestReadModel } from '../../../../test/read-model';
import { Readiness, type ReadinessReport } from './readiness';

describe('readiness', () => {
  let readModel: TestReadModel;
  let dataSource: DataSource;
  let pool: Pool;
  let store: MemoryEventStore;
  let ends: (() => Promise<unknown>)[];
  let logged: string[];

  beforeEach(async () => {
    readModel = await openReadModel();
    ({ dataSource, pool } = readModel);
    store = new MemoryEventStore();
    ends = [];
    logged = [];
  });
  afterEach(async () => {
    for (const end of ends) await end();
    await readModel.close();
  });

  const startProjector = (on = pool): Projector => {
    const end = new AbortController();
    const log = (text: string): unknown => logged.push(text);
    const projector = new Projector({ pool: on, eventStore: store, signal: end.signal, log });
    const running = projector.run();
    ends.push(() => (end.abort(), running));
    return projector;
  };

  const write = (identifier: string): Promise<unknown> =>
    new PurchaseWriter(store).put({ lookupBy: 'internal', identifier }, orderOf([pack('processing', [line('A', 1)])]), {
      site: 'demo',
      actor: 'erp',
      requestId: 'r',
      at: '2026-01-01T00:00:00.000Z',
    });

  const readinessOf = (projector?: Projector): Readiness =>
    new Readiness(
      store,
      new PurchaseQueries(dataSource),
      new ReadModelStatus(queryableOf(dataSource), store),
      30,
      projector,
    );

  /** Polls until the report satisfies the expectation. */
  const eventually = async (
    readiness: Readiness,
    holds: (report: ReadinessReport) => boolean,
  ): Promise<ReadinessReport> => {
    for (;;) {
      const report = await readiness.report();
      if (holds(report)) return report;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };

  it('is reported when the event store is writable, the tables are readable and the projector leads without lag', async () => {
    await write('E1');
    const projector = startProjector();
    const report = await eventually(readinessOf(projector), ({ status }) => status === 'ok');
    expect(report).toMatchObject({
      event_store: { ready: true },
      read_model: { ready: true },
      projector: { ready: true, role: 'leading', lag_seconds: 0 },
    });
  });

  it('is not reported when the event store serves reads but rejects appends; the time of the change is kept', async () => {
    const readiness = readinessOf(startProjector());
    await eventually(readiness, ({ status }) => status === 'ok');
    jest.spyOn(store, 'checkWritable').mockRejectedValue(new EventStoreUnavailable('no leader'));
    const first = await eventually(readiness, ({ status }) => status !== 'ok');
    expect(first.event_store).toMatchObject({ ready: false, error: 'no leader' });
    expect(first.read_model.ready && first.projector.ready).toBe(true);
    await new Promise((resolve) => setTimeout(resolve, 550));
    const second = await readiness.report();
    expect(second).not.toBe(first);
    expect(second.event_store.since).toBe(first.event_store.since);
  });

  it('is not reported while the tables are unavailable', async () => {
    const readiness = readinessOf(startProjector());
    await dataSource.query(`drop schema ${LIVE} cascade`);
    const { read_model } = await eventually(readiness, (report) => !report.read_model.ready);
    expect(read_model.error).toContain('the tables are missing: run `cli rebuild`');
  });

  it('is not reported while no projector leads', async () => {
    const { projector, read_model } = await readinessOf().report();
    expect(read_model.ready).toBe(true);
    expect(projector).toMatchObject({ ready: false, role: 'elsewhere' });
    expect(projector.error).toContain('no projector leads');
  });

  it('is not reported while the projector fails repeatedly; the failure is logged once', async () => {
    await dataSource.query(`alter table ${LIVE}.timeline rename to elsewhere`);
    await write('E1');
    const projector = startProjector();
    const report = await eventually(readinessOf(projector), () => projector.status().failures >= 3);
    expect(report.projector).toMatchObject({ ready: false, role: 'failing' });
    expect(report.projector.error).toContain('timeline');
    expect(logged).toEqual([expect.stringContaining('the tables are missing: run `cli rebuild`')]);
    await dataSource.query(`alter table ${LIVE}.elsewhere rename to timeline`);
    while (!projector.isCaughtUp()) await new Promise((resolve) => setTimeout(resolve, 20));
    expect(logged[1]).toContain('works again');
  });

  it('names the leader while the projector stands by, and is not reported when the leader lags', async () => {
    const leader = startProjector();
    await eventually(readinessOf(leader), ({ status }) => status === 'ok');
    const standBy = startProjector();
    const readiness = readinessOf(standBy);
    const report = await eventually(readiness, ({ projector }) => projector.role === 'standing-by');
    expect(report).toMatchObject({ status: 'ok', projector: { leader: expect.stringContaining(String(process.pid)) } });
    expect(standBy.status().leader?.name).toBe(report.projector.leader);

    const holder = await pool.connect();
    await holder.query(`begin; lock table ${LIVE}.timeline in access exclusive mode`);
    await write('E1');
    const late = await eventually(readiness, ({ status }) => status !== 'ok');
    expect(late.projector.error).toContain('more than MAX_LAG_SECONDS');
    await holder.query('rollback');
    holder.release();
    await eventually(readiness, ({ status }) => status === 'ok');
  });
});
