import { pipeline } from 'node:stream/promises';
import { Readable } from 'node:stream';
import type { Pool, PoolClient } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import type { EventBatch, EventStore, Position } from '@app/event-store/event-store';
import { PURCHASE_PREFIX, purchaseIdOf } from '@app/stored-events/streams';
import { wholeAppends } from '@app/stored-events/whole-appends';
import { Fold, type FoldedPurchase, type Poisoned, purchaseRows, type SqlRow } from '../projection/fold';
import { lockTables } from '../projection/projector';
import { createIndexes, createTables, LIVE, NEXT, OLD, PROJECTION } from '../tables';
import {
  type Columns,
  loadPurchases,
  PURCHASE_COLUMNS,
  readCheckpoint,
  TIMELINE_COLUMNS,
  toJson,
  writeCheckpoint,
} from '../projection/write-rows';

export interface RebuildProgress {
  events: number;
  /** The share of the history that is folded, from 0 to 1. */
  share: number;
  eventsPerSecond: number;
}

export interface RebuildReport {
  events: number;
  purchases: number;
  seconds: number;
}

export interface RebuildOptions {
  pool: Pool;
  eventStore: EventStore;
  onProgress?: (progress: RebuildProgress) => void;
  signal?: AbortSignal;
}

/** The rebuild did not switch: the tables that answer are as they were. */
export class RebuildRefused extends Error {
  override name = 'RebuildRefused';
}

/** Timeline rows that are gathered before they are copied. */
const TIMELINE_PAGE = 5_000;
/** Purchases that are held in memory, by their lines; beyond, all are written out and read back when they are touched again. */
const MOST_LINES_IN_MEMORY = 400_000;

const escaped = (text: string): string =>
  text
    .replaceAll('\0', '')
    .replace(/[\\\n\r\t]/g, (char) => ({ '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' })[char] ?? char);

function cell(value: unknown, type: string): string {
  if (value === null || value === undefined) return '\\N';
  return escaped(type !== 'jsonb' && typeof value === 'string' ? value : toJson(value));
}

async function copyRows(client: PoolClient, table: string, columns: Columns, rows: readonly SqlRow[]): Promise<void> {
  if (rows.length === 0) return;
  const lines = function* (): Iterable<string> {
    for (const row of rows) yield `${columns.map(([name, type]) => cell(row[name], type)).join('\t')}\n`;
  };
  const sql = `copy ${table} (${columns.map(([name]) => name).join(', ')}) from stdin`;
  await pipeline(Readable.from(lines()), client.query(copyFrom(sql)));
}

/** Builds the tables of one schema from events, in memory as far as it goes. */
class TableBuilder {
  private readonly memory = new Map<string, FoldedPurchase>();
  private readonly written = new Set<string>();
  private readonly poisoned = new Map<string, Poisoned>();
  private timeline: SqlRow[] = [];
  private lines = 0;
  events = 0;
  position: Position | undefined;

  constructor(private readonly client: PoolClient) {}

  get purchases(): number {
    return new Set([...this.written, ...this.memory.keys()]).size;
  }

  async add({ events, position }: EventBatch): Promise<void> {
    const away = new Set(
      events.map(({ stream }) => purchaseIdOf(stream)).filter((id) => this.written.has(id) && !this.memory.has(id)),
    );
    if (away.size > 0)
      for (const [id, found] of await loadPurchases(this.client, NEXT, [...away])) this.memory.set(id, found);
    const fold = new Fold(this.memory, new Set(this.poisoned.keys()));
    for (const event of events) fold.apply(event);
    for (const [id, changed] of fold.changed) this.remember(id, changed);
    for (const [id, each] of fold.poisoned) this.poisoned.set(id, each);
    this.timeline.push(...fold.timeline);
    this.events += events.length;
    this.position = position;
    if (this.timeline.length >= TIMELINE_PAGE) await this.flushTimeline();
    if (this.lines > MOST_LINES_IN_MEMORY) await this.flushPurchases();
  }

  private remember(id: string, changed: FoldedPurchase): void {
    this.lines += linesOf(changed) - linesOf(this.memory.get(id));
    this.memory.set(id, changed);
  }

  /** Writes all that is in memory. @throws RebuildRefused when an event could not be folded */
  async finish(): Promise<void> {
    const [first] = this.poisoned.values();
    if (first !== undefined)
      throw new RebuildRefused(
        `${this.poisoned.size} purchases could not be rebuilt, the first is ${first.purchaseId} at revision ${first.revision}: ${first.error}`,
      );
    await this.flushTimeline();
    await this.flushPurchases();
    if (this.position !== undefined) await writeCheckpoint(this.client, NEXT, this.position);
  }

