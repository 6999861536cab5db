import type { Pool, PoolClient } from 'pg';
import type { EventStore, FromPosition, Position, RecordedEvent } from '@app/event-store/event-store';
import { PURCHASE_PREFIX, purchaseIdOf, purchaseStream } from '@app/stored-events/streams';
import { readCheckpoint } from '../projection/batch-writer';
import { IS_PURCHASE, isPurchaseId } from '../projection/purchase-id';
import type { SqlRow } from '../projection/sql-values';
import { LIVE } from '../tables';
import { PROJECTIONS } from '../projections/projections';
import { GENTLE_BATCH, rest } from '../rebuild/gentle';
import { withClient } from '../with-client';
import {
  derivedHash,
  derivedValues,
  expectedPurchase,
  hashesOf,
  PURCHASE_HASH,
  PURCHASE_VALUES,
  type PurchaseRows,
  TIMELINE_HASH,
  TIMELINE_VALUES,
} from './expected-rows';
import { type Difference, entryDifferences, rowDifferences } from './row-differences';
import { FeedVerification } from './verify-feed';
import { entryOfPurchase, ForeignVerification } from './verify-quarantine';

export interface VerifyOptions {
  pool: Pool;
  eventStore: EventStore;
  /** Maximum number of purchases, chosen at random. */
  sample?: number;
  /** Only purchases that have events after this commit position. */
  since?: bigint;
  /** Only this purchase. */
  purchaseId?: string;
  /** Only purchases of this site, by their events or by their rows. */
  site?: string;
  onDifference?: (difference: Difference) => void;
  onProgress?: (progress: { verified: number; total: number }) => void;
  signal?: AbortSignal;
  /** True: works a quarter of the time, so that calls of the service are delayed little. */
  gentle?: boolean;
}

export interface VerifyReport {
  verified: number;
  /**
   * Purchases in quarantine; their rows are compared with the history before the failed event. A verification of everything includes streams that are
   * no purchases.
   */
  quarantined: number;
  differences: number;
  seconds: number;
}

/** Purchases of a page, and events of a batch. */
const PAGE = 200;
const GENTLE_PAGE = 25;
const BATCH = 2_000;
/** Streams read concurrently. */
const CONCURRENCY = 16;
const MAX_VALUE = 400;

interface LiveHashes {
  id: string;
  purchase: string | null;
  timeline: string | null;
  derived: string;
  /** The entry in the quarantine. */
  entry: SqlRow | null;
}

/** Verifies on one connection, page by page; memory is bounded by one page of purchases. */
class Verification {
  private readonly started = Date.now();
  private readonly report = { verified: 0, quarantined: 0, differences: 0 };

  constructor(
    private readonly client: PoolClient,
    private readonly options: VerifyOptions,
  ) {}

  async run(): Promise<VerifyReport> {
    await this.client.query('create temp table to_verify (id uuid primary key)');
    await this.selectPurchases();
    const { rows } = await this.client.query<{ total: string }>('select count(*) as total from to_verify');
    const total = Number(rows[0]?.total);
    for (let after: string | undefined; ;) {
      this.options.signal?.throwIfAborted();
      const started = performance.now();
      after = await this.verifyPage(after);
      if (after === undefined) break;
      await this.restAfter(started);
      this.options.onProgress?.({ verified: this.report.verified, total });
    }
    return { ...this.report, seconds: (Date.now() - this.started) / 1_000 };
  }

