import type { ChildProcess } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Client } from 'pg';
import { connectEventStoreDb } from '@app/event-store/eventstoredb/eventstoredb-event-store';
import { NEXT } from '@app/read-models/tables';
import { PurchaseWriter } from '@app/write-model/purchase-writer';
import { line, orderOf, pack } from '../builders';
import { TcpProxy } from '../network/tcp-proxy';
import { createDatabase } from '../postgres';
import { type CliProcess, end, type NodeProcess, startCli, startNodeProcess } from '../processes';
import { by, contextOf, written } from '../writing';

/** Number of rebuilds that are killed at a random time; set by REBUILD_KILLS. */
const KILLS = Number(process.env.REBUILD_KILLS ?? 1);

jest.setTimeout(300_000 + 60_000 * KILLS);

const PURCHASES = 60;
/** Purchases of 1.2 MB, which take several transactions to load. */
const LARGE_PURCHASES = 10;
/** An append above 1 MiB, whose data are in a stream of their own. */
const LARGE = Array.from({ length: 1_500 }, (_, n) => line(`Article ${n} ${'x'.repeat(800)}`, 1));

/** Purchases of 90 KB, which are read as bytes. */
const MANY = 300;
/** After the large purchases, and before the last of the many. */
const BYTES_BEFORE_SILENCE = 25_000_000;

