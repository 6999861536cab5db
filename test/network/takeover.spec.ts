import { parse } from 'pg-connection-string';
import { setTimeout as pause } from 'node:timers/promises';
import { call, ProjectorProcess } from '../processes';
import { type RealService, startRealService } from '../real-service';
import { TcpProxy } from './tcp-proxy';

/** Takeovers of each kind; `npm run test:takeover` runs 10. The durations are printed. */
const TAKEOVERS = Number(process.env.TAKEOVERS ?? 1);

const BODY = { type: 'cart', currency_code: 'GBP', packages: [{ type: 'processing' }] };

/** Maximum duration of a takeover in milliseconds: after the end of the process or its connection, and after the loss of a host. */
const ENDED_MS = 5_000;
const VANISHED_MS = 30_000;

jest.setTimeout(120_000 + 2 * VANISHED_MS * TAKEOVERS);

interface Projection {
  lag_events: number;
  leader?: { name: string; pid: number; since: string };
}

/** A projector that reaches Postgres through a proxy of its own. */
interface Candidate {
  projector: ProjectorProcess;
  proxy: TcpProxy;
}

/** How a leader fails, and how it returns as a standby. */
interface Failure {
  what: string;
  maxMs: number;
  fail: (leader: Candidate) => unknown;
  recover: (leader: Candidate) => unknown;
}

const FAILURES: readonly Failure[] = [
  {
    what: 'a leader whose connection transfers nothing',
    maxMs: VANISHED_MS,
    fail: ({ proxy }) => proxy.set('frozen'),
    recover: ({ proxy }) => proxy.set('normal'),
  },
  {
    what: 'a leader whose connection is reset',
    maxMs: ENDED_MS,
    fail: ({ proxy }) => proxy.set('cut'),
    recover: ({ proxy }) => proxy.set('normal'),
  },
  {
    what: 'a frozen leader',
    maxMs: VANISHED_MS,
    fail: ({ projector }) => projector.signal('SIGSTOP'),
    recover: ({ projector }) => projector.signal('SIGCONT'),
  },
  {
    what: 'a killed leader',
    maxMs: ENDED_MS,
    fail: ({ projector }) => projector.end('SIGKILL'),
    recover: ({ projector }) => projector.start(),
  },
];

describe('a standby projector', () => {
  let service: RealService;
  let leader: Candidate;
  let standby: Candidate;
  let purchases = 0;

  beforeAll(async () => {
    service = await startRealService();
    leader = await startCandidate();
    await leads(leader);
    standby = await startCandidate();
  });
  afterAll(async () => {
    for (const { projector, proxy } of [leader, standby]) {
      await projector.end('SIGKILL');
      await proxy.close();
    }
    await service.stop();
  });

  async function startCandidate(): Promise<Candidate> {
    const { host, user, database } = parse(service.settings.DATABASE_URL ?? '');
    const proxy = await TcpProxy.to(`${host}/.s.PGSQL.5432`);
    const DATABASE_URL = `postgresql://${user}@127.0.0.1:${proxy.port}/${database}`;
    const projector = new ProjectorProcess({ ...service.settings, DATABASE_URL });
    await projector.start();
    return { projector, proxy };
  }

  const get = async <T>(path: string): Promise<T> => {
    const { text } = await call(`${service.apis[0]?.url}${path}`, { headers: service.headers });
    return JSON.parse(text) as T;
  };
  const projection = async (): Promise<Projection | undefined> => {
    const [found] = await get<Projection[]>('/api/v1/projections');
    return found;
  };
  const put = async (): Promise<void> => {
    const url = `${service.apis[0]?.url}/api/v1/purchases/internal/P${++purchases}`;
    expect((await call(url, { method: 'PUT', headers: service.headers, body: BODY })).status).toBe(201);
  };

  const until = async (holds: () => Promise<boolean>): Promise<void> => {
    while (!(await holds())) await pause(50);
  };
  /** Waits until a projector leads and has projected everything. */
  const leads = ({ projector }: Candidate): Promise<void> =>
    until(async () => {
      const found = await projection();
      return found?.leader?.pid === projector.pid && found.lag_events === 0;
    });
  const standsBy = ({ projector }: Candidate, other: Candidate): Promise<void> =>
    until(async () =>
      new RegExp(`stands by: projector \\S+ ${other.projector.pid} leads since \\d{4}-`).test(projector.output),
    );

  /** The duration until the standby leads and has projected a purchase that was written after the failure. Then the leader returns as a standby. */
  async function takeOver({ fail, recover }: Failure): Promise<number> {
    await standsBy(standby, leader);
    const before = await projection();
    const start = performance.now();
    await fail(leader);
    await put();
    await leads(standby);
    const duration = performance.now() - start;
    const after = await projection();
    expect(Date.parse(after?.leader?.since ?? '')).toBeGreaterThan(Date.parse(before?.leader?.since ?? ''));
    [leader, standby] = [standby, leader];
    standby.projector.output = '';
    await recover(standby);
    await standsBy(standby, leader);
    return duration;
  }

  async function expectHistory(): Promise<void> {
    const url = `${service.apis[0]?.url}/api/v1/projections/purchases/verifications`;
    const { headers } = await call(url, { method: 'POST', headers: service.headers });
    const run = (): Promise<{ state: string }> => get(String(headers.location));
    await until(async () => (await run()).state !== 'running');
    expect(await run()).toMatchObject({ state: 'succeeded', verified: purchases, differences: 0 });
  }

  it.each(FAILURES)(
    'takes over from $what, which then stands by; the read model equals the history',
    async (failure) => {
      const durations: number[] = [];
      for (let n = 0; n < TAKEOVERS; n++) durations.push(await takeOver(failure));
      durations.sort((a, b) => a - b);
      const [min, median, max] = [0, Math.floor(TAKEOVERS / 2), TAKEOVERS - 1].map((n) => Math.round(durations[n]!));
      console.log(`${failure.what}: ${TAKEOVERS} takeovers, ms: min ${min}, median ${median}, max ${max}`);
      expect(max).toBeLessThan(failure.maxMs);
      await expectHistory();
    },
  );

  it('is reported as the leader by the readiness of the API', () =>
    until(async () => {
      const { projector } = await get<{ projector: { leader?: string } }>('/health/ready');
      return projector.leader?.endsWith(` ${leader.projector.pid}`) === true;
    }));
});
