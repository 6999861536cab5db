import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Client } from 'pg';
import { readRunning } from '@app/embedded/embedded';
import { LIVE } from '@app/read-models/tables';
import { orderBody } from './bodies';
import { agent, CONNECTIONS, type RunningService, send, startService } from './service';
import { printTable, quantile, type Row } from './table';

const LINES = 14;
const IDLE_PUTS = Number(process.env.BENCH_IDLE_PUTS ?? 300);
const IDLE_PAUSE_MS = 20;
const WARM_UP_PUTS = 500;
const SECONDS = Number(process.env.BENCH_SECONDS ?? 15);
/** Purchases that are written at full rate, which measures the capacity, and rebuilt later. */
const HISTORY_PUTS = Number(process.env.BENCH_HISTORY_PUTS ?? 3_000);
const REBUILDS = Number(process.env.BENCH_REBUILDS ?? 3);
const READ_PAUSE_MS = 20;
const INVISIBLE_MS = 30_000;

interface Written {
  identifier: string;
  answeredAt: number;
  /** Milliseconds from the time at which the PUT was due. */
  took: number;
}

class Writer {
  /** PUTs that were refused with 503. */
  refused = 0;
  private count = 0;

  constructor(private readonly service: RunningService) {}

  /** One creation; undefined when the service refuses it because it is busy. @throws Error when it is answered otherwise */
  async put(dueAt = performance.now()): Promise<Written | undefined> {
    const identifier = `L-${++this.count}`;
    const url = `${this.service.url}/api/v1/purchases/internal/${identifier}`;
    const { status, text } = await send(url, 'PUT', this.service.headers, JSON.stringify(orderBody(LINES, 'PO')));
    const answeredAt = performance.now();
    if (status === 503) this.refused += 1;
    else if (status >= 300) throw new Error(`PUT: ${status} ${text}`);
    else return { identifier, answeredAt, took: answeredAt - dueAt };
    return undefined;
  }

  /** PUTs over all connections, one after the other on each. Returns the accepted PUTs a second. */
  async full(puts: number): Promise<number> {
    const started = performance.now();
    let [left, accepted] = [puts, 0];
    await Promise.all(
      Array.from({ length: CONNECTIONS }, async () => {
        while (left-- > 0) if ((await this.put()) !== undefined) accepted += 1;
      }),
    );
    return (accepted * 1_000) / (performance.now() - started);
  }

  /** PUTs at a constant rate, whether or not earlier ones are answered, until `isOver`. */
  async steady(rate: number, isOver: () => boolean, onWritten: (written: Written) => void): Promise<void> {
    const started = performance.now();
    const sent: Promise<void>[] = [];
    while (!isOver()) {
      const due = Math.floor(((performance.now() - started) * rate) / 1_000);
      while (sent.length < due) {
        const dueAt = started + (sent.length * 1_000) / rate;
        sent.push(this.put(dueAt).then((written) => written && onWritten(written)));
      }
      await pause(1);
    }
    await Promise.all(sent);
  }
}

/** Measures the times from the answers to PUTs until their rows are read on another connection. */
class Visibility {
  readonly lags: number[] = [];
  private readonly expected = new Map<string, number>();

  constructor(private readonly client: Client) {}

  expect({ identifier, answeredAt }: Written): void {
    this.expected.set(identifier, answeredAt);
  }

  /** Polls until `isOver` and every expected row is read. @throws Error when no row appears for 30 s */
  async readAll(isOver: () => boolean): Promise<void> {
    for (let last = performance.now(); this.expected.size > 0 || !isOver();) {
      const found = this.expected.size > 0 && (await this.read());
      if (found || this.expected.size === 0) last = performance.now();
      else if (performance.now() - last > INVISIBLE_MS) throw new Error(`${this.expected.size} rows are not visible`);
      if (this.expected.size === 0) await pause(1);
    }
  }

  private async read(): Promise<boolean> {
    const { rows } = await this.client.query<{ internal: string }>({
      name: 'visible rows',
      text: `select p.internal from unnest($1::text[]) as e(internal) join ${LIVE}.purchases p
             on p.site = 'demo' and hashtextextended(p.internal, 0) = hashtextextended(e.internal, 0) and p.internal = e.internal`,
      values: [[...this.expected.keys()]],
    });
    const now = performance.now();
    for (const { internal } of rows) {
      this.lags.push(Math.max(0, now - (this.expected.get(internal) ?? now)));
      this.expected.delete(internal);
    }
    return rows.length > 0;
  }
}

/** Reads the list and the newest entry of the timeline. An entry older than one that was read before is a stale read. */
class Reads {
  count = 0;
  failed = 0;
  stale = 0;
  private newest = 0;

  constructor(private readonly service: RunningService) {}

