import type { Pool } from 'pg';
import type { DataSource } from 'typeorm';
import { encode } from '@app/stored-events/codec';
import { purchaseStream } from '@app/stored-events/streams';
import type { PurchaseEvent } from '@app/purchase/events';
import type { EventMetadata } from '@app/event-store/event-store';
import { line, orderOf, pack } from '../../../../test/builders';
import { MemoryEventStore } from '../../../../test/memory-event-store';
import { itemsOf } from '../../../../test/pages';
import { openReadModel, type TestReadModel } from '../../../../test/read-model';
import { PurchaseQueries } from '../queries/purchase-queries';
import { releaseAll } from '../operations/quarantine-operations';
import { verify } from '../operations/verify';
import { rebuild, RebuildRefused } from '../rebuild/rebuild';
import { createIndexes, createTables, LIVE } from '../tables';
import { Projector } from './projector';

const AT = '2026-01-01T00:00:00.000Z';
const context = { site: 'demo', actor: 'erp', requestId: 'r', at: AT };
const { packages: _, ...header } = orderOf([]);

const random = (length: number): string =>
  Array.from({ length: Math.ceil(length / 30) }, () => crypto.randomUUID().replaceAll('-', ''))
    .join('')
    .slice(0, length);

/**
 * Events appended to the store directly, with values that the API or Postgres rejects. The second half uses a schema that rejects values which the
 * real schema accepts, so that only the quarantine handles them.
 */
