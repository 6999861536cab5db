import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { call, ProjectorProcess } from '../processes';
import { type RealService, startRealService } from '../real-service';

const BODY = { type: 'cart', currency_code: 'GBP', packages: [{ type: 'processing' }] };
const read = (path: string): string => readFileSync(join(__dirname, '../../docker', path), 'utf8');

/** The samples of a text in the Prometheus format, by name and labels as written. */
function samplesOf(text: string): Map<string, number> {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => {
      const at = line.lastIndexOf(' ');
      return [line.slice(0, at), Number(line.slice(at + 1))];
    }),
  );
}

const scrape = async (url: string): Promise<Map<string, number>> => {
  const { status, text } = await call(url);
  expect(status).toBe(200);
  return samplesOf(text);
};

const eventually = async (
  url: string,
  holds: (samples: Map<string, number>) => boolean,
): Promise<Map<string, number>> => {
  for (;;) {
    const samples = await scrape(url);
    if (holds(samples)) return samples;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
};

const namesIn = (samples: Map<string, number>): string[] => [...samples.keys()].map((key) => key.replace(/\{.*/, ''));

describe('the metrics', () => {
  const seen = new Set<string>();
  let service: RealService;

  afterEach(() => service.stop());

  const put = (name: string): ReturnType<typeof call> =>
    call(`${service.apis[0]?.url}/api/v1/purchases/internal/${name}`, {
      method: 'PUT',
      headers: service.headers,
      body: BODY,
    });

  it('of an API with the projector in a thread: requests, appends, cache, event loop, projector and read model', async () => {
    service = await startRealService({ projector: 'inside', more: { METRICS_PORT: '0' } });
    const [api] = service.apis;
    await put('A');
    await put('A');
    await call(`${api?.url}/secret/path?name=Ada`);
    expect((await call(`${api?.url}/metrics`)).status).toBe(404);
    const samples = await eventually(
      api?.metricsUrl ?? '',
      (found) =>
        (found.get('purchasing_projector_events_total') ?? 0) >= 2 &&
        found.get('purchasing_read_model_lag_events') === 0 &&
        found.has('purchasing_read_model_events_per_second'),
    );
    const put201 = '{method="PUT",route="/api/v1/purchases/:lookupBy/:identifier",status="201"}';
    expect(Object.fromEntries(samples)).toMatchObject({
      [`purchasing_http_request_duration_seconds_count${put201}`]: 1,
      'purchasing_http_request_duration_seconds_count{method="none",route="none",status="404"}': 2,
      'purchasing_append_duration_seconds_count{stream="purchase",outcome="appended"}': 1,
      'purchasing_append_duration_seconds_count{stream="purchase",outcome="checked"}': 1,
      'purchasing_cache_lookups_total{result="hit"}': 1,
      'purchasing_cache_lookups_total{result="miss"}': 1,
      purchasing_projector_events_total: 2,
      purchasing_projector_leads: 1,
      purchasing_read_model_up: 1,
      purchasing_read_model_has_leader: 1,
      purchasing_read_model_lag_seconds: 0,
      purchasing_read_model_quarantined_purchases: 0,
    });
    expect(samples.get('purchasing_read_model_position')).toBeGreaterThan(0);
    expect(samples.get('purchasing_projector_batch_duration_seconds_count')).toBeGreaterThan(0);
    expect(samples.get('nodejs_eventloop_lag_p99_seconds')).toBeGreaterThan(0);
    expect([...samples.keys()].join()).not.toMatch(/secret|Ada|demo|real/);
    for (const name of namesIn(samples)) seen.add(name);
  });

  it('of a separate projector process; the API reports the read model without a projector', async () => {
    service = await startRealService({ more: { METRICS_PORT: '0' } });
    const [api] = service.apis;
    const before = await scrape(api?.metricsUrl ?? '');
    expect(before.get('purchasing_read_model_has_leader')).toBe(0);
    expect(namesIn(before).filter((name) => name.startsWith('purchasing_projector'))).toEqual([]);
    const projector = new ProjectorProcess(service.settings);
    try {
      await projector.start();
      await put('A');
      const samples = await eventually(
        projector.metricsUrl,
        (found) => found.get('purchasing_projector_events_total') === 2,
      );
      expect(Object.fromEntries(samples)).toMatchObject({
        purchasing_projector_leads: 1,
        purchasing_read_model_has_leader: 1,
      });
      const leader = [...samples.keys()].find((key) => key.startsWith('purchasing_read_model_leader_since_seconds'));
      expect(leader).toContain(` ${projector.pid}"`);
      expect((await call(projector.metricsUrl.replace('/metrics', '/'))).status).toBe(404);
    } finally {
      await projector.end('SIGKILL');
    }
  });

  it('make a separate projector process end before it connects where their port is taken', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    const projector = new ProjectorProcess({
      EVENTSTORE_URL: 'esdb://127.0.0.1:1?tls=false',
      DATABASE_URL: 'postgres://127.0.0.1:1/x',
      METRICS_PORT: String(port),
      OTEL_EXPORTER_OTLP_ENDPIONT: 'http://127.0.0.1:1',
    });
    try {
      await expect(projector.start()).rejects.toThrow(
        `port ${port} on 127.0.0.1 is taken: set METRICS_PORT to another one`,
      );
      expect(projector.output).toContain('OTEL_EXPORTER_OTLP_ENDPIONT');
    } finally {
      taken.close();
    }
  });

  it('used by the dashboard and the alert rules exist', () => {
    const dashboard = JSON.parse(read('grafana/purchasing.json')) as { panels: { targets: { expr: string }[] }[] };
    const panels = dashboard.panels.flatMap(({ targets }) => targets.map(({ expr }) => expr));
    const alerts = [...read('prometheus/alerts.yaml').matchAll(/expr: (.*)/g)].map(([, expr = '']) => expr);
    expect([panels.length > 10, alerts.length]).toEqual([true, 5]);
    const used = [...panels, ...alerts].flatMap((expr) => expr.match(/\b(purchasing|nodejs|process)_\w+/g) ?? []);
    expect([...new Set(used)].filter((name) => !seen.has(name))).toEqual([]);
  });
});
