import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Pool } from 'pg';
import { LIVE } from '@app/read-models/tables';
import { type EmbeddedPostgres, startPostgres } from '@app/embedded/postgres/embedded-postgres';
import { type Answer, ApiProcess, call } from '../processes';
import { type RealService, startRealService } from '../real-service';

/** Allows for a slow or busy machine. */
jest.setTimeout(300_000);

const WRITERS = 16;
/** PUTs that must succeed in each state of Postgres. */
const MEANWHILE = 64;
const CLI = resolve(__dirname, '../../dist/apps/cli/src/main.js');

interface Listed {
  purchase_identifiers: { internal: string };
  calculated_revision: number;
}

/** Writes do not depend on Postgres (I6). */
describe('while Postgres is stopped, and after its tables are dropped', () => {
  let dataDir: string;
  let postgres: EmbeddedPostgres;
  let service: RealService;
  /** Starts while Postgres is stopped. */
  let late: ApiProcess;

  beforeAll(async () => {
    dataDir = mkdtempSync(join(tmpdir(), 'no-postgres-'));
    postgres = await startPostgres({ dataDir, log: () => {} });
    service = await startRealService({ apis: 2, databaseUrl: postgres.url, projector: 'inside' });
    late = new ApiProcess(service.settings);
  });
  afterAll(async () => {
    await late.end('SIGKILL');
    await service.stop();
    await postgres.stop();
    rmSync(dataDir, { recursive: true, force: true });
  });

  const get = (path: string): Promise<Answer> => call(`${service.apis[1]!.url}${path}`, { headers: service.headers });
  const until = async (path: string, holds: (answer: Answer) => boolean): Promise<Answer> => {
    for (;;) {
      const answer = await get(path);
      if (holds(answer)) return answer;
      await pause(20);
    }
  };

  /** True when the read model has every purchase at the revision of the last response. */
  const hasAll = async (etags: ReadonlyMap<string, string>): Promise<boolean> => {
    const found = new Map<string, string>();
    for (let offset = 0; ; offset += 500) {
      const page = JSON.parse((await get(`/api/v1/purchases?limit=500&offset=${offset}`)).text) as Listed[];
      for (const { purchase_identifiers, calculated_revision } of page)
        found.set(`/api/v1/purchases/internal/${purchase_identifiers.internal}`, `"${calculated_revision}"`);
      if (page.length < 500) return [...etags].every(([path, etag]) => found.get(path) === etag);
    }
  };

  /** Writers that create and change purchases continuously; by path, the ETag of the last response. */
  class Writers {
    readonly etags = new Map<string, string>();
    readonly refused: string[] = [];
    puts = 0;
    stopping = false;
    readonly running = Promise.all(Array.from({ length: WRITERS }, (_, writer) => this.write(writer)));

    /** Waits until `count` more PUTs were answered. */
    async more(count: number): Promise<void> {
      for (const goal = this.puts + count; this.puts < goal;) await pause(5);
    }

    private async write(writer: number): Promise<void> {
      for (let n = 0; !this.stopping; n++) {
        const path = `/api/v1/purchases/internal/W${writer}-${Math.floor(n / 3)}`;
        const body = {
          type: 'cart',
          currency_code: 'GBP',
          customer_reference: `${n}`,
          packages: [{ type: 'processing' }],
        };
        const { url } = service.apis[n % 2]!;
        const { status, headers, text } = await call(`${url}${path}`, {
          method: 'PUT',
          headers: service.headers,
          body,
        });
        if (status >= 300) this.refused.push(`${status} ${text}`);
        this.etags.set(path, String(headers.etag));
        this.puts++;
      }
    }
  }

  it(`no PUT of ${WRITERS} writers fails, reads answer 503 with Retry-After, and a rebuild restores the read model`, async () => {
    const writers = new Writers();
    const pids = service.apis.map(({ pid }) => pid);
    await writers.more(MEANWHILE);
    await until('/api/v1/purchases/internal/W0-0', ({ status }) => status === 200);

    await postgres.stop();
    await writers.more(MEANWHILE);
    const reads = await Promise.all(
      Array.from({ length: 40 }, (_, n) => get(n % 2 === 0 ? '/api/v1/purchases' : '/api/v1/purchases/internal/W0-0')),
    );
    for (const { status, headers, text } of reads) {
      expect([status, headers['retry-after']]).toEqual([503, '2']);
      expect(JSON.parse(text)).toMatchObject({ type: 'urn:purchasing:problem:read-model-unavailable' });
    }
    expect((await get('/health/ready')).status).toBe(503);
    await late.start();
    const byLate = await call(`${late.url}/api/v1/purchases/internal/late`, {
      method: 'PUT',
      headers: service.headers,
      body: { type: 'cart', currency_code: 'GBP', packages: [{ type: 'processing' }] },
    });
    expect(byLate.status).toBe(201);

    postgres = await startPostgres({ dataDir, log: () => {} });
    const pool = new Pool({ connectionString: postgres.url });
    await until('/api/v1/purchases/internal/late', ({ status }) => status === 200);
    // If it connects only after the drop, it creates the tables again and reads succeed too early for this check.
    while (!late.complaints.includes('reads are answered again')) await pause(20);
    await pool.query(`drop schema ${LIVE} cascade`);
    await writers.more(MEANWHILE);
    const dropped = await get('/api/v1/purchases/internal/W0-0');
    expect([dropped.status, dropped.headers['retry-after']]).toEqual([503, '2']);

    const { stdout } = await promisify(execFile)(process.execPath, [CLI, 'rebuild'], {
      env: { ...process.env, ...service.settings },
    });
    expect(stdout).toMatch(/rebuilt \d+ purchases/);
    await writers.more(MEANWHILE);
    writers.stopping = true;
    await writers.running;
    expect(writers.refused).toEqual([]);
    while (!(await hasAll(writers.etags))) await pause(100);
    const lateRead = await call(`${late.url}/api/v1/purchases/internal/late`, { headers: service.headers });
    expect(lateRead.status).toBe(200);

    // No process died, logged an unexpected error or leaked connections: 10 for reads and 4 for the projector each.
    expect(service.apis.map(({ pid }) => pid)).toEqual(pids);
    expect([...service.apis, late].every(({ isRunning }) => isRunning)).toBe(true);
    expect(service.apis.map(({ complaints }) => complaints.includes('[problems]'))).toEqual([false, false]);
    const { rows } = await pool.query<{ open: string }>(
      `select count(*) as open from pg_stat_activity where backend_type = 'client backend'`,
    );
    expect(Number(rows[0]?.open)).toBeLessThanOrEqual(3 * 14 + 1);
    expect(await late.end('SIGTERM')).toBe(0);
    await pool.end();
  });
});
