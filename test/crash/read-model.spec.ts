import { randomInt } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Client, type Pool } from 'pg';
import { type EmbeddedPostgres, startPostgres } from '@app/embedded/postgres/embedded-postgres';
import { createPool } from '@app/read-models/database';
import { verify } from '@app/read-models/operations/verify';
import { readCheckpoint } from '@app/read-models/projection/batch-writer';
import { LIVE } from '@app/read-models/tables';
import { purchaseStream } from '@app/stored-events/streams';
import { lineBody, orderBody } from '../bodies';
import { call, end, ProjectorProcess, startCli } from '../processes';
import { type RealService, startRealService } from '../real-service';
import { seededRandom } from '../seeded-random';

/** `npm run test:crash` kills each 200 times. READ_MODEL_SEED repeats the random choices, not the timing. */
const PROJECTOR_KILLS = Number(process.env.PROJECTOR_KILLS ?? 1);
const POSTGRES_KILLS = Number(process.env.POSTGRES_KILLS ?? 1);
const REBUILD_KILLS = Number(process.env.REBUILD_KILLS ?? 1);
const SEED = Number(process.env.READ_MODEL_SEED ?? randomInt(2 ** 31));

jest.setTimeout(120_000 + 20_000 * Math.max(PROJECTOR_KILLS, POSTGRES_KILLS, REBUILD_KILLS));

const CLIENTS = 4;
const PURCHASES_OF_CLIENT = 15;
const PAUSE_OF_CLIENT_MS = 10;

/** PUTs of several clients, each to purchases of its own: created, shipped, changed, cancelled. Throws unless every PUT is accepted. */
class Load {
  accepted = 0;
  /** Ids of the purchases by identifier. */
  readonly purchases = new Map<string, string>();
  private isOver = false;
  private readonly clients: Promise<void[]>;

  constructor(private readonly service: RealService) {
    this.clients = Promise.all(Array.from({ length: CLIENTS }, (_, client) => this.write(client)));
    // Reported by `stop`.
    this.clients.catch(() => {});
  }

  async stop(): Promise<void> {
    this.isOver = true;
    await this.clients;
  }

  private async write(client: number): Promise<void> {
    for (let n = 0; !this.isOver; n++) {
      const identifier = `${client}-${n % PURCHASES_OF_CLIENT}`;
      const shipped = { type: 'shipment', dates: { shipped_at: new Date(Date.UTC(2026, 0, 1, 0, n)).toISOString() } };
      const kind = [{ type: 'processing' }, shipped, { type: 'cancelled' }][n % 3];
      const body = orderBody([{ ...kind, line_items: [lineBody(2, '20.34')] }], { customer_reference: `PO ${n}` });
      const { headers } = this.service;
      const url = `${this.service.apis[0]?.url}/api/v1/purchases/internal/${identifier}`;
      const answer = await call(url, { method: 'PUT', headers, body });
      if (answer.status >= 300) throw new Error(`PUT: ${answer.status} ${answer.text}`);
      this.purchases.set(identifier, String(answer.headers['purchase-id']));
      this.accepted += 1;
      await pause(PAUSE_OF_CLIENT_MS);
    }
  }
}