describe('cli rebuild, which reads bytes and loads in threads', () => {
  let folder: string;
  let node: NodeProcess;
  let database: Awaited<ReturnType<typeof createDatabase>>;
  let running: ChildProcess | undefined;
  /** The position before the last purchase was created. */
  let past = 0n;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'rebuild-'));
    [node, database] = await Promise.all([startNodeProcess(join(folder, 'event-store')), createDatabase()]);
    const store = connectEventStoreDb(node.url);
    const writer = new PurchaseWriter(store);
    const put = async (identifier: string, reference: string, items = [line('Mug', 2)]): Promise<void> => {
      const order = orderOf([pack('processing', items)], { customerReference: reference });
      written(await writer.put(by('internal', identifier), order, contextOf()));
    };
    for (let n = 0; n < PURCHASES; n++) await put(`E${n % (PURCHASES / 3)}`, `PO ${n}\n\t\\`);
    past = (await store.lastPosition())?.commit ?? 0n;
    for (let n = 0; n < LARGE_PURCHASES; n++) await put(`large${n}`, 'PO', LARGE);
    await writer.delete(by('internal', 'E0'), contextOf());
    await store.append(
      'purchase-foreign',
      [{ id: crypto.randomUUID(), type: 'Foreign', data: {}, metadata: { site: 'demo' } as never }],
      'no-stream',
    );
    await store.close();
  });
  afterAll(async () => {
    if (running !== undefined) await end(running, 'SIGKILL');
    await end(node.child, 'SIGKILL');
    await database.drop();
    rmSync(folder, { recursive: true, force: true });
  });

  const start = (args: string[], EVENTSTORE_URL = node.url): CliProcess => {
    const started = startCli(args, { EVENTSTORE_URL, DATABASE_URL: database.url, DATA_DIR: folder });
    running = started.child;
    return started;
  };
  const cli = (...args: string[]): Promise<string> => start(args).output;

  it('produces the rows of the history, also after killed rebuilds', async () => {
    const counts = `rebuilt ${PURCHASES / 3 + LARGE_PURCHASES} purchases`;
    expect(await cli('rebuild', '--accept-quarantined')).toContain(counts);
    expect(await cli('verify')).toMatch(/: 0 differences, \d+ in quarantine\nexit 0$/);
    expect(await cli('rebuild', '--at', String(past))).toContain(`rebuilt ${PURCHASES / 3} purchases`);
    expect(await cli('rebuild', '--at', '999999999999')).toMatch(
      /^--at 999999999999 is beyond the end of the history, which is position \d+\nexit 1$/,
    );
    for (let kill = 0; kill < KILLS; kill++) {
      const { child } = start(['rebuild']);
      await pause(randomInt(500, 3_000));
      await end(child, 'SIGKILL');
      expect(await cli('verify')).toMatch(/: 0 differences, \d+ in quarantine\nexit 0$/);
    }
    expect(await cli('rebuild')).toContain(counts);
    expect(await cli('verify')).toMatch(/: 0 differences, \d+ in quarantine\nexit 0$/);
  });

  it('continues a rebuild that was killed while it loaded', async () => {
    const admin = new Client({ connectionString: database.url });
    await admin.connect();
    const isPartLoaded = async (): Promise<boolean> => {
      const { rows } = await admin
        .query<{ ok: boolean }>(`select bool_and(commit_position is not null) as ok from ${NEXT}.loading`)
        .catch(() => ({ rows: [] }));
      return rows[0]?.ok === true;
    };
    let output = '';
    // A rebuild that ends before it is killed leaves nothing to continue.
    for (let run = 0; run < 10 && !output.includes('continued a rebuild that was killed'); run++) {
      const { child } = start(['rebuild', '--accept-quarantined']);
      while (child.exitCode === null && !(await isPartLoaded())) await pause(2);
      await end(child, 'SIGKILL');
      output = await cli('rebuild', '--accept-quarantined');
    }
    await admin.end();
    const [, loaded] = /purchases from (\d+) events/.exec(output) ?? [];
    const all = await cli('rebuild', '--anew', '--accept-quarantined');
    expect(Number(loaded)).toBeLessThan(Number(/purchases from (\d+) events/.exec(all)?.[1]));
    expect(output).toContain('continued a rebuild that was killed, after position');
    expect(await cli('verify')).toMatch(/: 0 differences, \d+ in quarantine\nexit 0$/);
  });

  it('removes its tables when it is cancelled, and leaves the live ones', async () => {
    const admin = new Client({ connectionString: database.url });
    await admin.connect();
    const schemas = async (): Promise<string[]> =>
      (
        await admin.query<{ name: string }>(
          `select nspname as name from pg_namespace where nspname ~ '^read_model_' order by 1`,
        )
      ).rows.map(({ name }) => name);
    await cli('rebuild', '--accept-quarantined');
    for (const [signal, code, ...args] of [
      ['SIGINT', 130, 'rebuild', '--accept-quarantined'],
      ['SIGTERM', 143, 'rebuild', '--at', String(past - 1n)],
    ] as const) {
      const before = await schemas();
      const { child, output } = start([...args]);
      const hasBegun = async (): Promise<boolean> => (await schemas()).some((schema) => !before.includes(schema));
      while (child.exitCode === null && !(await hasBegun())) await pause(2);
      child.kill(signal);
      expect(await output).toBe(`the rebuild was cancelled; its tables are removed\nexit ${code}`);
      expect(before).toEqual(expect.arrayContaining(await schemas()));
    }
    await admin.end();
    expect(await cli('verify')).toMatch(/: 0 differences, \d+ in quarantine\nexit 0$/);
  });

  it('builds past tables completely although the event store falls silent for seconds', async () => {
    const store = connectEventStoreDb(node.url);
    const writer = new PurchaseWriter(store);
    const order = orderOf([pack('processing', LARGE.slice(0, 100))]);
    for (let n = 0; n < MANY; n++) written(await writer.put(by('internal', `many${n}`), order, contextOf()));
    const last = (await store.lastPosition())?.commit;
    await store.close();
    const proxy = await TcpProxy.to(Number(/:(\d+)/.exec(node.url)?.[1]));
    const { child, output } = start(['rebuild', '--at', String(last)], `esdb://127.0.0.1:${proxy.port}?tls=false`);
    while (child.exitCode === null && proxy.transferred < BYTES_BEFORE_SILENCE) await pause(1);
    proxy.set('frozen');
    await pause(4_000);
    proxy.set('normal');
    expect(await output).toContain(`rebuilt ${PURCHASES / 3 + LARGE_PURCHASES + MANY} purchases`);
    await proxy.close();
  });
});