  async run(isOver: () => boolean): Promise<void> {
    while (!isOver()) {
      const [list, timeline] = await Promise.all(
        ['purchases?limit=50', 'timeline?limit=1'].map((path) => this.get(path)),
      );
      this.count += 2;
      this.failed += [list, timeline].filter((answer) => answer === undefined).length;
      const [entry] = JSON.parse(timeline ?? '[]') as { sequence: number }[];
      if (entry !== undefined && entry.sequence < this.newest) this.stale += 1;
      this.newest = Math.max(this.newest, entry?.sequence ?? 0);
      await pause(READ_PAUSE_MS);
    }
  }

  private async get(path: string): Promise<string | undefined> {
    const { status, text } = await send(`${this.service.url}/api/v1/${path}`, 'GET', this.service.headers);
    return status === 200 ? text : undefined;
  }
}

function timesOf(what: string, times: readonly number[]): Row {
  const sorted = [...times].sort((a, b) => a - b);
  const ms = (share: number): string => quantile(sorted, share).toFixed(1);
  return { what, count: sorted.length, 'p50 ms': ms(0.5), 'p99 ms': ms(0.99), 'max ms': ms(1) };
}

async function whenIdle(writer: Writer, client: Client): Promise<Row> {
  const visibility = new Visibility(client);
  for (let n = 0; n < IDLE_PUTS; n++) {
    const written = await writer.put();
    if (written !== undefined) visibility.expect(written);
    await visibility.readAll(() => true);
    await pause(IDLE_PAUSE_MS);
  }
  return timesOf('answer to row, idle', visibility.lags);
}

/** Writes at a rate, and reads, while `work` runs. */
async function underLoad(
  { service, writer, client, rate }: { service: RunningService; writer: Writer; client: Client; rate: number },
  what: string,
  work: () => Promise<unknown>,
): Promise<Row[]> {
  const [visibility, reads, durations] = [new Visibility(client), new Reads(service), [] as number[]];
  let [isOver, isWritten] = [false, false];
  const onWritten = (written: Written): void => {
    durations.push(written.took);
    visibility.expect(written);
  };
  const refused = writer.refused;
  const writing = writer.steady(rate, () => isOver, onWritten).finally(() => (isWritten = true));
  const load = Promise.all([writing, visibility.readAll(() => isWritten), reads.run(() => isOver)]);
  await Promise.race([load, work()]);
  isOver = true;
  await load;
  return [
    timesOf(`answer to row, ${what}`, visibility.lags),
    { ...timesOf(`PUT, ${what}`, durations), refused: writer.refused - refused },
    { what: `reads, ${what}`, count: reads.count, failed: reads.failed, stale: reads.stale },
  ];
}

/** Rebuilds all tables over HTTP. */
async function rebuildOnce({ url, headers }: RunningService): Promise<void> {
  const rebuilds = `${url}/api/v1/projections/purchases/rebuilds`;
  const { status, text } = await send(rebuilds, 'POST', headers);
  if (status >= 300) throw new Error(`rebuild: ${status} ${text}`);
  const { id } = JSON.parse(text) as { id: string };
  for (let state = 'running'; state === 'running';) {
    await pause(50);
    ({ state } = JSON.parse((await send(`${rebuilds}/${id}`, 'GET', headers)).text) as { state: string });
    if (state !== 'running' && state !== 'succeeded') throw new Error(`the rebuild has ${state}`);
  }
}

/**
 * How late a row is visible, on embedded servers: from the answer to a PUT until another connection reads its row, when nothing else is written, at
 * half of the capacity for PUTs, and at that rate during rebuilds. Also the durations of these PUTs, and failed and stale reads.
 */
export async function benchLag(): Promise<void> {
  const dataDir = mkdtempSync(join(tmpdir(), 'bench-lag-'));
  const service = await startService({}, dataDir);
  const client = new Client({ connectionString: readRunning(dataDir)?.databaseUrl });
  try {
    await client.connect();
    const writer = new Writer(service);
    await writer.full(WARM_UP_PUTS);
    const rate = (await writer.full(HISTORY_PUTS)) / 2;
    const target = { service, writer, client, rate };
    const rows = [await whenIdle(writer, client)];
    rows.push(...(await underLoad(target, 'half rate', () => pause(SECONDS * 1_000))));
    const started = performance.now();
    const rebuilds = async (): Promise<void> => {
      for (let n = 0; n < REBUILDS; n++) await rebuildOnce(service);
    };
    rows.push(...(await underLoad(target, `half rate, ${REBUILDS} rebuilds`, rebuilds)));
    const seconds = (performance.now() - started) / 1_000 / REBUILDS;
    printTable(`Lag: half rate is ${Math.round(rate)} PUTs a second; a rebuild takes ${seconds.toFixed(1)} s`, rows);
  } finally {
    agent.destroy();
    await client.end();
    await service.stop();
  }
}
