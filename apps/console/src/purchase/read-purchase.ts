import { useRef } from 'preact/hooks';
import { call, nextPage } from '../api/http';
import type { HistoryEntry, Purchase, PurchasePath, TimelineEntry, Transaction } from '../api/types';
import { useLoad } from '../ui/use-load';

/** A purchase with its payments and messages, now or at a revision. */
export interface PurchaseState {
  purchase: Purchase;
  transactions: Transaction[];
  history: HistoryEntry[];
}

export interface CurrentPurchase extends PurchaseState {
  timeline: TimelineEntry[];
}

const PAGE_SIZE = 500;
const MAX_PAGES = 20;
const MAX_KEPT_REVISIONS = 200;

async function readState(
  path: PurchasePath,
  revision: number | undefined,
  signal: AbortSignal,
): Promise<PurchaseState> {
  const options = { path, query: revision === undefined ? {} : { revision }, signal };
  const [purchase, transactions, history] = await Promise.all([
    call('getPurchase', options),
    call('listTransactions', options),
    call('listHistory', options),
  ]);
  return { purchase: purchase.body, transactions: transactions.body, history: history.body };
}

/** A timeline with its first 10,000 entries, oldest first. Entries of clock events are included, so that every revision is there. */
export async function readTimeline(
  readPage: (query: { include: 'clocks'; limit: number; cursor?: number }) => ReturnType<typeof call<'getTimeline'>>,
): Promise<TimelineEntry[]> {
  const entries: TimelineEntry[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < MAX_PAGES; page++) {
    const answer = await readPage({
      include: 'clocks',
      limit: PAGE_SIZE,
      ...(cursor !== undefined && { cursor: Number(cursor) }),
    });
    entries.push(...answer.body);
    cursor = nextPage(answer, 'cursor');
    if (cursor === undefined) break;
  }
  return entries;
}

export async function readCurrent(path: PurchasePath, signal: AbortSignal): Promise<CurrentPurchase> {
  const [state, timeline] = await Promise.all([
    readState(path, undefined, signal),
    readTimeline((query) => call('getTimeline', { path, query, signal })),
  ]);
  return { ...state, timeline };
}

/** The state at a revision; undefined for the current one and until the first past state has arrived. */
export function usePast(
  path: PurchasePath,
  revision: number | undefined,
): { past: PurchaseState | undefined; error: unknown } {
  const kept = useRef(new Map<number, PurchaseState>());
  const { data, error } = useLoad(String(revision), async (signal) => {
    if (revision === undefined) return undefined;
    const known = kept.current.get(revision);
    if (known !== undefined) return known;
    const state = await readState(path, revision, signal);
    if (kept.current.size >= MAX_KEPT_REVISIONS) kept.current.clear();
    kept.current.set(revision, state);
    return state;
  });
  return revision === undefined ? { past: undefined, error: undefined } : { past: data, error };
}

/** When a purchase changed after a revision; undefined when it did not. */
export async function changedAfter(
  path: PurchasePath,
  revision: number,
  signal: AbortSignal,
): Promise<string | undefined> {
  const query = { include: 'clocks', cursor: revision, limit: 1 } as const;
  return (await call('getTimeline', { path, query, signal })).body[0]?.recorded_at;
}
