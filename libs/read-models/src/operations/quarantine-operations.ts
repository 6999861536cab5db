import type { Pool } from 'pg';
import type { EventStore } from '@app/event-store/event-store';
import { IS_PURCHASE, isPurchaseId } from '../projection/purchase-id';
import type { Stopped } from '../projection/purchase-changes';
import {
  listQuarantine,
  type QuarantineCursor,
  type QuarantinedPurchase,
  type QuarantineFilter,
} from '../projection/quarantine';
import { replayPurchase, type ReplayOptions } from '../projection/replay-purchase';
import { LIVE } from '../tables';
import { withClient } from '../with-client';

/** `retry` resumes at the failed event; `replay` removes the rows of the purchase and folds its whole history. */
export type Release = 'retry' | 'replay';

export interface Released {
  purchaseId: string;
  /** Absent when the purchase was released. */
  stopped?: Stopped;
}

const PAGE = 100;
const FROM: Record<Release, ReplayOptions['from']> = { retry: 'onwards', replay: 'anew' };

/** A stream that is not a purchase has no rows and cannot be released. */
async function cannotBeReleased(pool: Pool, purchaseId: string): Promise<Stopped> {
  const [entry] = await listQuarantine(pool, LIVE, { limit: 1, purchaseId });
  return {
    id: purchaseId,
    type: entry?.type ?? 'no event',
    error: `purchase-${purchaseId} is not the stream of a purchase and is never projected`,
  };
}

/**
 * Brings one purchase of the live tables up to their checkpoint, in one transaction, whether it is in quarantine or not. The entry of a stream that is
 * not a purchase does not change.
 */
export async function releasePurchase(
  pool: Pool,
  eventStore: EventStore,
  purchaseId: string,
  release: Release,
): Promise<Released> {
  if (!isPurchaseId(purchaseId)) return { purchaseId, stopped: await cannotBeReleased(pool, purchaseId) };
  const stopped = await withClient(pool, (client) =>
    replayPurchase({ client, schema: LIVE, eventStore, purchaseId, from: FROM[release] }),
  );
  return { purchaseId, ...(stopped !== undefined && { stopped }) };
}

/**
 * Releases every purchase in quarantine, optionally of one site, one by one. Those that fail again stay; a caller that stops early and calls again
 * reaches the others first, because those with the oldest last attempt come first. Streams that are no purchases are left out:
 * they would fail every time.
 */
export async function* releaseAll(
  pool: Pool,
  eventStore: EventStore,
  release: Release,
  site?: string,
): AsyncGenerator<Released> {
  const all: QuarantinedPurchase[] = [];
  for (let page: QuarantinedPurchase[] = []; ;) {
    page = await listQuarantine(pool, LIVE, { limit: PAGE, after: page.at(-1), site });
    all.push(...page.filter(({ purchaseId }) => isPurchaseId(purchaseId)));
    if (page.length < PAGE) break;
  }
  all.sort((a, b) => a.lastAt.getTime() - b.lastAt.getTime());
  for (const { purchaseId } of all) yield await releasePurchase(pool, eventStore, purchaseId, release);
}

/** The number of streams in quarantine that are no purchases, which `releaseAll` leaves out. */
export async function countForeignStreams(pool: Pool): Promise<number> {
  const { rows } = await pool.query<{ streams: number }>(
    `select count(*)::int as streams from ${LIVE}.quarantine where not ${IS_PURCHASE}`,
  );
  return rows[0]?.streams ?? 0;
}

export interface QuarantinePage {
  purchases: QuarantinedPurchase[];
  /** Absent on the last page. */
  next?: QuarantineCursor;
}

/** A page of the purchases in quarantine. */
export async function quarantinePage(pool: Pool, { limit, ...filter }: QuarantineFilter): Promise<QuarantinePage> {
  const found = await listQuarantine(pool, LIVE, { ...filter, limit: limit + 1 });
  const purchases = found.slice(0, limit);
  return { purchases, ...(found.length > limit && { next: purchases.at(-1) }) };
}