  private async selectPurchases(): Promise<void> {
    const { purchaseId, sample, since, site } = this.options;
    if (purchaseId !== undefined) return (await this.isOfSite(purchaseId)) ? this.add([purchaseId]) : undefined;
    if (sample !== undefined) {
      await this.client.query(
        `insert into to_verify select id from (
           select id from ${LIVE}.purchases where $2::text is null or site = $2 order by random() limit $1) as chosen`,
        [sample, site ?? null],
      );
      return;
    }
    const { position } = await readCheckpoint(this.client, LIVE);
    if (position !== undefined) await this.addFromHistory(since, position);
    // An unexpected row belongs to no event.
    if (since === undefined)
      await this.client.query(
        `insert into to_verify
         select id from ${LIVE}.purchases where $1::text is null or site = $1
         ${['timeline', ...PROJECTIONS.map((each) => each.table)]
           .map((table) => `union select purchase_id from ${LIVE}.${table} where $1::text is null or site = $1`)
           .join(' ')}
         union select purchase_id::uuid from ${LIVE}.quarantine where ${IS_PURCHASE} and ($1::text is null or site = $1)
         on conflict do nothing`,
        [site ?? null],
      );
  }

  /** True when no site was given, or when the first event of the purchase, or without one its row or its entry, names it. */
  private async isOfSite(purchaseId: string): Promise<boolean> {
    const { eventStore, site } = this.options;
    if (site === undefined) return true;
    const { events } = await eventStore.readStream(purchaseStream(purchaseId), { maxCount: 1 });
    const [first] = events;
    if (first !== undefined) return first.metadata.site === site;
    const { rows } = await this.client.query(
      `select from ${LIVE}.purchases where id = $1::uuid and site = $2
       union all select from ${LIVE}.quarantine where purchase_id = $1::uuid::text and site = $2`,
      [purchaseId, site],
    );
    return rows.length > 0;
  }

  private async add(ids: readonly string[]): Promise<void> {
    await this.client.query('insert into to_verify select * from unnest($1::uuid[]) on conflict do nothing', [ids]);
  }

  private async addFromHistory(since: bigint | undefined, end: Position): Promise<void> {
    const from = since === undefined ? undefined : { commit: since, prepare: since };
    const stop = new AbortController();
    // A signal that has aborted tells no listener.
    const signal = AbortSignal.any([stop.signal, ...(this.options.signal === undefined ? [] : [this.options.signal])]);
    const maxBatch = this.options.gentle === true ? GENTLE_BATCH : BATCH;
    const reading = { from, streamPrefixes: [PURCHASE_PREFIX], maxBatch, signal };
    const { site } = this.options;
    const tell = (found: Difference): void => this.addDifference(found);
    // Numbers and first events follow from the whole history.
    const isWhole = from === undefined;
    const feed = isWhole ? new FeedVerification(this.client, site, end, tell) : undefined;
    const foreign = isWhole ? new ForeignVerification(this.client, site, end, tell) : undefined;
    for await (const { events, position, caughtUp } of this.options.eventStore.subscribe(reading)) {
      const started = performance.now();
      const ofSite = events.filter(({ metadata }) => site === undefined || metadata.site === site);
      await this.add([...new Set(ofSite.map(({ stream }) => purchaseIdOf(stream)).filter(isPurchaseId))]);
      await feed?.add(ofSite);
      foreign?.add(events);
      if (caughtUp || position.commit >= end.commit) break;
      await this.restAfter(started);
    }
    stop.abort();
    // Without the rest of the history, rows that were not reached would be taken for unexpected ones.
    this.options.signal?.throwIfAborted();
    await feed?.finish();
    this.report.quarantined += (await foreign?.finish()) ?? 0;
  }

  private async restAfter(started: number): Promise<void> {
    if (this.options.gentle === true) await rest(started);
  }

  /** Compares the next page of purchases; returns the cursor of the next page. */
  private async verifyPage(after: string | undefined): Promise<string | undefined> {
    // One snapshot makes checkpoint and rows consistent while the projector writes.
    await this.client.query('begin isolation level repeatable read read only');
    const { position } = await readCheckpoint(this.client, LIVE);
    const live = await this.hashes(after);
    const differing: LiveHashes[] = [];
    for (let from = 0; from < live.length; from += CONCURRENCY)
      await Promise.all(
        live.slice(from, from + CONCURRENCY).map(async (row) => {
          if (!(await this.isAsExpected(row, position))) differing.push(row);
        }),
      );
    for (const row of differing) {
      const [events, rows] = [await this.eventsOf(row.id, position), await this.liveRows(row.id)];
      const live = { ...rows, entry: row.entry ?? undefined };
      for (const difference of rowDifferences(row.id, live, events)) this.addDifference(difference);
    }
    await this.client.query('commit');
    this.report.verified += live.length;
    this.report.quarantined += live.filter(({ entry }) => entry !== null).length;
    return live.at(-1)?.id;
  }