describe(`the read model during writes (seed ${SEED})`, () => {
  const random = seededRandom(SEED);
  const folder = mkdtempSync(join(tmpdir(), 'crash-'));
  let postgres: EmbeddedPostgres;
  let service: RealService;
  let projector: ProjectorProcess;
  let pool: Pool;
  let load: Load;

  beforeAll(async () => {
    postgres = await startPostgres({ dataDir: folder, log: () => {} });
    service = await startRealService({ databaseUrl: postgres.url, more: { CREDENTIAL_RATE: '0' } });
    pool = createPool(postgres.url);
    projector = new ProjectorProcess(service.settings);
    await projector.start();
  });
  beforeEach(() => {
    load = new Load(service);
  });
  afterEach(() => load.stop());
  afterAll(async () => {
    await projector.end('SIGKILL');
    await service.stop();
    await pool.end();
    await postgres.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** The commit position of the checkpoint; waits while Postgres is down. */
  async function checkpoint(): Promise<bigint> {
    for (;;)
      try {
        return (await readCheckpoint(pool, LIVE)).position?.commit ?? -1n;
      } catch {
        await pause(20);
      }
  }

  /** Waits for the projector. @throws Error if it has ended by itself */
  async function until(holds: () => Promise<boolean>): Promise<void> {
    while (!(await holds())) {
      projector.expectRunning();
      await pause(20);
    }
  }

  /** Waits until the projector has written events that were appended after the call. */
  async function progress(): Promise<void> {
    const { commit } = (await service.store.lastPosition()) ?? { commit: 0n };
    await until(async () => (await checkpoint()) > commit);
  }

  /** The rows of some purchases are those of the history at the checkpoint, also right after a kill. */
  async function verifySome(): Promise<void> {
    expect(await verify({ pool, eventStore: service.store, sample: 5 })).toMatchObject({ differences: 0 });
  }

  const get = async <T>(path: string): Promise<{ body: T; next?: string }> => {
    const { status, text, headers } = await call(`${service.apis[0]?.url}${path}`, { headers: service.headers });
    if (status !== 200) throw new Error(`GET ${path}: ${status} ${text}`);
    return { body: JSON.parse(text) as T, next: /<([^>]+)>; rel="next"/.exec(String(headers.link))?.[1] };
  };

  async function revisionsInTimeline(identifier: string): Promise<number[]> {
    const revisions: number[] = [];
    for (let path: string | undefined = `/api/v1/purchases/internal/${identifier}/timeline?limit=500`; path;) {
      const { body, next }: { body: { revision: number }[]; next?: string } = await get(path);
      revisions.push(...body.map(({ revision }) => revision));
      path = next;
    }
    return revisions.sort((a, b) => a - b);
  }

  /** Ends the writes; then the read model must equal the history, and each timeline must have every revision once. */
  async function expectHistory(): Promise<void> {
    await load.stop();
    const lag = async (): Promise<number> =>
      (await get<{ lag_events: number }[]>('/api/v1/projections')).body[0]?.lag_events ?? -1;
    await until(async () => (await lag()) === 0);
    expect(await verify({ pool, eventStore: service.store })).toMatchObject({
      verified: load.purchases.size,
      quarantined: 0,
      differences: 0,
    });
    for (const [identifier, id] of load.purchases) {
      const last = Number(await service.store.lastRevision(purchaseStream(id)));
      expect(await revisionsInTimeline(identifier)).toEqual(Array.from({ length: last + 1 }, (_, n) => n));
    }
    expect(load.purchases.size).toBe(CLIENTS * PURCHASES_OF_CLIENT);
  }

  it(`equals the history after ${PROJECTOR_KILLS} kills of the projector`, async () => {
    for (let kill = 0; kill < PROJECTOR_KILLS; kill++) {
      await progress();
      await pause(random() * 500);
      await projector.end('SIGKILL');
      await verifySome();
      projector = new ProjectorProcess(service.settings);
      const started = projector.start();
      if (random() < 0.2) {
        started.catch(() => {});
        await pause(random() * 800);
        await projector.end('SIGKILL');
        projector = new ProjectorProcess(service.settings);
        await projector.start();
      } else await started;
    }
    await expectHistory();
  });

  it(`equals the history after ${POSTGRES_KILLS} kills of Postgres`, async () => {
    let lost = 0;
    for (let kill = 0; kill < POSTGRES_KILLS; kill++) {
      await progress();
      await pause(random() * 500);
      const before = await checkpoint();
      await killPostgres(random() < 0.7);
      if ((await checkpoint()) < before) lost += 1;
      await verifySome();
    }
    await expectHistory();
    console.log(`${load.accepted} PUTs; ${lost} of ${POSTGRES_KILLS} kills of Postgres lost transactions`);
  });

  /** Kills the server, or one session, after which the server ends the others and recovers. Waits until all sessions have ended. */
  async function killPostgres(whole: boolean): Promise<void> {
    const session = new Client({ connectionString: postgres.url });
    session.on('error', () => {});
    const ended = new Promise((done) => session.once('end', done));
    await session.connect();
    const { rows } = await session.query<{ pid: number }>(
      `select pid from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()
       order by random() limit 1`,
    );
    const victim = whole ? postgres.pid() : rows[0]?.pid;
    if (victim === undefined) throw new Error('there is nothing to kill');
    process.kill(victim, 'SIGKILL');
    await ended;
  }

  it(`equals the history after ${REBUILD_KILLS} kills of rebuilds`, async () => {
    for (let kill = 0; kill < REBUILD_KILLS; kill++) {
      const { child } = startCli(['rebuild'], service.settings);
      await pause(200 + random() * 2_500);
      await end(child, 'SIGKILL');
      await verifySome();
    }
    expect(await startCli(['rebuild'], service.settings).output).toContain('exit 0');
    await expectHistory();
  });
});
