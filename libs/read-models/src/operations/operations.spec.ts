import fc from 'fast-check';
import type { Pool } from 'pg';
import type { DataSource } from 'typeorm';
import { encode } from '@app/stored-events/codec';
import { purchaseStream } from '@app/stored-events/streams';
import { PurchaseWriter } from '@app/write-model/purchase-writer';
import { arbitraryPurchase } from '../../../../test/arbitrary-purchase';
import { line, orderOf, pack } from '../../../../test/builders';
import { MemoryEventStore } from '../../../../test/memory-event-store';
import { openReadModel, type TestReadModel } from '../../../../test/read-model';
import { Projector } from '../projection/projector';
import { PROJECTIONS } from '../projections/projections';
import { LIVE } from '../tables';
import { quarantinePage, releaseAll, type Released, releasePurchase } from './quarantine-operations';
import type { Difference } from './row-differences';
import { verify, type VerifyOptions, type VerifyReport } from './verify';

const context = { site: 'demo', actor: 'erp', requestId: 'r', at: '2026-01-01T00:00:00.000Z' };
const seed = Number(process.env.PROPERTY_SEED ?? Date.now() % 2 ** 31);
const POISON = `alter table ${LIVE}.purchases add constraint no_poison check (search not like '%poison%')`;

describe(`operations on the read model (seed ${seed})`, () => {
  let readModel: TestReadModel;
  let dataSource: DataSource;
  let pool: Pool;
  let store: MemoryEventStore;
  let end: AbortController;
  let running: Promise<void>;
  let projector: Projector;

  beforeEach(async () => {
    readModel = await openReadModel();
    ({ dataSource, pool } = readModel);
    store = new MemoryEventStore();
    end = new AbortController();
    projector = new Projector({ pool, eventStore: store, signal: end.signal, log: () => {} });
    running = projector.run();
  });
  afterEach(async () => {
    end.abort();
    await running;
    await readModel.close();
  });

  const projected = async (): Promise<void> => {
    const last = String((await store.lastPosition())?.commit);
    for (;;) {
      const [{ commit_position: at }] = await dataSource.query(`select commit_position from ${LIVE}.checkpoints`);
      if (at === last) return;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  };

  const put = async (identifier: string, n: number, more: object = {}): Promise<string> => {
    const [purchase] = fc.sample(arbitraryPurchase, { numRuns: 1, seed: seed + n });
    const body = { ...purchase!, type: 'order' as const, identifiers: {}, revisionDate: undefined, ...more };
    const written = await new PurchaseWriter(store).put({ lookupBy: 'internal', identifier }, body, context);
    return 'purchaseId' in written ? written.purchaseId : '';
  };

  const writeSome = async (purchases: number, revisions: number): Promise<string[]> => {
    const ids = new Set<string>();
    for (let n = 0; n < purchases * revisions; n++) ids.add(await put(`E${n % purchases}`, n));
    await projected();
    return [...ids];
  };

  const verified = async (options: Partial<VerifyOptions> = {}): Promise<VerifyReport & { found: Difference[] }> => {
    const found: Difference[] = [];
    const onDifference = (difference: Difference): unknown => found.push(difference);
    return { ...(await verify({ pool, eventStore: store, onDifference, ...options })), found };
  };

  describe('verify', () => {
    it('finds no difference, also while the projector runs', async () => {
      await writeSome(10, 4);
      const writing = (async () => {
        for (let n = 0; n < 40; n++) {
          await put(`E${n % 10}`, 100 + n);
          // A write to memory waits for nothing: without this, connections would time out meanwhile.
          await new Promise(setImmediate);
        }
      })();
      for (let n = 0; n < 5; n++)
        expect(await verified()).toMatchObject({ differences: 0, verified: expect.any(Number) });
      await writing;
      await projected();
      expect(await verified()).toMatchObject({ differences: 0, verified: 10, quarantined: 0 });
    });

    const timeline = `${LIVE}.timeline`;
    const purchases = `${LIVE}.purchases`;
    const damages: [what: string, sql: string, expected: object][] = [
      ['a status', `update ${purchases} set status = 'x' where id = $1`, { table: 'purchases', kind: 'changed' }],
      ['a site', `update ${purchases} set site = 'other' where id = $1`, { table: 'purchases', kind: 'changed' }],
      [
        'a time',
        `update ${purchases} set last_updated = last_updated + interval '1 ms' where id = $1`,
        { kind: 'changed' },
      ],
      ['an answer', `update ${purchases} set document = document || ' ' where id = $1`, { kind: 'changed' }],
      ['a null', `update ${purchases} set platform = '' where id = $1`, { kind: 'changed' }],
      ['a missing row', `delete from ${purchases} where id = $1`, { table: 'purchases', kind: 'missing' }],
      [
        'a row too many',
        `insert into ${purchases} (id, site, revision, commit_position, last_updated, search, search_keys)
         select 'ffffffff-0000-7000-8000-000000000000', site, revision, commit_position, last_updated, search, search_keys from ${purchases} where id = $1`,
        { table: 'purchases', kind: 'surplus' },
      ],
      [
        'a changed word',
        `update ${timeline} set words = words || '!' where purchase_id = $1 and revision = 1`,
        { table: 'timeline', kind: 'changed', revision: '1' },
      ],
      [
        'a gap in the timeline',
        `delete from ${timeline} where purchase_id = $1 and revision = 1`,
        { table: 'timeline', kind: 'missing', revision: '1' },
      ],
      [
        'an entry too many',
        `insert into ${timeline} select purchase_id, 999, site, commit_position, event_id, type, occurred_at, recorded_at, actor, impersonator, request_id, words, data, currency
         from ${timeline} where purchase_id = $1 and revision = 0`,
        { table: 'timeline', kind: 'surplus', revision: '999' },
      ],
    ];

    const feed = `${LIVE}.feed`;
    const damagesOfFeed: [what: string, sql: string, repair: string, expected: object][] = [
      [
        'a number of another purchase',
        `update ${feed} set purchase_id = gen_random_uuid() where sequence = 3`,
        `delete from ${feed} where sequence = 3; insert into ${feed} select * from feed_before where sequence = 3`,
        { table: 'feed', kind: 'changed' },
      ],
      [
        'a gap in the numbers',
        `delete from ${feed} where sequence = 3`,
        `insert into ${feed} select * from feed_before where sequence = 3`,
        { table: 'feed', kind: 'missing' },
      ],
      [
        'a number of no event',
        `insert into ${feed} select site, 999999, purchase_id, revision, commit_position from ${feed} where sequence = 3`,
        `delete from ${feed} where sequence = 999999`,
        { table: 'feed', kind: 'surplus' },
      ],
    ];

    it('finds damage of the feed', async () => {
      await writeSome(3, 2);
      await dataSource.query(`create table feed_before as select * from ${feed}`);
      for (const [what, sql, repair, expected] of damagesOfFeed) {
        await dataSource.query(sql);
        expect([what, (await verified({ site: 'demo' })).found]).toEqual([what, [expect.objectContaining(expected)]]);
        await dataSource.query(repair);
        expect([what, (await verified()).found]).toEqual([what, []]);
      }
    });

    it('finds ten kinds of damage, and a replay repairs those of one purchase', async () => {
      const [damaged] = await writeSome(6, 3);
      for (const [what, sql, expected] of damages) {
        await dataSource.query(sql, [damaged]);
        const { found, differences } = await verified();
        expect([what, differences, found[0]]).toEqual([what, 1, expect.objectContaining(expected)]);
        await dataSource.query(`delete from ${purchases} where id = 'ffffffff-0000-7000-8000-000000000000'`);
        await releasePurchase(pool, store, damaged!, 'replay');
        expect([what, (await verified()).found]).toEqual([what, []]);
      }
    });

    it('finds damage of the statistics of customers and of the daily figures, and a replay repairs it', async () => {
      const packages = [pack('processing', [line('Mug', 2)])];
      const id = await put('E0', 0, orderOf(packages, { customer: { sparklayer: 'C1' } }));
      await projected();
      for (const { table } of PROJECTIONS) {
        const name = `${LIVE}.${table}`;
        const cases: [sql: string, kinds: string[]][] = [
          [`update ${name} set site = 'other' where purchase_id = $1`, ['missing', 'surplus']],
          [`delete from ${name} where purchase_id = $1`, ['missing']],
          [`insert into ${name} select * from ${name} where purchase_id = $1`, ['surplus']],
        ];
        for (const [sql, kinds] of cases) {
          await dataSource.query(sql, [id]);
          const { found } = await verified();
          expect([sql, found.map(({ kind }) => kind)]).toEqual([sql, kinds]);
          expect(found.every((each) => each.table === table && each.purchaseId === id)).toBe(true);
          await releasePurchase(pool, store, id, 'replay');
          expect([sql, (await verified()).found]).toEqual([sql, []]);
        }
      }
    });

    const tablesAndKinds = (found: readonly Difference[]): string[] =>
      [...new Set(found.map(({ table, kind }) => `${table} ${kind}`))].sort();

    it('finds a checkpoint that is behind the rows, or ahead of them', async () => {
      await put('E0', 0, { customerReference: 'A' });
      await projected();
      const first = (await store.lastPosition())!.commit;
      await put('E0', 0, { customerReference: 'B' });
      await projected();
      end.abort();
      await running;
      const moveTo = (commit: bigint): Promise<unknown> =>
        dataSource.query(`update ${LIVE}.checkpoints set commit_position = $1, prepare_position = $1`, [
          String(commit),
        ]);
      await moveTo(first);
      expect(tablesAndKinds((await verified()).found)).toEqual(['purchases changed', 'timeline surplus']);
      await put('E0', 0, { customerReference: 'C' });
      await moveTo((await store.lastPosition())!.commit);
      expect(tablesAndKinds((await verified()).found)).toEqual([
        'feed missing',
        'purchases changed',
        'timeline missing',
      ]);
    });

    it('finds a purchase that was added to the quarantine by hand, and rows of one that was removed from it', async () => {
      const [id] = await writeSome(1, 2);
      const quarantine = `${LIVE}.quarantine`;
      await dataSource.query(
        `insert into ${quarantine} (purchase_id, site, revision, commit_position, event_id, type, error) values ($1, 'demo', 1, 0, 'e', 't', 'x')`,
        [id],
      );
      expect(tablesAndKinds((await verified()).found)).toContain('purchases changed');
      await dataSource.query(`delete from ${quarantine}`);
      expect((await verified()).found).toEqual([]);
      await dataSource.query(POISON);
      await put('E0', 2, { customerReference: 'poison' });
      await projected();
      expect((await verified()).found).toEqual([]);
      await dataSource.query(`delete from ${quarantine}`);
      expect(tablesAndKinds((await verified()).found)).toContain('purchases changed');
    });

    const enter = (purchaseId: string, revision: number): Promise<unknown> =>
      dataSource.query(
        `insert into ${LIVE}.quarantine (purchase_id, site, revision, commit_position, event_id, type, error) values ($1, 'demo', $2, 0, 'e', 't', 'x')`,
        [purchaseId, revision],
      );
    const entriesOf = (found: readonly Difference[]): object[] =>
      found
        .map(({ purchaseId, table, kind, revision }) => ({ purchaseId, table, kind, revision }))
        .sort((a, b) => a.purchaseId.localeCompare(b.purchaseId));

    it('finds entries in the quarantine of events that do not exist, and a replay removes them', async () => {
      const [id] = await writeSome(2, 1);
      const unknown = 'ffffffff-0000-7000-8000-000000000000';
      const next = (await store.lastRevision(purchaseStream(id!)))! + 1n;
      await enter(id!, Number(next));
      await enter(unknown, 0);
      const surplus = (purchaseId: string, revision: string): object => ({
        purchaseId,
        table: 'quarantine',
        kind: 'surplus',
        revision,
      });
      const expected = [surplus(id!, String(next)), surplus(unknown, '0')];
      const { found, quarantined } = await verified();
      expect([entriesOf(found), quarantined]).toEqual([expected, 2]);
      expect(entriesOf((await verified({ site: 'demo' })).found)).toEqual(expected);
      expect((await verified({ site: 'other' })).found).toEqual([]);
      expect(entriesOf((await verified({ site: 'demo', purchaseId: unknown })).found)).toEqual([surplus(unknown, '0')]);
      for await (const { stopped } of releaseAll(pool, store, 'replay')) expect(stopped).toBeUndefined();
      expect(await verified()).toMatchObject({ found: [], quarantined: 0 });
    });

    it('finds changed entries in the quarantine, and a failed retry corrects them', async () => {
      await dataSource.query(POISON);
      const id = await put('E0', 1);
      await put('E0', 2, { customerReference: 'poison' });
      await projected();
      expect((await verified()).found).toEqual([]);
      for (const column of ['site', 'event_id', 'type']) {
        await dataSource.query(`update ${LIVE}.quarantine set ${column} = 'other'`);
        const { found } = await verified();
        const columns = { [column]: { live: 'other', expected: expect.any(String) } };
        expect(found).toMatchObject([{ purchaseId: id, table: 'quarantine', kind: 'changed', columns }]);
        await releasePurchase(pool, store, id, 'retry');
        expect([column, (await verified()).found]).toEqual([column, []]);
      }
    });

    it('finds a missing entry of an event that cannot be folded, and one at a later event, and a repair corrects both', async () => {
      const id = await put('E0', 1);
      const revision = String((await store.lastRevision(purchaseStream(id)))! + 1n);
      for (const type of ['FromTheFuture', 'PurchaseDeleted']) {
        const event = encode({ type: 'PurchaseDeleted', data: { at: context.at } }, crypto.randomUUID(), context);
        await store.append(purchaseStream(id), [{ ...event, type }], 'any');
      }
      await projected();
      expect(await verified()).toMatchObject({ found: [], quarantined: 1 });
      const damages = {
        missing: `delete from ${LIVE}.quarantine`,
        changed: `update ${LIVE}.quarantine set revision = revision + 1`,
      };
      for (const [kind, sql] of Object.entries(damages)) {
        await dataSource.query(sql);
        const columns = { revision: { expected: revision } };
        expect((await verified()).found).toMatchObject([{ table: 'quarantine', kind, revision, columns }]);
        expect((await verified()).found).toHaveLength(1);
        await releasePurchase(pool, store, id, 'replay');
        expect([kind, (await verified()).found]).toEqual([kind, []]);
      }
    });

    it('compares and counts entries of streams that are no purchases', async () => {
      await writeSome(1, 1);
      for (const stream of ['purchase-number-7', 'purchase-number-7', 'purchase-number-8'])
        await store.append(
          stream,
          [encode({ type: 'PurchaseDeleted', data: { at: context.at } }, crypto.randomUUID(), context)],
          'any',
        );
      await projected();
      expect(await verified()).toMatchObject({ found: [], quarantined: 2, verified: 1 });
      expect(await verified({ site: 'other' })).toMatchObject({ found: [], quarantined: 0 });
      await enter('number-9', 0);
      await dataSource.query(`delete from ${LIVE}.quarantine where purchase_id = 'number-8'`);
      await dataSource.query(`update ${LIVE}.quarantine set type = 'x' where purchase_id = 'number-7'`);
      const kinds = (await verified({ site: 'demo' })).found.map(({ purchaseId, kind }) => `${purchaseId} ${kind}`);
      expect(kinds.sort()).toEqual(['number-7 changed', 'number-8 missing', 'number-9 surplus']);
    });

    it('reads nothing for a verification that was cancelled before it reads', async () => {
      await put('A', 1);
      await projected();
      let batches = 0;
      const subscribe = async function* (request: Parameters<MemoryEventStore['subscribe']>[0]) {
        for await (const batch of store.subscribe(request)) {
          batches += 1;
          yield batch;
        }
      };
      const eventStore = Object.create(store, { subscribe: { value: subscribe } }) as MemoryEventStore;
      const signal = AbortSignal.abort(new Error('cancelled'));
      await expect(verify({ pool, eventStore, signal })).rejects.toThrow('cancelled');
      expect(batches).toBe(0);
    });

    it('reports no difference when it is cancelled while it reads the history', async () => {
      await writeSome(2, 1);
      const found: Difference[] = [];
      const cancel = new AbortController();
      const eventStore = Object.create(store) as MemoryEventStore;
      eventStore.subscribe = (options) => {
        cancel.abort(new Error('cancelled'));
        return store.subscribe(options);
      };
      const onDifference = (each: Difference): unknown => found.push(each);
      const cancelled = verify({ pool, eventStore, signal: cancel.signal, onDifference });
      await expect(cancelled).rejects.toThrow('cancelled');
      expect(found).toEqual([]);
    });

    it('reports the last event included in an outdated row', async () => {
      const [id] = await writeSome(1, 1);
      const [old] = await dataSource.query(`select * from ${purchases}`);
      await put('E0', 7);
      await projected();
      await dataSource.query(`update ${purchases} set document = $2, packages = $3, revision = $4 where id = $1`, [
        id,
        old.document,
        old.packages,
        old.revision,
      ]);
      const { found } = await verified({ purchaseId: id });
      expect(found[0]).toMatchObject({ table: 'purchases', kind: 'changed', partsAfter: { revision: old.revision } });
    });

    it('verifies a sample, the changes since a position, or one purchase', async () => {
      const ids = await writeSome(8, 1);
      const since = (await store.lastPosition())!.commit;
      await put('E0', 50);
      await projected();
      expect(await verified({ sample: 3 })).toMatchObject({ verified: 3, differences: 0 });
      expect(await verified({ since })).toMatchObject({ verified: 1, differences: 0 });
      await dataSource.query(`update ${purchases} set status = 'x' where id = $1`, [ids[5]]);
      expect(await verified({ purchaseId: ids[5] })).toMatchObject({ verified: 1, differences: 1 });
      expect(await verified({ purchaseId: ids[4] })).toMatchObject({ verified: 1, differences: 0 });
    });
  });

  describe('quarantine', () => {
    const poison = async (): Promise<string> => {
      await dataSource.query(POISON);
      const id = await put('E0', 1, { customerReference: 'fine' });
      await projected();
      await put('E0', 2, { customerReference: 'poison' });
      await projected();
      await put('E0', 3, { customerReference: 'poison still' });
      await put('E1', 4);
      await projected();
      return id;
    };
    const quarantined = async () => (await quarantinePage(pool, { limit: 10 })).purchases;

    it('lists purchases, counts a failed retry, and resumes after the fault is fixed', async () => {
      const id = await poison();
      expect(await quarantined()).toMatchObject([{ purchaseId: id, type: 'CustomerReferenceChanged', attempts: 1 }]);
      expect((await quarantinePage(pool, { limit: 9, site: 'other' })).purchases).toEqual([]);
      expect((await quarantinePage(pool, { limit: 9, site: 'demo' })).purchases).toHaveLength(1);
      expect(await verified()).toMatchObject({ differences: 0, quarantined: 1 });
      expect(await releasePurchase(pool, store, id, 'retry')).toMatchObject({ stopped: { id } });
      const [again] = await quarantined();
      expect(again).toMatchObject({ attempts: 2 });
      expect(again!.lastAt.getTime()).toBeGreaterThan(again!.firstAt.getTime());

      await dataSource.query(`alter table ${LIVE}.purchases drop constraint no_poison`);
      expect(await releasePurchase(pool, store, id, 'retry')).toEqual({ purchaseId: id });
      expect(await quarantined()).toEqual([]);
      // The projector had skipped the purchase and projects it again.
      await put('E0', 9, { customerReference: 'later' });
      await projected();
      expect(await verified()).toMatchObject({ differences: 0, quarantined: 0, verified: 2 });
    });

    it('is emptied by one command, page by page, with the result of a clean run', async () => {
      const id = await poison();
      await dataSource.query(`alter table ${LIVE}.purchases drop constraint no_poison`);
      const released: Released[] = [];
      for await (const each of releaseAll(pool, store, 'replay')) released.push(each);
      expect(released).toEqual([{ purchaseId: id }]);
      expect(await quarantined()).toEqual([]);
      expect(await verified()).toMatchObject({ differences: 0 });
    });

    it('is retried from the oldest attempt on, so that repeated calls reach every purchase', async () => {
      await dataSource.query(POISON);
      const ids = [
        await put('E0', 1, { customerReference: 'poison' }),
        await put('E1', 2, { customerReference: 'poison' }),
      ];
      await projected();
      const first = async (): Promise<string | undefined> => {
        for await (const { purchaseId } of releaseAll(pool, store, 'retry')) return purchaseId;
        return undefined;
      };
      expect([await first(), await first()].sort()).toEqual(ids.sort());
    });

    it('keeps the entry of a stream that is no purchase, which a retry of all leaves out', async () => {
      await dataSource.query(POISON);
      await put('E0', 1, { customerReference: 'poison' });
      const event = encode({ type: 'PurchaseDeleted', data: { at: context.at } }, crypto.randomUUID(), context);
      await store.append('purchase-number-7', [event], 'any');
      await projected();
      await dataSource.query(`alter table ${LIVE}.purchases drop constraint no_poison`);
      const released: Released[] = [];
      for await (const each of releaseAll(pool, store, 'retry')) released.push(each);
      expect(released).toEqual([{ purchaseId: expect.not.stringContaining('number') }]);
      const { stopped } = await releasePurchase(pool, store, 'number-7', 'retry');
      expect(stopped).toMatchObject({ type: 'PurchaseDeleted', error: expect.stringContaining('is never projected') });
      expect(await quarantined()).toMatchObject([{ purchaseId: 'number-7', attempts: 1 }]);
    });

    it('is paginated', async () => {
      for (let n = 0; n < 5; n++)
        await dataSource.query(
          `insert into ${LIVE}.quarantine (purchase_id, revision, commit_position, event_id, type, error) values ($1, 0, $2, 'e', 't', 'x')`,
          [`p${n}`, 9 - n],
        );
      const first = await quarantinePage(pool, { limit: 3 });
      expect(first).toMatchObject({
        purchases: [{ purchaseId: 'p4' }, { purchaseId: 'p3' }, { purchaseId: 'p2' }],
        next: { position: 7n, purchaseId: 'p2' },
      });
      // Released between the pages.
      await dataSource.query(`delete from ${LIVE}.quarantine where purchase_id = 'p2'`);
      const second = await quarantinePage(pool, { limit: 3, after: first.next });
      expect(second.purchases.map(({ purchaseId }) => purchaseId)).toEqual(['p1', 'p0']);
      expect(second.next).toBeUndefined();
    });
  });
});