  private async hashes(after: string | undefined): Promise<LiveHashes[]> {
    const { rows } = await this.client.query<LiveHashes>({
      name: 'hashes to verify',
      text: `
        with page as (select id from to_verify where $1::uuid is null or id > $1 order by id limit $2)
        select page.id,
          (select ${PURCHASE_HASH} from ${LIVE}.purchases p where p.id = page.id) as purchase,
          (select ${TIMELINE_HASH} from ${LIVE}.timeline t where t.purchase_id = page.id) as timeline,
          ${derivedHash(LIVE, 'page.id')} as derived,
          ${entryOfPurchase('page.id')} as entry
        from page order by page.id`,
      values: [after ?? null, this.options.gentle === true ? GENTLE_PAGE : PAGE],
    });
    return rows;
  }

  /** The events of a purchase up to a checkpoint. */
  private async eventsOf(id: string, position: FromPosition): Promise<RecordedEvent[]> {
    const { events } = await this.options.eventStore.readStream(purchaseStream(id));
    return events.filter((event) => position !== undefined && event.position.commit <= position.commit);
  }

  private async isAsExpected(row: LiveHashes, position: FromPosition): Promise<boolean> {
    const events = await this.eventsOf(row.id, position);
    const purchase = expectedPurchase(events, row.entry?.revision);
    const expected = hashesOf(purchase);
    return (
      expected.purchase === row.purchase &&
      expected.timeline === row.timeline &&
      expected.derived === row.derived &&
      entryDifferences(row.id, row.entry ?? undefined, purchase.entry).length === 0
    );
  }

  private async liveRows(id: string): Promise<PurchaseRows> {
    const { client } = this;
    const purchases = await client.query<PurchaseRows['timeline'][number]>(
      `select ${PURCHASE_VALUES} from ${LIVE}.purchases where id = $1`,
      [id],
    );
    const timeline = await client.query<PurchaseRows['timeline'][number]>(
      `select ${TIMELINE_VALUES} from ${LIVE}.timeline where purchase_id = $1 order by ${LIVE}.timeline.revision`,
      [id],
    );
    const derived: Record<string, SqlRow[]> = {};
    for (const projection of PROJECTIONS) {
      const { rows } = await client.query<SqlRow>(
        `select ${derivedValues(projection)} from ${LIVE}.${projection.table} where purchase_id = $1`,
        [id],
      );
      derived[projection.table] = rows;
    }
    return { purchase: purchases.rows[0], timeline: timeline.rows, derived };
  }

  private addDifference(difference: Difference): void {
    const cut = (text: string | null): string | null =>
      text !== null && text.length > MAX_VALUE ? `${text.slice(0, MAX_VALUE)}…` : text;
    const columns = Object.entries(difference.columns).map(
      ([name, { live, expected }]) => [name, { live: cut(live), expected: cut(expected) }] as const,
    );
    this.report.differences += 1;
    this.options.onDifference?.({ ...difference, columns: Object.fromEntries(columns) });
  }
}

/**
 * Compares the live rows with the rows expected from the history, while the projector runs: the numbers of the feed in one pass, unless only a part is
 * verified, then each page of purchases at the checkpoint of one snapshot. Changes nothing.
 */
export async function verify(options: VerifyOptions): Promise<VerifyReport> {
  if (options.purchaseId !== undefined && !isPurchaseId(options.purchaseId))
    throw new RangeError(`${options.purchaseId} is not the id of a purchase`);
  // Closing the connection drops the temporary table.
  return withClient(options.pool, (client) => new Verification(client, options).run(), { keep: false });
}
