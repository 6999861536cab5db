import { randomUUID } from 'node:crypto';
import type { Pool } from 'pg';
import type { DataSource } from 'typeorm';
import type { EventMetadata } from '@app/event-store/event-store';
import { purchaseIdOf, purchaseStream } from '@app/stored-events/streams';
import { MemoryEventStore } from '../../../../test/memory-event-store';
import { itemsOf } from '../../../../test/pages';
import { openReadModel, type TestReadModel } from '../../../../test/read-model';
import { order } from '../../../../test/writing';
import { PurchaseWriter } from '@app/write-model/purchase-writer';
import { BatchProjection } from '../projection/batch-projection';
import { purchaseRow } from '../projection/purchase-row';
import { rebuild } from '../rebuild/rebuild';
import { SiteReads } from './site-reads';
import { CommonKeys } from '../search/common-keys';
import { searchCondition } from '../search/search-index';
import { LIVE, PURCHASE_COLUMNS } from '../tables';
import { listQuery } from './purchase-list';
import { PurchaseQueries } from './purchase-queries';
import { statementFor } from './row-lookup';

const address = { addressLine1: '1 Street', city: 'London', countryCode: 'GB' };

describe('lists and feeds', () => {
  let readModel: TestReadModel;
  let dataSource: DataSource;
  let pool: Pool;
  let store: MemoryEventStore;
  let queries: PurchaseQueries;

  beforeAll(async () => {
    readModel = await openReadModel();
    ({ dataSource, pool } = readModel);
    store = new MemoryEventStore();
    queries = new PurchaseQueries(dataSource);
  });
  afterAll(async () => {
    await readModel.close();
  });

  /** Inserts rows as the projection writes them. */
  const insert = async (site: string, purchases: object[]): Promise<void> => {
    const rows = purchases.map((more) =>
      purchaseRow({
        id: randomUUID(),
        site,
        revision: 0n,
        position: 0n,
        lastUpdated: new Date('2026-01-01T00:00:00Z'),
        state: {
          phase: 'live',
          purchase: { ...order(), nextPackageKey: 1, nextLineKey: 1, transactions: [], history: [], ...more } as never,
        },
      }),
    );
    const arrays = PURCHASE_COLUMNS.map(([, type], index) => `$${index + 1}::${type}[]`);
    await dataSource.query(
      `insert into ${LIVE}.purchases select * from unnest(${arrays.join(', ')})`,
      PURCHASE_COLUMNS.map(([name]) => rows.map((row) => row?.[name] ?? null)),
    );
  };

  const project = async (): Promise<void> => {
    const client = await pool.connect();
    const projection = await BatchProjection.open(client, LIVE);
    const events = store.all.filter(
      ({ stream, position }) =>
        stream.startsWith('purchase-') && position.commit > (projection.position?.commit ?? -1n),
    );
    const last = events.at(-1);
    if (last !== undefined) await projection.project({ events, position: last.position, caughtUp: true });
    client.release();
  };

  const references = async (site: string, filter: object, more: object = {}): Promise<unknown[]> =>
    (await itemsOf(queries.list(site, filter, { limit: 500, ...more }))).map(
      (text) => (JSON.parse(text) as { customer_reference: string }).customer_reference,
    );

  it('find each of many purchases that are read at once by an identifier, in its site only', async () => {
    const names = Array.from({ length: 40 }, (_, n) => `${'x'.repeat(n * 100)} {"${n}",\\ö}`);
    for (const site of ['one', 'two'])
      await insert(
        site,
        names.map((internal) => ({ identifiers: { internal }, customerReference: `${site} ${internal}` })),
      );
    const read = async (site: string, name: string): Promise<unknown> => {
      const found = await queries.documentByIdentifier(site, 'internal', name);
      return found && (JSON.parse(found.document) as { customer_reference: string }).customer_reference;
    };
    const all = ['one', 'two', 'three'].flatMap((site) => [...names, 'unknown'].map((name) => [site, name] as const));
    expect(await Promise.all(all.map(([site, name]) => read(site, name)))).toEqual(
      all.map(([site, name]) => (site === 'three' || name === 'unknown' ? undefined : `${site} ${name}`)),
    );
  });

  it('find a purchase by an identifier with an index, by one plan for any number of lookups', async () => {
    const client = await pool.connect();
    try {
      const { text } = statementFor('internal', ['document']);
      await client.query(`prepare lookup(text[], text[]) as ${text}`);
      for (let run = 0; run < 6; run++) await client.query(`execute lookup(array['one'], array['a'])`);
      const { rows } = await client.query<{ generic_plans: string }>(
        `select generic_plans from pg_prepared_statements where name = 'lookup'`,
      );
      expect(Number(rows[0]?.generic_plans)).toBe(1);
      await client.query('set enable_seqscan = off');
      const plan = await client.query<Record<string, string>>(`explain execute lookup(array['one'], array['a'])`);
      expect(plan.rows.map((row) => row['QUERY PLAN']).join('\n')).toMatch(
        /Index Scan using purchases_site_hashtextextended\w* on purchases/,
      );
    } finally {
      client.release(true);
    }
  });

  it('continue after a cursor, newest first, those without the ordering time last, each purchase once', async () => {
    const days = [3, 1, 2, 2, 2, undefined, undefined, 9];
    await insert(
      'pages',
      days.map((day, index) => ({
        customerReference: `${day ?? 'none'}-${index}`,
        dates: { placedAt: day === undefined ? undefined : `2026-01-0${day}T00:00:00.000Z` },
      })),
    );
    const all = (await references('pages', {})) as string[];
    expect(all.map((each) => each.split('-')[0])).toEqual(['9', '3', '2', '2', '2', '1', 'none', 'none']);
    for (const orderBy of ['placed_at', 'last_updated'] as const) {
      const seen: string[] = [];
      for (let after: object | undefined = {}; after !== undefined;) {
        const page = await queries.list(
          'pages',
          {},
          {
            limit: 3,
            orderBy,
            after: 'id' in after ? (after as never) : undefined,
          },
        );
        seen.push(...(await itemsOf(page)).map((text) => (JSON.parse(text) as never)['customer_reference']));
        after = page.next;
      }
      expect(seen).toEqual(await references('pages', {}, { orderBy }));
    }
  });

  it('find words in the spellings that people type', async () => {
    const purchases = [
      { customerReference: 'thessaloniki', billingAddress: { ...address, city: 'ΘΕΣΣΑΛΟΝΙΚΗ' } },
      { customerReference: 'istanbul', billingAddress: { ...address, city: 'İstanbul' } },
      { customerReference: 'bonn', billingAddress: { ...address, addressLine1: 'Hauptstraße 5', city: 'Bonn' } },
      { customerReference: 'PO 7', identifiers: { internal: 'INV2026000123' } },
    ];
    await insert('search', purchases);
    await insert('other', purchases);
    for (const [search, found] of [
      ['ΘΕΣ', ['thessaloniki']],
      ['istanbul', ['istanbul']],
      ['  strasse BONN ', ['bonn']],
      ['000123', ['PO 7']],
      ['bonn istanbul', []],
      ['100%', []],
    ] as const)
      expect([search, await references('search', { search })]).toEqual([search, [...found]]);
  });

  it('are served by an index, also for a search', async () => {
    await insert(
      'many',
      Array.from({ length: 1_500 }, (_, index) => ({
        identifiers: { internal: `ERP-${index}`, visible: `V${index % 10}` },
        billingAddress: { ...address, name: `Customer ${index % 50}` },
      })),
    );
    await dataSource.query(`vacuum analyze ${LIVE}.purchases`);
    const planOf = async ({ text, values }: ReturnType<typeof listQuery>): Promise<string> =>
      JSON.stringify(await dataSource.query(`explain ${text}`, values));
    expect(await planOf(listQuery('many', { search: 'erp 1418' }, { limit: 50 }))).toContain(
      'Bitmap Index Scan on purchases_string_to_array_idx',
    );
    const after = { at: -Infinity, id: randomUUID() };
    expect(await planOf(listQuery('many', {}, { limit: 50, after }))).toContain('purchases_site_coalesce_id_idx');
    expect(await references('many', { search: 'erp 1418' })).toHaveLength(1);
    const common = await new CommonKeys().read(new SiteReads(() => dataSource).of('many'));
    const keysOf = (search: string, known?: ReadonlySet<string>): string[] =>
      searchCondition('many', search, known).keys;
    expect(keysOf('erp 1418', common)).toEqual(keysOf('1418'));
    expect(await planOf(listQuery('many', { search: 'erp 1418' }, { limit: 50 }, common))).toContain(
      'Bitmap Index Scan on purchases_string_to_array_idx',
    );
    // The plan of a prepared statement may be another one after some executions.
    const client = await pool.connect();
    try {
      const statement = { ...listQuery('many', {}, { limit: 50 }), name: 'list' };
      for (let run = 0; run < 6; run++) await client.query(statement);
      const { rows: plan } = await client.query<object>(`explain execute list('many', 51)`);
      expect(JSON.stringify(plan)).toContain('purchases_site_coalesce_id_idx');
    } finally {
      client.release(true);
    }
  });

  it('contain purchases that are larger together than a chunk', async () => {
    const purchases = Array.from({ length: 5 }, (_, index) => ({
      customerReference: `PO ${index}`,
      dates: { placedAt: `2026-01-0${9 - index}T00:00:00.000Z` },
      metadata: [{ name: 'n', value: `${index}`.repeat(400_000) }],
    }));
    await insert('large', purchases);
    const documents = await itemsOf(await queries.list('large', {}, { limit: 4 }));
    expect(documents.map((text) => (JSON.parse(text) as { metadata: unknown }).metadata)).toEqual(
      purchases.slice(0, 4).map(({ metadata }) => metadata),
    );
  });

  it('know the last event of a purchase before the first one that was recorded after a time', async () => {
    const context = { site: 'times', actor: 'erp', requestId: 'r', at: '2026-01-01T00:00:00.000Z' };
    const writer = new PurchaseWriter(store);
    const put = (customerReference: string): ReturnType<PurchaseWriter['put']> =>
      writer.put({ lookupBy: 'internal', identifier: 'T1' }, order({ customerReference }), context);
    for (const reference of ['A', 'B', 'C', 'D']) await put(reference);
    await project();
    const events = store.all.filter(
      ({ stream, metadata }) => stream.startsWith('purchase-') && metadata.site === 'times',
    );
    const id = purchaseIdOf(events[0]?.stream ?? '');
    const at = (time: number): Promise<bigint | undefined> =>
      queries.lastRecorded('times', id, new Date(time).toISOString());
    const times = events.map(({ recordedAt }) => recordedAt.getTime());
    expect(times.length).toBeGreaterThanOrEqual(4);
    for (const [index, time] of times.entries())
      expect([await at(time - 1), await at(time)]).toEqual([BigInt(index - 1), BigInt(index)]);
    const end = Date.UTC(2998);
    expect(await at(end)).toBe(BigInt(events.length - 1));
    expect(await queries.lastRecorded('other', id, new Date(end).toISOString())).toBeUndefined();
    const setBack = `update ${LIVE}.timeline set recorded_at = '2999-01-01' where purchase_id = $1 and revision = 1`;
    await dataSource.query(setBack, [id]);
    expect(await at(end)).toBe(0n);
  });

  it('number the events of a site from 1 without gaps; a rebuild assigns the same numbers', async () => {
    const context = { site: 'feed', actor: 'erp', requestId: 'r', at: '2026-01-01T00:00:00.000Z' };
    const writer = new PurchaseWriter(store);
    const put = (n: number, site: string): Promise<unknown> =>
      writer.put(
        { lookupBy: 'internal', identifier: `F-${n}` },
        order({ customerReference: `PO ${store.all.length}` }),
        { ...context, site },
      );
    for (let n = 0; n < 12; n++) {
      await put(n % 4, n % 3 === 0 ? 'feed-2' : 'feed');
      if (n % 5 === 0) await project();
    }
    // An event that cannot be read has a number, and so do the events after it.
    const known = store.all.find((each) => each.metadata.site === 'feed' && each.stream.startsWith('purchase-'))!;
    const unknown = { id: randomUUID(), type: 'FromTheFuture', data: {}, metadata: known.metadata as EventMetadata };
    await store.append(known.stream, [unknown], (await store.lastRevision(known.stream))!);
    await project();
    await put(3, 'feed');
    await project();
    const rows = (): Promise<unknown> => dataSource.query(`select * from ${LIVE}.feed order by site, sequence`);
    const before = (await rows()) as { site: string; sequence: string; revision: string; purchase_id: string }[];
    for (const site of ['feed', 'feed-2']) {
      const history = store.all.filter((each) => each.metadata.site === site && each.stream.startsWith('purchase-'));
      expect(before.filter((row) => row.site === site)).toMatchObject(
        history.map((event, index) => ({ sequence: String(index + 1), revision: String(event.revision) })),
      );
    }
    const feed = await itemsOf(queries.siteTimeline('feed', 'oldest-first', {}, { limit: 500 }));
    expect(feed.map(({ sequence }) => sequence)).toEqual(feed.map((_, index) => index + 1));
    expect(feed.filter(({ entry }) => entry === undefined)).toMatchObject([
      { purchaseId: known.stream.slice(purchaseStream('').length) },
    ]);
    expect(await queries.lastSequence('feed')).toBe(feed.length);
    await rebuild({ pool, eventStore: store, acceptQuarantined: true });
    expect(await rows()).toEqual(before);
    // Postgres has statistics of the loaded tables.
    const tables = `select min(reltuples) as least from pg_class where relnamespace = '${LIVE}'::regnamespace and relname in ('purchases', 'timeline', 'feed')`;
    expect((await dataSource.query<{ least: number }[]>(tables))[0]?.least).toBeGreaterThan(0);
  });
});
