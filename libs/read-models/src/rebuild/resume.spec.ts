import { Client, type Pool } from 'pg';
import type { EventBatch, EventStore } from '@app/event-store/event-store';
import type { PurchaseEvent } from '@app/purchase/events';
import { encode } from '@app/stored-events/codec';
import { purchaseStream } from '@app/stored-events/streams';
import { PurchaseWriter } from '@app/write-model/purchase-writer';
import { line, orderOf, pack } from '../../../../test/builders';
import { MemoryEventStore } from '../../../../test/memory-event-store';
import { createDatabase } from '../../../../test/postgres';
import { by, contextOf, written } from '../../../../test/writing';
import { createPool } from '../database';
import { createIndexes, createTables, LIVE, NEXT } from '../tables';
import { verify } from '../operations/verify';
import { rebuild, type RebuildOptions, RebuildRefused, rollback } from './rebuild';

const PURCHASES = 30;
const CHANGES = 4;
const SITES = 3;
const FORFEITED = '00000000-0000-4000-8000-000000000001';
const EVENT_BYTES = 1_000;
/** Small enough that purchases are written before their last event. */
const WAITING_BYTES = 64 * EVENT_BYTES;

describe('a rebuild that loses its connections', () => {
  let database: Awaited<ReturnType<typeof createDatabase>>;
  let admin: Client;
  let pool: Pool;
  let store: MemoryEventStore;
  let expected: unknown;
  let total = 0;

  beforeAll(async () => {
    database = await createDatabase();
    admin = new Client({ connectionString: database.url });
    await admin.connect();
    pool = createPool(database.url);
    store = new MemoryEventStore();
    const writer = new PurchaseWriter(store);
    for (let n = 0; n < PURCHASES * CHANGES; n++) {
      const order = orderOf([pack('processing', [line('Mug', 1 + n)])], { customer: { sparklayer: `c${n % 7}` } });
      written(await writer.put(by('internal', `E${n % PURCHASES}`), order, contextOf(`site-${n % SITES}`)));
      if (n === 100) await appendOddStreams(writer);
    }
    await writer.delete(by('internal', 'E0'), contextOf('site-0'));
    total = store.all.filter(({ stream }) => stream.startsWith('purchase-')).length;
    await rebuild({ ...options(store), acceptQuarantined: true });
    expected = await rows();
  });
  afterAll(async () => {
    await pool.end();
    await admin.end();
    await database.drop();
  });

  /** A purchase without a row, one with an invalid event, and a stream that is not a purchase. */
  async function appendOddStreams(writer: PurchaseWriter): Promise<void> {
    const context = contextOf('site-1');
    const forfeited = {
      type: 'IdentifierForfeited',
      data: { kind: 'internal', value: 'X' },
    } as unknown as PurchaseEvent;
    await store.append(purchaseStream(FORFEITED), [encode(forfeited, crypto.randomUUID(), context)], 'any');
    const poisoned = written(await writer.put(by('internal', 'poisoned'), orderOf([]), context));
    const unknown = { ...encode(forfeited, crypto.randomUUID(), context), type: 'FromTheFuture' };
    await store.append(purchaseStream(poisoned.purchaseId), [unknown], 'any');
    await store.append(purchaseStream('number-7'), [{ ...unknown, id: crypto.randomUUID() }], 'any');
  }

  const options = (eventStore: EventStore): RebuildOptions => ({ pool, eventStore, waitingBytes: WAITING_BYTES });

  const rows = async (): Promise<unknown> => {
    const { rows: tables } = await admin.query<{ table: string }>(
      `select format('%I.%I', schemaname, tablename) as table from pg_tables where schemaname ~ '^read_model_v[0-9]+$' order by 1`,
    );
    const found: unknown[] = [];
    for (const { table } of tables) {
      const columns = table.endsWith('.quarantine') ? 'purchase_id, revision, error' : '*';
      const generation = table.endsWith('.checkpoints') ? ` - 'generation'` : '';
      const sql = `select to_jsonb(r)${generation} as row from (select ${columns} from ${table}) as r order by 1`;
      found.push([table, (await admin.query(sql)).rows]);
    }
    return found;
  };

  const killSessions = async (): Promise<void> => {
    await admin.query(
      `select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`,
    );
  };

  /**
   * Reads in small batches, and ends the database sessions before the given event is delivered or when a stream is
   * read.
   */
  function killing(at: { event?: number; read?: true }): EventStore {
    let delivered = 0;
    const subscribe = async function* (request: Parameters<EventStore['subscribe']>[0]): AsyncIterable<EventBatch> {
      for await (const { events, ...batch } of store.subscribe({ ...request, maxBatch: 10 })) {
        if (at.event !== undefined && delivered < at.event && delivered + events.length >= at.event)
          await killSessions();
        delivered += events.length;
        yield { ...batch, events: events.map((event) => ({ ...event, bytes: EVENT_BYTES })) };
      }
    };
    const readStream: EventStore['readStream'] = async (...request) => {
      if (at.read) await killSessions();
      return store.readStream(...request);
    };
    return Object.create(store, { subscribe: { value: subscribe }, readStream: { value: readStream } }) as EventStore;
  }

  const loadingExists = async (): Promise<boolean> =>
    (await admin.query(`select to_regclass('${NEXT}.purchases') as table`)).rows[0].table !== null;

  it.each([0.4, 0.6, 0.95])('is resumed where it was: killed at %d of the history', async (share) => {
    await expect(rebuild(options(killing({ event: Math.round(total * share) })))).rejects.toThrow();
    expect(await loadingExists()).toBe(true);
    const report = await rebuild(options(killing({})));
    expect(report.resumedAfter).toBeGreaterThan(0n);
    expect(report.events).toBeLessThan(total * (1 - share) + 2 * (WAITING_BYTES / EVENT_BYTES) + 10);
    expect(await rows()).toEqual(expected);
  });

  it('is resumed when it is killed again and again', async () => {
    let kills = 0;
    for (let found: unknown; found === undefined;)
      found = await rebuild(options(killing({ event: 120 }))).catch((error: unknown) => {
        if (error instanceof RebuildRefused || ++kills > 20) throw error;
      });
    expect(kills).toBeGreaterThan(1);
    expect(await rows()).toEqual(expected);
  });

  it('does not load again when it is killed after the load', async () => {
    await expect(rebuild(options(killing({ read: true })))).rejects.toThrow();
    expect(await rebuild(options(killing({})))).toMatchObject({ events: 0 });
    expect(await rows()).toEqual(expected);
  });

  it('starts from the beginning on request, here a gentle rebuild', async () => {
    await expect(rebuild(options(killing({ event: 200 })))).rejects.toThrow();
    const report = await rebuild({ ...options(killing({})), anew: true, gentle: true });
    expect(report).toMatchObject({ events: total });
    expect(report.resumedAfter).toBeUndefined();
    expect(await rows()).toEqual(expected);
  });

  it('replaces tables that include events which a restored history does not have', async () => {
    await admin.query(`update ${LIVE}.checkpoints set commit_position = commit_position + 1000`);
    await rebuild({ ...options(store), acceptQuarantined: true });
    expect(await rows()).toEqual(expected);
  });

  it('replaces tables whose checkpoint is missing, by a generation that no projector knows', async () => {
    const generation = async (): Promise<number> =>
      Number((await admin.query(`select generation from ${LIVE}.checkpoints`)).rows[0].generation);
    const before = await generation();
    await admin.query(`delete from ${LIVE}.checkpoints`);
    await expect(verify({ pool, eventStore: store })).rejects.toThrow('run `cli rebuild`');
    await rebuild({ ...options(store), acceptQuarantined: true });
    expect(await rows()).toEqual(expected);
    expect(await generation()).toBeGreaterThan(before + 1_000_000);
    await expect(rollback(pool)).rejects.toThrow('the replaced tables have no checkpoint');
  });

  it('leaves nothing behind when it is cancelled', async () => {
    await expect(rebuild(options(killing({ event: 200 })))).rejects.toThrow();
    await expect(rebuild({ ...options(killing({})), signal: AbortSignal.abort() })).rejects.toThrow(RebuildRefused);
    expect(await loadingExists()).toBe(false);
  });

  it('leaves nothing behind when it is cancelled while it makes an index', async () => {
    const cancel = new AbortController();
    const slowIndexes = (schema: string): string => {
      setTimeout(() => cancel.abort(), 200);
      return `${createIndexes(schema)}; select pg_sleep(600)`;
    };
    const schema = { createTables, createIndexes: slowIndexes };
    await expect(rebuild({ ...options(store), schema, signal: cancel.signal })).rejects.toThrow(RebuildRefused);
    expect(await loadingExists()).toBe(false);
  });
});