describe('values that Postgres rejects', () => {
  let readModel: TestReadModel;
  let dataSource: DataSource;
  let pool: Pool;
  let store: MemoryEventStore;
  let queries: PurchaseQueries;
  let logged: string[];

  beforeEach(async () => {
    readModel = await openReadModel();
    ({ dataSource, pool } = readModel);
    store = new MemoryEventStore();
    queries = new PurchaseQueries(dataSource);
    logged = [];
  });
  afterEach(async () => {
    await readModel.close();
  });

  const idOf = (n: number): string => `00000000-0000-7000-8000-${String(n).padStart(12, '0')}`;

  const created = (more: object = {}): PurchaseEvent => ({
    type: 'PurchaseCreated',
    data: { purchase: { ...header, ...more }, at: AT },
  });

  const append = async (
    stream: string,
    events: PurchaseEvent[],
    { id = crypto.randomUUID(), ...metadata }: Partial<EventMetadata> & { id?: string } = {},
  ): Promise<void> => {
    const encoded = events.map((event) => {
      const one = encode(event, events.length === 1 ? id : crypto.randomUUID(), context);
      return { ...one, metadata: { ...one.metadata, ...metadata } };
    });
    await store.append(stream, encoded, (await store.lastRevision(stream)) ?? 'no-stream');
  };

  /** Runs a projector until it has caught up; returns the duration. */
  const project = async (): Promise<number> => {
    const end = new AbortController();
    const log = (text: string): unknown => logged.push(text);
    const started = Date.now();
    const projector = new Projector({ pool, eventStore: store, signal: end.signal, log });
    const running = projector.run();
    while (!projector.isCaughtUp()) await new Promise((resolve) => setTimeout(resolve, 2));
    const took = Date.now() - started;
    end.abort();
    await running;
    return took;
  };

  const rows = async (): Promise<unknown> =>
    Promise.all(
      [
        `select * from ${LIVE}.purchases order by id`,
        `select * from ${LIVE}.timeline order by purchase_id, revision`,
        `select purchase_id, revision, commit_position, event_id, type, error from ${LIVE}.quarantine order by 1`,
      ].map((sql) => dataSource.query(sql)),
    );

  /** A hash of each live table, also of large ones. */
  const hash = async (): Promise<string[]> => {
    const tables = ['purchases', 'timeline', 'feed', 'customer_orders', 'daily_figures'].map(
      (each) => `${LIVE}.${each}`,
    );
    const refused = `(select purchase_id, revision, commit_position, event_id, type, error from ${LIVE}.quarantine)`;
    const hashes: string[] = [];
    for (const rows of [...tables, refused]) {
      const { rows: found } = await pool.query<{ hash: string | null }>(
        `select md5(string_agg(md5(t::text), '' order by md5(t::text))) as hash from ${rows} t`,
      );
      hashes.push(`${rows}: ${found[0]?.hash}`);
    }
    return hashes;
  };

  const quarantined = (): Promise<{ purchase_id: string; revision: string; error: string; attempts: number }[]> =>
    dataSource.query(`select * from ${LIVE}.quarantine order by commit_position`);

  describe('that the schema accepts', () => {
    const longAscii = random(2_800);
    const long4Byte = Array.from({ length: 1_000 }, () =>
      String.fromCodePoint(0x1f300 + Math.floor(Math.random() * 700)),
    ).join('');

    it('does not stop a rebuild at a foreign stream with a long name', async () => {
      await append('purchase-1', [created()]);
      await append(`purchase-${random(9_000)}`, [created()]);
      await append(purchaseStream(idOf(1)), [created()]);
      await project();
      const report = await rebuild({ pool, eventStore: store });
      expect(report).toMatchObject({ purchases: 1, quarantined: 2 });
      expect((await verify({ pool, eventStore: store })).differences).toBe(0);
    });

    it('times outside years 1 to 9999 sort first and last, and are returned unchanged', async () => {
      const times = ['0000-01-01T00:00:00.000Z', AT, '+010000-01-01T00:59:59.000Z'];
      for (const [n, placedAt] of times.entries())
        await append(purchaseStream(idOf(n)), [created({ dates: { placedAt, createdAt: placedAt } })]);
      await project();
      expect(await quarantined()).toEqual([]);
      const listed = await itemsOf(queries.list('demo', {}, { limit: 10 }));
      expect(
        listed.map((document) => (JSON.parse(document) as { dates: { placed_at: string } }).dates.placed_at),
      ).toEqual([...times].reverse());
      const before = await rows();
      await rebuild({ pool, eventStore: store });
      expect(await rows()).toEqual(before);
    });

    it('a stored text that was damaged stops its own purchase only, until it is folded anew', async () => {
      for (const n of [1, 2]) await append(purchaseStream(idOf(n)), [created()]);
      await project();
      await dataSource.query(`update ${LIVE}.purchases set document = left(document, 100) where id = $1`, [idOf(1)]);
      for (const n of [1, 2])
        await append(purchaseStream(idOf(n)), [
          { type: 'CustomerReferenceChanged', data: { before: undefined, after: 'PO' } },
        ]);
      await project();
      expect(await quarantined()).toMatchObject([{ purchase_id: idOf(1), error: expect.stringContaining('JSON') }]);
      const references = async (): Promise<unknown> =>
        dataSource.query(`select revision, document::json ->> 'customer_reference' as reference
          from ${LIVE}.purchases where id <> all (select purchase_id::uuid from ${LIVE}.quarantine) order by id`);
      expect(await references()).toMatchObject([{ revision: '1' }]);
      for await (const { stopped } of releaseAll(pool, store, 'replay')) expect(stopped).toBeUndefined();
      expect(await references()).toMatchObject([{ revision: '1' }, { revision: '1' }]);
    });

    it('identifiers of any length match exactly', async () => {
      await append(purchaseStream(idOf(1)), [
        created({ identifiers: { visible: long4Byte, platform: longAscii }, customer: { sparklayer: longAscii } }),
      ]);
      await append(purchaseStream(idOf(2)), [created({ identifiers: { visible: `${long4Byte}x` } })]);
      await project();
      expect(await quarantined()).toEqual([]);
      expect((await queries.entriesByIdentifier('demo', 'visible', long4Byte))?.purchaseId).toBe(idOf(1));
      expect((await queries.entriesByIdentifier('demo', 'platform', longAscii))?.purchaseId).toBe(idOf(1));
      expect((await queries.entriesByIdentifier('demo', 'visible', `${long4Byte}x`))?.purchaseId).toBe(idOf(2));
      expect(await queries.entriesByIdentifier('demo', 'visible', long4Byte.slice(2))).toBeUndefined();
      const customer = { sparklayer: longAscii };
      expect(await itemsOf(queries.list('demo', { customer }, { limit: 10 }))).toHaveLength(1);
    });

    it.each(['a\0', 'a\ud800', 'a\\u0000'])(
      'state is loss-free: a transaction %j is changed by its key',
      async (key) => {
        const paid = { platformId: key, type: 'payment' as const, amount: 100 };
        const changed = { ...paid, amount: 300 };
        await append(purchaseStream(idOf(1)), [
          created({ customerReference: 'x\0y', identifiers: { internal: 'n1' } }),
          { type: 'PaymentRecorded', data: { transaction: paid } },
        ]);
        await project();
        await append(purchaseStream(idOf(1)), [{ type: 'TransactionChanged', data: { before: paid, after: changed } }]);
        await project();
        expect(await quarantined()).toEqual([]);
        const found = await queries.entriesByIdentifier('demo', 'internal', 'n1');
        expect(found?.purchase.transactions).toEqual([changed]);
        const { document = '{}' } = (await queries.documentByIdentifier('demo', 'internal', 'n1')) ?? {};
        expect(JSON.parse(document)).toMatchObject({ customer_reference: 'x\0y' });
        const [, , change] = await itemsOf(queries.timeline('demo', idOf(1), {}, { limit: 10 }));
        expect(JSON.stringify(change?.after)).toContain(JSON.stringify(key).slice(1, -1));
      },
    );
  });

  describe('quarantine only their purchase', () => {
    /** One event in SHARE is rejected. COUNT is a multiple of it. */
    const SHARE = Number(process.env.QUARANTINE_SHARE ?? 100);
    const COUNT = Number(process.env.QUARANTINE_EVENTS ?? 30 * SHARE);
    const RETRIED = Number(process.env.QUARANTINE_EVENTS ?? 10 * SHARE);
    const timeoutOf = (events: number): number => 120_000 + 20 * events;
    const isBad = (n: number): boolean => n % SHARE === 7;
    const goodId = idOf(8);

    /** Every kind of value that a column, an index or the domain rejects. */
    const refusals: [what: string, sqlState: string, (n: number) => Promise<void>][] = [
      ['a site with NUL', '22021', (n) => append(purchaseStream(idOf(n)), [created()], { site: 'a\0b' })],
      [
        'a site too long for an index',
        '54000',
        (n) => append(purchaseStream(idOf(n)), [created()], { site: random(9_000) }),
      ],
      ['an event id that is no UUID', '22P02', (n) => append(purchaseStream(idOf(n)), [created()], { id: 'seven' })],
      ['a stream that is no purchase', '', (n) => append(purchaseStream(`number-${n}`), [created()])],
      ['a time that is none', '', (n) => append(purchaseStream(idOf(n)), [created({ dates: { placedAt: 'soon' } })])],
      [
        'data without a shape',
        '',
        (n) => append(purchaseStream(idOf(n)), [{ type: 'PurchaseCreated', data: {} } as never]),
      ],
    ];

    const writeMany = async (): Promise<void> => {
      for (let n = 0; n < COUNT; n++)
        if (isBad(n)) await refusals[Math.floor(n / SHARE) % refusals.length]![2](n);
        else await append(purchaseStream(idOf(n)), [created({ identifiers: { internal: `n${n}` } })]);
    };

    it(
      `1 in ${SHARE} of ${COUNT}: all others are readable, the rejected ones are listed; a rebuild has the same result`,
      async () => {
        await writeMany();
        await project();
        const listed = await quarantined();
        expect(listed).toHaveLength(COUNT / SHARE);
        for (const [index, { error }] of listed.entries())
          expect(error).toContain(refusals[index % refusals.length]![1]);
        expect(logged.filter((text) => text.includes('is quarantined at'))).toHaveLength(COUNT / SHARE);
        const [{ count }] = await dataSource.query(`select count(*) from ${LIVE}.purchases where site = 'demo'`);
        expect(Number(count)).toBe(COUNT - COUNT / SHARE);
        const verified = await verify({ pool, eventStore: store });
        expect(verified).toMatchObject({ differences: 0, quarantined: COUNT / SHARE });
        const before = await hash();
        const report = await rebuild({ pool, eventStore: store });
        expect(report).toMatchObject({ quarantined: COUNT / SHARE, events: COUNT });
        expect(await hash()).toEqual(before);
      },
      timeoutOf(COUNT),
    );

    it(
      `1 in ${SHARE} of ${RETRIED}, of an unknown type or refused by Postgres: after the fix and a retry the rows are those of a clean run`,
      async () => {
        const refuse = `alter table ${LIVE}.purchases add constraint no_poison check (search not like '%poison%')`;
        await dataSource.query(refuse);
        for (let n = 0; n < RETRIED; n++) {
          const stream = purchaseStream(idOf(n));
          const kind = isBad(n) ? ['unknown', 'poison'][Math.floor(n / SHARE) % 2] : undefined;
          await append(stream, [created({ customerReference: kind === 'poison' ? kind : `PO ${n}` })]);
          if (kind === 'unknown') await append(stream, [{ type: 'FromTheFuture', data: { after: 'P' } } as never]);
          if (kind !== undefined)
            await append(stream, [{ type: 'PaymentMethodChanged', data: { after: 'on_account' } }]);
        }
        await project();
        const listed = await quarantined();
        expect(new Set(listed.map(({ purchase_id }) => purchase_id))).toEqual(
          new Set(
            Array.from({ length: RETRIED }, (_, n) => n)
              .filter(isBad)
              .map(idOf),
          ),
        );
        expect(listed.filter(({ error }) => error.includes('FromTheFuture'))).toHaveLength(
          Math.ceil(listed.length / 2),
        );
        expect(listed.filter(({ error }) => error.includes('23514'))).toHaveLength(Math.floor(listed.length / 2));
        expect((await dataSource.query(`select from ${LIVE}.purchases`)).length).toBe(
          RETRIED - Math.floor(listed.length / 2),
        );

        await dataSource.query(`alter table ${LIVE}.purchases drop constraint no_poison`);
        // Stands for a release that knows the type.
        for (const event of store.all)
          if (event.type === 'FromTheFuture') (event as { type: string }).type = 'CustomerReferenceChanged';
        for await (const { stopped } of releaseAll(pool, store, 'retry')) expect(stopped).toBeUndefined();
        expect(await quarantined()).toEqual([]);
        const retried = await hash();
        await rebuild({ pool, eventStore: store });
        expect(await hash()).toEqual(retried);
      },
      timeoutOf(RETRIED),
    );

    it('the purchase keeps its last state; other purchases are projected', async () => {
      await append(purchaseStream(idOf(7)), [created({ identifiers: { internal: 'bad' } })]);
      await append(purchaseStream(idOf(7)), [{ type: 'CustomerReferenceChanged', data: { after: 'A' } }], { id: 'x' });
      await append(purchaseStream(idOf(7)), [{ type: 'CustomerReferenceChanged', data: { before: 'A', after: 'B' } }]);
      await append(purchaseStream(goodId), [created({ identifiers: { internal: 'good' } })]);
      await project();
      await append(purchaseStream(idOf(7)), [{ type: 'CustomerReferenceChanged', data: { before: 'B', after: 'C' } }]);
      await append(purchaseStream(goodId), [{ type: 'CustomerReferenceChanged', data: { after: 'G' } }]);
      await project();
      expect(await quarantined()).toMatchObject([{ purchase_id: idOf(7), revision: '1', attempts: 1 }]);
      expect(await queries.entriesByIdentifier('demo', 'internal', 'bad')).toMatchObject({ revision: 0n });
      expect(await queries.entriesByIdentifier('demo', 'internal', 'good')).toMatchObject({ revision: 1n });
      const before = await rows();
      await rebuild({ pool, eventStore: store });
      expect(await rows()).toEqual(before);
    });

    /** An earlier schema: texts of any length in indexes, and a constraint on the search text. */
    const strictIndexes = (schema: string): string => `
      ${createIndexes(schema)}
      create index on ${schema}.purchases (site, visible);
      alter table ${schema}.purchases add constraint no_poison check (search not like '%poison%');`;

    it('also when an index or a constraint rejects them', async () => {
      await dataSource.query(`drop schema ${LIVE} cascade; ${createTables(LIVE)}; ${strictIndexes(LIVE)}`);
      const line1 = pack('processing', [line('A', 1)]);
      for (let n = 0; n < 300; n++) {
        const visible = n % 50 === 3 ? random(6_000) : `v${n}`;
        const customerReference = n % 50 === 5 ? 'poison' : undefined;
        await append(purchaseStream(idOf(n)), [created({ identifiers: { visible }, customerReference })]);
        await append(purchaseStream(idOf(n)), [
          {
            type: 'PackageAdded',
            data: { package: { ...line1, key: 'p1', items: [{ ...line1.items[0]!, key: 'l1' }] } },
          } as unknown as PurchaseEvent,
        ]);
      }
      await project();
      const errors = (await quarantined()).map(({ error }) => /\((\w{5})\)/.exec(error)?.[1]);
      expect(errors.sort()).toEqual([...Array(6).fill('23514'), ...Array(6).fill('54000')]);
      const before = await rows();
      const schema = { createTables, createIndexes: strictIndexes };
      const report = await rebuild({ pool, eventStore: store, schema });
      expect(report).toMatchObject({ quarantined: 12, purchases: 288 });
      expect(await rows()).toEqual(before);

      await dataSource.query(`delete from ${LIVE}.quarantine where error like '%54000%'`);
      await expect(rebuild({ pool, eventStore: store, schema })).rejects.toThrow(RebuildRefused);
    });
  });
});
