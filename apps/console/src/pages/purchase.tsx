import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { useLocation, useRoute } from 'preact-iso';
import { call } from '../api/http';
import type { HistoryEntry, Purchase, TimelineEntry, Transaction } from '../api/types';
import { Compare } from '../purchase/compare';
import { Notes } from '../purchase/notes';
import { Identifiers, Overview, Payments } from '../purchase/overview';
import { Packages } from '../purchase/packages';
import { Timeline } from '../purchase/timeline';
import { Travel } from '../purchase/travel';
import { label } from '../ui/format';
import { Badge, ErrorPanel, Skeleton, Time } from '../ui/parts';
import { useLoad } from '../ui/use-load';

const MAX_TIMELINE_PAGES = 20;

/** Every page of a timeline, up to a bound. */
async function wholeTimeline(path: string, signal: AbortSignal): Promise<TimelineEntry[]> {
  const entries: TimelineEntry[] = [];
  let next: string | undefined = `${path}/timeline?limit=500`;
  for (let page = 0; page < MAX_TIMELINE_PAGES && next !== undefined; page++) {
    const answer: { body: TimelineEntry[]; next: string | undefined } = await call(next, { signal });
    entries.push(...answer.body);
    next = answer.next;
  }
  return entries;
}

interface Whole {
  purchase: Purchase;
  timeline: TimelineEntry[];
  transactions: Transaction[];
  history: HistoryEntry[];
}

async function readWhole(path: string, signal: AbortSignal): Promise<Whole> {
  const [purchase, timeline, transactions, history] = await Promise.all([
    call<Purchase>(path, { signal }),
    wholeTimeline(path, signal),
    call<Transaction[]>(`${path}/transactions`, { signal }),
    call<HistoryEntry[]>(`${path}/history`, { signal }),
  ]);
  return { purchase: purchase.body, timeline, transactions: transactions.body, history: history.body };
}

/** The past state that the address names with `revision`; the current one without. */
function usePast(path: string, revision: number | undefined): { past: Purchase | undefined; error: unknown } {
  const cache = useRef(new Map<string, Purchase>());
  const key = `${path}?revision=${revision}`;
  const { data, error } = useLoad(revision === undefined ? '' : key, async (signal) => {
    if (revision === undefined) return undefined;
    const known = cache.current.get(key);
    if (known !== undefined) return known;
    const { body } = await call<Purchase>(key, { signal });
    if (cache.current.size > 200) cache.current.clear();
    cache.current.set(key, body);
    return body;
  });
  return { past: revision === undefined ? undefined : data, error };
}

const whole = (value: string | undefined): number | undefined =>
  value !== undefined && /^\d{1,9}$/.test(value) ? Number(value) : undefined;

export function PurchasePage(): JSX.Element {
  const { params } = useRoute();
  const { path: here, query, route } = useLocation();
  const path = `/api/v1/purchases/${params.lookupBy}/${encodeURIComponent(params.identifier ?? '')}`;
  const { data, error, reload } = useLoad(path, (signal) => readWhole(path, signal));
  const last = data?.purchase.calculated_revision ?? 0;
  const revision = whole(query.revision);
  const [from, to] = [whole(query.from), whole(query.to)];
  const { past, error: pastError } = usePast(path, revision);
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), [path]);
  const goTo = (next: number): void => route(next >= last ? here : `${here}?revision=${next}`, true);
  if (data === undefined)
    return (
      <main>
        <h1>{params.identifier}</h1>
        {error === undefined ? <Skeleton rows={10} /> : <ErrorPanel error={error} retry={reload} />}
      </main>
    );
  const shown = past ?? data.purchase;
  const at = revision ?? last;
  return (
    <main class="purchase">
      <div class="title-row">
        <h1 tabIndex={-1} ref={heading}>
          {params.identifier}
        </h1>
        <span>{label(shown.type)}</span>
        <Badge value={shown.calculated_fulfilment_status} />
        <span class="small muted">
          placed <Time at={shown.dates?.placed_at ?? shown.dates?.calculated_submitted_at} />
        </span>
        <button type="button" class="button-quiet" onClick={reload}>
          Reload
        </button>
      </div>
      <Identifiers purchase={shown} />
      <Travel
        revision={at}
        last={last}
        at={data.timeline.find((each) => each.revision === at)?.recorded_at}
        goTo={goTo}
        compareHref={at > 0 ? `${here}?revision=${at}&from=${at - 1}&to=${at}` : undefined}
      />
      <ErrorPanel error={pastError ?? error} />
      {revision !== undefined && revision < last && (
        <div class="panel panel-past" role="status">
          This is the purchase as it was at revision {revision}.
        </div>
      )}
      {from !== undefined && to !== undefined && <Compare path={path} from={from} to={to} />}
      <div class="columns">
        <div class={revision !== undefined && revision < last ? 'is-past' : undefined}>
          <Overview purchase={shown} />
          <Packages packages={shown.packages} />
          <Payments transactions={data.transactions} />
          <Notes path={path} entries={data.history} added={reload} />
        </div>
        <Timeline entries={data.timeline} revision={revision} goTo={goTo} />
      </div>
    </main>
  );
}
