import { parse } from 'pg-connection-string';
import { setTimeout as pause } from 'node:timers/promises';
import { call, ProjectorProcess } from '../processes';
import { type RealService, startRealService } from '../real-service';
import { TcpProxy } from './tcp-proxy';

const BODY = { type: 'cart', currency_code: 'GBP', packages: [{ type: 'processing' }] };

/** Maximum duration of a takeover in milliseconds: after a kill, and after the loss of a host. */
const KILLED_MS = 5_000;
const VANISHED_MS = 30_000;

interface Projection {
  lag_events: number;
  leader?: { name: string; pid: number; since: string };
}

describe('a standby projector', () => {
  let service: RealService;
  let proxy: TcpProxy;
  /** Connects to Postgres through the proxy. */
  let first: ProjectorProcess;
  let second: ProjectorProcess;

  beforeAll(async () => {
    service = await startRealService();
    const { host, user, database } = parse(service.settings.DATABASE_URL ?? '');
    proxy = await TcpProxy.to(`${host}/.s.PGSQL.5432`);
    const DATABASE_URL = `postgresql://${user}@127.0.0.1:${proxy.port}/${database}`;
    first = new ProjectorProcess({ ...service.settings, DATABASE_URL });
    second = new ProjectorProcess(service.settings);
    await first.start();
    await leads(first);
    await second.start();
  });
  afterAll(async () => {
    await Promise.all([first.end('SIGKILL'), second.end('SIGKILL')]);
    await proxy.close();
    await service.stop();
  });

  const get = async <T>(path: string): Promise<T> => {
    const { text } = await call(`${service.apis[0]?.url}${path}`, { headers: service.headers });
    return JSON.parse(text) as T;
  };
  const projection = async (): Promise<Projection | undefined> => {
    const [found] = await get<Projection[]>('/api/v1/projections');
    return found;
  };
  const put = async (identifier: string): Promise<void> => {
    const url = `${service.apis[0]?.url}/api/v1/purchases/internal/${identifier}`;
    expect((await call(url, { method: 'PUT', headers: service.headers, body: BODY })).status).toBe(201);
  };

  const until = async (holds: () => Promise<boolean>): Promise<void> => {
    while (!(await holds())) await pause(50);
  };
  /** Waits until a projector leads and has projected everything; returns the duration in milliseconds. */
  const leads = async ({ pid }: { pid: number }): Promise<number> => {
    const start = Date.now();
    await until(async () => {
      const found = await projection();
      return found?.leader?.pid === pid && found.lag_events === 0;
    });
    return Date.now() - start;
  };
  const standsBy = (projector: ProjectorProcess, leader: { pid: number }): Promise<void> =>
    until(async () => new RegExp(`stands by: projector \\S+ ${leader.pid} leads since \\d{4}-`).test(projector.output));

  it('takes over from a leader whose connection is cut, which stands by when the connection is restored', async () => {
    await standsBy(second, first);
    proxy.set('frozen');
    await put('A');
    expect(await leads(second)).toBeLessThan(VANISHED_MS);
    proxy.set('normal');
    await standsBy(first, second);
  });

  it('takes over from a frozen leader, which stands by when it continues', async () => {
    second.signal('SIGSTOP');
    await put('B');
    expect(await leads(first)).toBeLessThan(VANISHED_MS);
    second.output = '';
    second.signal('SIGCONT');
    await standsBy(second, first);
  });

  it('takes over from a killed leader; the leader is reported, and the read model equals the history', async () => {
    const before = await projection();
    await first.end('SIGKILL');
    await put('C');
    expect(await leads(second)).toBeLessThan(KILLED_MS);
    const { leader } = (await projection()) ?? {};
    expect(Date.parse(leader?.since ?? '')).toBeGreaterThan(Date.parse(before?.leader?.since ?? ''));
    await until(
      async () =>
        (await get<{ projector: { leader?: string } }>('/health/ready')).projector.leader?.endsWith(
          ` ${second.pid}`,
        ) === true,
    );
    const url = `${service.apis[0]?.url}/api/v1/projections/purchases/verifications`;
    const { headers } = await call(url, { method: 'POST', headers: service.headers });
    await until(async () => (await get<{ state: string }>(String(headers.location))).state !== 'running');
    expect(await get(String(headers.location))).toMatchObject({ state: 'succeeded', verified: 3, differences: 0 });
  });
});
