import fc from 'fast-check';
import type { Pool } from 'pg';
import type { DataSource } from 'typeorm';
import { PurchaseWriter } from '@app/write-model/purchase-writer';
import type { Purchase } from '@app/purchase/purchase';
import { arbitraryPurchase } from '../../../../test/arbitrary-purchase';
import { MemoryEventStore } from '../../../../test/memory-event-store';
import { itemsOf } from '../../../../test/pages';
import { openReadModel, type TestReadModel } from '../../../../test/read-model';
import { line, pack } from '../../../../test/builders';
import { order } from '../../../../test/writing';
import { BatchProjection } from './batch-projection';
import { Projector } from './projector';
import { PurchaseQueries } from '../queries/purchase-queries';
import { viewPurchase } from '../views/purchase-view';
import { buildPast, rebuild, RebuildRefused, rollback } from '../rebuild/rebuild';
import { LIVE, NEXT } from '../tables';

const context = { site: 'demo', actor: 'erp', requestId: 'r', at: '2026-01-01T00:00:00.000Z' };
const seed = Number(process.env.PROPERTY_SEED ?? Date.now() % 2 ** 31);

describe('the projection', () => {
  let readModel: TestReadModel;
  let dataSource: DataSource;
  let pool: Pool;
  let store: MemoryEventStore;
  let writer: PurchaseWriter;

  beforeEach(async () => {
    readModel = await openReadModel();
    ({ dataSource, pool } = readModel);
    store = new MemoryEventStore();
    writer = new PurchaseWriter(store);
  });
  afterEach(async () => {
    await readModel.close();
  });

  const rows = async (schema = LIVE): Promise<unknown[]> => {
    const all = (table: string, order: string): Promise<unknown> =>
      dataSource.query(`select * from ${schema}.${table} order by ${order}`);
    return [
      await all('purchases', 'id'),
      await all('timeline', 'purchase_id, revision'),
      await all('feed', 'site, sequence'),
      await all('customer_orders', 'purchase_id'),
      await all('daily_figures', 'purchase_id, day, measure'),
      await dataSource.query(`select projection, commit_position, prepare_position from ${schema}.checkpoints`),
    ];
  };

  /** Runs a projector until it has caught up. */
  const project = async (): Promise<void> => {
    const end = new AbortController();
    const projector = new Projector({ pool, eventStore: store, signal: end.signal, log: () => {} });
    const running = projector.run();
    while (!projector.isCaughtUp()) await new Promise((resolve) => setTimeout(resolve, 5));
    end.abort();
    await running;
  };

  const put = (identifier: string, purchase: Purchase): Promise<unknown> =>
    writer.put({ lookupBy: 'internal', identifier }, { ...purchase, identifiers: {} }, context);

  const writeSome = async (count: number): Promise<void> => {
    const purchases = fc.sample(arbitraryPurchase, { numRuns: count, seed });
    for (const [index, purchase] of purchases.entries()) {
      await put(`E${index % Math.ceil(count / 4)}`, { ...purchase, revisionDate: undefined });
      // The store in memory never waits: connections would reach their time limit meanwhile.
      await new Promise((resolve) => setImmediate(resolve));
    }
  };

  it(`returns the written purchases and their timelines (seed ${seed})`, async () => {
    await writeSome(40);
    await project();
    const queries = new PurchaseQueries(dataSource);
    const written = await writer.put(
      { lookupBy: 'internal', identifier: 'E1' },
      fc.sample(arbitraryPurchase, { numRuns: 1, seed: 1 })[0]!,
      context,
    );
    await project();
    if (written.kind !== 'written') throw new Error(written.kind);
    const { purchaseId, revision, purchase } = written;
    const document = JSON.stringify(viewPurchase(purchase, revision));
    expect(await queries.documentByIdentifier('demo', 'internal', 'E1')).toEqual({ purchaseId, revision, document });
    const { currency, transactions, history } = purchase;
    const entries = { purchaseId, revision, purchase: { currency, transactions, history } };
    expect(await queries.entriesByIdentifier('demo', 'internal', 'E1')).toEqual(entries);
    const timeline = await itemsOf(queries.timeline('demo', written.purchaseId, {}, { limit: 500 }));
    expect(timeline[0]).toMatchObject({ type: 'PurchaseCreated', actor: 'erp', revision: '0' });
    expect(timeline).toHaveLength(Number(written.revision) + 1);
    expect(await queries.entriesByIdentifier('other', 'internal', 'E1')).toBeUndefined();
    expect(await itemsOf(queries.list('other', {}, { limit: 10 }))).toEqual([]);
  });

  it(`has the same rows after a rebuild (seed ${seed})`, async () => {
    await writeSome(60);
    await project();
    const before = await rows();
    const report = await rebuild({ pool, eventStore: store });
    expect(await rows()).toEqual(before);
    expect(report.purchases).toBe(15);
  });

  it(`has the rows of a rebuild when it projects one write at a time (seed ${seed})`, async () => {
    const purchases = fc.sample(arbitraryPurchase, { numRuns: 15, seed });
    for (const [index, purchase] of purchases.entries())
      for (const customerReference of [purchase.customerReference, `reference ${index}`]) {
        const { length } = store.all;
        await put(`E${index % 3}`, { ...purchase, customerReference, revisionDate: undefined });
        if (store.all.length > length) await project();
      }
    const before = await rows();
    await rebuild({ pool, eventStore: store });
    expect(await rows()).toEqual(before);
  });

  it('leaves packages and derived rows untouched by an event that changes neither', async () => {
    const purchase = order({ packages: [pack('processing', [line('A', 1)])], customer: { sparklayer: 'C' } });
    const find = async (): Promise<Record<string, string>> => {
      const [found] = await dataSource.query<Record<string, string>[]>(`
        select revision, packages, o.ctid as "order", f.ctid as figures
        from ${LIVE}.purchases, ${LIVE}.customer_orders o, ${LIVE}.daily_figures f`);
      return found ?? {};
    };
    await put('E', purchase);
    await project();
    await dataSource.query(`update ${LIVE}.purchases set packages = packages || ' '`);
    const before = await find();
    await put('E', { ...purchase, customerReference: 'PO 2' });
    await project();
    expect(await find()).toEqual({ ...before, revision: '2' });
    await put('E', { ...purchase, customerReference: 'PO 2', packages: [pack('processing', [line('A', 2)])] });
    await project();
    const after = await find();
    expect(after).toMatchObject({ revision: '3', packages: expect.stringContaining('"quantity":2') });
    expect([after.order, after.figures]).not.toEqual([before.order, before.figures]);
  });

  it('writes a row that was removed again with its next packages, not without them', async () => {
    const purchase = order({ packages: [pack('processing', [line('A', 1)])] });
    const client = await pool.connect();
    const projection = await BatchProjection.open(client, LIVE);
    let next = 0;
    const putAndProject = async (changed: Purchase): Promise<unknown> => {
      await put('E', changed);
      const events = store.all.slice(next).filter(({ stream }) => stream.startsWith('purchase-'));
      next = store.all.length;
      await projection.project({ events, position: store.all.at(-1)!.position, caughtUp: true });
      return dataSource.query(`select revision, packages from ${LIVE}.purchases`);
    };
    await putAndProject(purchase);
    await dataSource.query(`delete from ${LIVE}.purchases`);
    expect(await putAndProject({ ...purchase, customerReference: 'PO 2' })).toEqual([]);
    const more = { ...purchase, customerReference: 'PO 2', packages: [pack('processing', [line('A', 2)])] };
    expect(await putAndProject(more)).toEqual([{ revision: '3', packages: expect.stringContaining('"quantity":2') }]);
    client.release();
  });

  it('is built as it was at a position and at a time, beside the live tables', async () => {
    await writeSome(20);
    await project();
    const before = await rows();
    const last = store.all.filter(({ stream }) => stream.startsWith('purchase-')).at(-1)!;
    await new Promise((resolve) => setTimeout(resolve, 5));
    await writeSome(24);
    await project();
    const now = await rows();
    for (const until of [{ position: last.position.commit }, { time: last.recordedAt }]) {
      const { schema, purchases } = await buildPast({ pool, eventStore: store, until });
      expect(schema).toMatch(/^read_model_v\d+_at_[0-9a-z]+$/);
      const [checkpoints, ...tables] = (await rows(schema)).reverse();
      expect([purchases, tables]).toEqual([5, [...before].reverse().slice(1)]);
      // The live projector has also passed events of other streams, such as the snapshot of a long purchase.
      expect(checkpoints).toEqual([expect.objectContaining({ commit_position: String(last.position.commit) })]);
    }
    expect(await rows()).toEqual(now);
    // An append that ends after the moment is excluded.
    const appended = store.all.findLast(({ metadata }) => metadata.continues === true)!;
    const { schema } = await buildPast({ pool, eventStore: store, until: { position: appended.position.commit } });
    const cut = await dataSource.query(`select from ${schema}.timeline where event_id = $1`, [appended.id]);
    expect(cut).toHaveLength(0);
  });

  it('is restored by a rebuild after its tables were dropped', async () => {
    await writeSome(20);
    await project();
    const before = await rows();
    await dataSource.query(`drop schema ${LIVE} cascade`);
    await rebuild({ pool, eventStore: store });
    expect(await rows()).toEqual(before);
  });

  it('is idempotent for redelivered events', async () => {
    await writeSome(20);
    await project();
    const before = await rows();
    await dataSource.query(`update ${LIVE}.checkpoints set commit_position = null, prepare_position = null`);
    await project();
    expect(await rows()).toEqual(before);
  });

  it('continues while a rebuild switches the tables', async () => {
    const end = new AbortController();
    const projector = new Projector({ pool, eventStore: store, signal: end.signal, log: () => {} });
    const running = projector.run();
    const writing = writeSome(80);
    await rebuild({ pool, eventStore: store });
    await rebuild({ pool, eventStore: store });
    await writing;
    const last = await store.lastPosition();
    const reached = async (): Promise<boolean> =>
      (await dataSource.query(`select 1 from ${LIVE}.checkpoints where commit_position >= $1`, [String(last?.commit)]))
        .length > 0;
    while (!(await reached())) await new Promise((resolve) => setTimeout(resolve, 5));
    end.abort();
    await running;
    const projected = await rows();
    await rebuild({ pool, eventStore: store });
    expect(await rows()).toEqual(projected);
  });

  it('brings restored tables up to date while nothing is written', async () => {
    await writeSome(4);
    const end = new AbortController();
    const projector = new Projector({ pool, eventStore: store, signal: end.signal, log: () => {} });
    const running = projector.run();
    const isProjected = async (identifier: string): Promise<boolean> =>
      (await new PurchaseQueries(dataSource).rowByIdentifier('demo', 'internal', identifier)) !== undefined;
    const untilProjected = async (identifier: string): Promise<void> => {
      while (!(await isProjected(identifier))) await new Promise((resolve) => setTimeout(resolve, 20));
    };
    await untilProjected('E0');
    await rebuild({ pool, eventStore: store });
    await put('E9', order());
    await untilProjected('E9');
    await rollback(pool);
    expect(await isProjected('E9')).toBe(false);
    await untilProjected('E9');
    end.abort();
    await running;
  });

  it('restores the tables that a rebuild replaced and brings them up to date', async () => {
    await writeSome(20);
    await project();
    await expect(rollback(pool)).rejects.toBeInstanceOf(RebuildRefused);
    await rebuild({ pool, eventStore: store });
    const before = await rows();
    await dataSource.query(`update ${LIVE}.purchases set status = 'wrong'`);
    await rollback(pool);
    expect(await rows()).toEqual(before);
    await put('E9', fc.sample(arbitraryPurchase, { numRuns: 1, seed: 2 })[0]!);
    await project();
    expect(await new PurchaseQueries(dataSource).entriesByIdentifier('demo', 'internal', 'E9')).toBeDefined();
    await expect(rollback(pool)).rejects.toBeInstanceOf(RebuildRefused);
  });

  it('quarantines a purchase whose event cannot be read, projects the others, and a rebuild refuses to add it to the quarantine', async () => {
    await put('E0', fc.sample(arbitraryPurchase, { numRuns: 1, seed: 1 })[0]!);
    const stream = store.all.find((event) => event.stream.startsWith('purchase-'))!.stream;
    const last = await store.lastRevision(stream);
    const unknown = {
      id: crypto.randomUUID(),
      type: 'FromTheFuture',
      data: {},
      metadata: { ...store.all[0]!.metadata } as never,
    };
    await store.append(stream, [unknown], last!);
    await put('E1', fc.sample(arbitraryPurchase, { numRuns: 1, seed: 2 })[0]!);
    await project();
    const quarantine = await dataSource.query(`select * from ${LIVE}.quarantine`);
    expect(quarantine).toMatchObject([
      { purchase_id: stream.slice('purchase-'.length), type: 'FromTheFuture', revision: String(last! + 1n) },
    ]);
    expect(await new PurchaseQueries(dataSource).entriesByIdentifier('demo', 'internal', 'E1')).toBeDefined();
    const before = await rows();
    expect(await rebuild({ pool, eventStore: store })).toMatchObject({ quarantined: 1 });
    expect(await rows()).toEqual(before);

    await dataSource.query(`delete from ${LIVE}.quarantine`);
    await expect(rebuild({ pool, eventStore: store })).rejects.toBeInstanceOf(RebuildRefused);
    const [{ there }] = await dataSource.query(`select to_regclass('${NEXT}.purchases') as there`);
    expect(there).toBeNull();
    expect(await rebuild({ pool, eventStore: store, acceptQuarantined: true })).toMatchObject({ quarantined: 1 });
  });
});
