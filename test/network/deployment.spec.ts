import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type Answer, ApiProcess, type Call, call, ProjectorProcess } from '../processes';
import { type RealService, startRealService } from '../real-service';

jest.setTimeout(300_000);

const PURCHASES = 12;
const bodyOf = (reference: string): object => ({
  type: 'cart',
  currency_code: 'GBP',
  customer_reference: reference,
  packages: [{ type: 'processing' }],
});

/** Makes a process run a later version of the read model, whose table of purchases has one more column. */
const NEXT_VERSION = `
const { readFileSync } = require('node:fs');
const { _extensions } = require('node:module');
const load = _extensions['.js'];
_extensions['.js'] = (module, file) => {
  if (!/read-models.src.tables\\.js$/.test(file)) return load(module, file);
  const text = readFileSync(file, 'utf8');
  const next = text
    .replace(/const VERSION = (\\d+)/, (_, version) => 'const VERSION = ' + (Number(version) + 1))
    .replace(/\\[\\s*'payable',\\s*'numeric'\\s*\\]/, (column) => column + ", ['added', 'text']");
  module._compile(next, file);
};`;

describe('a read model that is replaced under load', () => {
  let folder: string;
  let service: RealService;
  let projector: ProjectorProcess;
  let later: { api: ApiProcess; projector: ProjectorProcess } | undefined;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'deployment-'));
    writeFileSync(join(folder, 'next-version.cjs'), NEXT_VERSION);
    service = await startRealService({ apis: 2 });
    projector = new ProjectorProcess(service.settings);
    await projector.start();
    for (let n = 0; n < PURCHASES; n++) expect((await put(n, 'first')).status).toBe(201);
  });
  afterAll(async () => {
    await Promise.all([projector.end('SIGKILL'), later?.projector.end('SIGKILL'), later?.api.end('SIGKILL')]);
    await service.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const ask = (path: string, { headers, ...more }: Call = {}, api = service.apis[0]): Promise<Answer> =>
    call(`${api?.url}${path}`, { headers: { ...service.headers, ...headers }, ...more });
  const pathOf = (n: number): string => `/api/v1/purchases/internal/E${n}`;
  const put = (n: number, reference: string): Promise<Answer> =>
    ask(pathOf(n), { method: 'PUT', body: bodyOf(reference) });
  const until = async (holds: () => Promise<boolean>): Promise<void> => {
    while (!(await holds())) await pause(50);
  };
  const isReady = async (api = service.apis[0]): Promise<boolean> =>
    (await ask('/health/ready', {}, api)).status === 200;
  const projection = async (api = service.apis[0]): Promise<{ version: number; lag_events: number }> =>
    (JSON.parse((await ask('/api/v1/projections', {}, api)).text) as { version: number; lag_events: number }[])[0]!;

  /**
   * Changes purchases while `work` runs, and reads each change through the other process. Returns failed and stale
   * reads.
   */
  const underLoad = async (work: () => Promise<void>): Promise<{ reads: number; wrong: string[] }> => {
    const [found, control] = [{ reads: 0, wrong: [] as string[] }, { isDone: false }];
    const load = async (n: number): Promise<void> => {
      for (let change = 0; !control.isDone; change++) {
        const reference = `change ${change} of ${Date.now()}`;
        const written = await put(n, reference);
        const token = String(written.headers['consistency-token']);
        const read = await ask(
          pathOf(n),
          { headers: { 'consistency-token': token, prefer: 'wait=10' } },
          service.apis[1],
        );
        found.reads += 1;
        if (written.status !== 200 || read.status !== 200 || !read.text.includes(reference))
          found.wrong.push(`${written.status} ${read.status} ${reference}: ${read.text.slice(0, 200)}`);
      }
    };
    const loads = [0, 1].map(load);
    try {
      await work();
    } finally {
      control.isDone = true;
      await Promise.all(loads);
    }
    return found;
  };

  const runOf = async (path: string, api = service.apis[0]): Promise<unknown> => {
    const { headers } = await ask(path, { method: 'POST' }, api);
    const run = async (): Promise<{ state: string }> =>
      JSON.parse((await ask(String(headers.location), {}, api)).text) as { state: string };
    await until(async () => (await run()).state !== 'running');
    return run();
  };

  it('by a rebuild: no read fails and none is stale', async () => {
    const { reads, wrong } = await underLoad(async () => {
      expect(await runOf('/api/v1/projections/purchases/rebuilds')).toMatchObject({ state: 'succeeded' });
      await pause(500);
    });
    expect(wrong).toEqual([]);
    expect(reads).toBeGreaterThan(10);
  });

  it('by a later version beside it: the old one serves until the new one is ready, then both answer the same', async () => {
    const settings = { ...service.settings, NODE_OPTIONS: `--require ${join(folder, 'next-version.cjs')}` };
    const next = { api: new ApiProcess(settings), projector: new ProjectorProcess(settings) };
    later = next;
    const { wrong } = await underLoad(async () => {
      await next.api.start();
      expect([await isReady(), await isReady(next.api)]).toEqual([true, false]);
      await next.projector.start();
      await until(() => isReady(next.api));
    });
    expect(wrong).toEqual([]);
    await until(async () => (await projection()).lag_events + (await projection(next.api)).lag_events === 0);
    expect((await projection(next.api)).version).toBe((await projection()).version + 1);
    for (let n = 0; n < PURCHASES; n++)
      expect((await ask(pathOf(n), {}, next.api)).text).toBe((await ask(pathOf(n))).text);
    expect(await runOf('/api/v1/projections/purchases/verifications', next.api)).toMatchObject({
      state: 'succeeded',
      verified: PURCHASES,
      differences: 0,
    });
    // The old version continues when the deployment is rolled back.
    await Promise.all([next.api.end('SIGTERM'), next.projector.end('SIGTERM')]);
    expect((await underLoad(() => pause(300))).wrong).toEqual([]);
  });
});