  private async flushTimeline(): Promise<void> {
    await copyRows(this.client, `${NEXT}.timeline`, TIMELINE_COLUMNS, this.timeline);
    this.timeline = [];
  }

  private async flushPurchases(): Promise<void> {
    const again = [...this.memory.keys()].filter((id) => this.written.has(id));
    if (again.length > 0) await this.client.query(`delete from ${NEXT}.purchases where id = any($1)`, [again]);
    await copyRows(this.client, `${NEXT}.purchases`, PURCHASE_COLUMNS, purchaseRows(this.memory.values()));
    for (const id of this.memory.keys()) this.written.add(id);
    this.memory.clear();
    this.lines = 0;
  }
}

const linesOf = (purchase: FoldedPurchase | undefined): number =>
  purchase?.state.phase === 'live'
    ? purchase.state.purchase.packages.reduce((sum, { items }) => sum + items.length, 1)
    : 0;

const hasLive = async (client: PoolClient): Promise<boolean> =>
  (await client.query<{ ok: boolean }>(`select to_regclass('${LIVE}.checkpoints') is not null as ok`)).rows[0]?.ok ===
  true;

const isBehind = (position: Position | undefined, goal: Position | undefined): boolean =>
  goal !== undefined && (position === undefined || position.commit < goal.commit);

/** Replaces the live tables by the next ones. The projector waits meanwhile and goes on with the new ones; readers never see neither. */
async function switchTables(
  client: PoolClient,
  builder: TableBuilder,
  more: AsyncIterator<EventBatch, undefined>,
): Promise<void> {
  await client.query('begin');
  try {
    await lockTables(client);
    const isThere = await hasLive(client);
    const goal = isThere ? await readCheckpoint(client, LIVE) : undefined;
    while (isBehind(builder.position, goal)) {
      const { value: batch } = await more.next();
      if (batch === undefined) throw new RebuildRefused('stopped before the tables were switched');
      await builder.add(batch);
    }
    await builder.finish();
    if (isThere) await client.query(`alter schema ${LIVE} rename to ${OLD}`);
    await client.query(`alter schema ${NEXT} rename to ${LIVE}`);
    await client.query('commit');
  } catch (error) {
    await client.query('rollback').catch(() => {});
    throw error;
  }
  await client.query(`drop schema if exists ${OLD} cascade`);
}

async function build(client: PoolClient, { eventStore, onProgress, signal }: RebuildOptions): Promise<RebuildReport> {
  const started = Date.now();
  const end = await eventStore.lastPosition();
  const stop = new AbortController();
  signal?.addEventListener('abort', () => stop.abort());
  await client.query(`drop schema if exists ${NEXT} cascade; drop schema if exists ${OLD} cascade`);
  await client.query(createTables(NEXT));
  const builder = new TableBuilder(client);
  const following = { from: undefined, streamPrefixes: [PURCHASE_PREFIX], maxBatch: 2_000, signal: stop.signal };
  const whole = wholeAppends(eventStore.subscribe(following));
  const batches = whole[Symbol.asyncIterator]() as AsyncIterator<EventBatch, undefined>;
  try {
    for (let caughtUp = false; !caughtUp;) {
      const { value: batch } = await batches.next();
      if (batch === undefined) throw new RebuildRefused('stopped before it had caught up');
      await builder.add(batch);
      caughtUp = batch.caughtUp;
      const share =
        end === undefined ? 1 : Math.min(1, Number(batch.position.commit) / Math.max(1, Number(end.commit)));
      onProgress?.({
        events: builder.events,
        share,
        eventsPerSecond: (builder.events * 1000) / Math.max(1, Date.now() - started),
      });
    }
    await builder.finish();
    await client.query(createIndexes(NEXT));
    await switchTables(client, builder, batches);
  } finally {
    stop.abort();
    await batches.return?.();
  }
  return { events: builder.events, purchases: builder.purchases, seconds: (Date.now() - started) / 1000 };
}

/**
 * Makes the tables anew from the whole history, beside those that answer, and switches in one transaction when they have caught up. Nothing is
 * dropped before; reads and writes go on. What a killed rebuild left behind is cleared by the next one.
 * @throws RebuildRefused when another one runs, an event cannot be folded, or it is stopped: then nothing has changed
 */
export async function rebuild(options: RebuildOptions): Promise<RebuildReport> {
  const client = await options.pool.connect();
  client.on('error', () => {});
  try {
    const { rows } = await client.query<{ mine: boolean }>(
      `select pg_try_advisory_lock(hashtext('rebuild of ${PROJECTION}')) as mine`,
    );
    if (rows[0]?.mine !== true) throw new RebuildRefused('another rebuild is running');
    return await build(client, options);
  } finally {
    await client.query(`drop schema if exists ${NEXT} cascade`).catch(() => {});
    client.release(true);
  }
}
