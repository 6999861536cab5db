import type { JSX } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { useLocation } from 'preact-iso';
import type { CallOptions } from '@app/client/client';
import { call, nextPage } from '../api/http';
import type { FeedEntry, PurchaseBase } from '../api/types';
import { label, mainIdentifier, purchaseHref, zone } from '../ui/format';
import { Amount, Badge, Empty, ErrorPanel, Freshness, Skeleton, Time } from '../ui/parts';
import { addShortcuts } from '../ui/shortcuts';
import { type Query, useQuery } from '../ui/query';
import { useChangedAt, useLoad } from '../ui/use-load';
import { useTitle } from '../ui/title';

const TYPES = ['cart', 'quote', 'awaiting_approval', 'order_unconfirmed', 'order'];
const STATUSES = ['processing', 'part_shipped', 'shipped', 'complete', 'on_hold', 'incoming', 'returned', 'cancelled'];
/** The parameters of the list call that the page keeps in its own address. */
const FILTERS = [
  'search',
  'type',
  'status',
  'customer_identifiers[sparklayer]',
  'dates[placed][gte]',
  'dates[placed][lte]',
  'order_by',
  'cursor',
] as const;
type Filter = (typeof FILTERS)[number];
type ListQuery = NonNullable<CallOptions<'listPurchases'>['query']>;

const PAGE_SIZE = 50;
const TYPING_MS = 250;

/** The bound of a day in the zone in which the console shows times; undefined for a text that is no day. */
function timeOf(day: string, isEnd: boolean): string | undefined {
  const time = new Date(`${day}T${isEnd ? '23:59:59.999' : '00:00:00.000'}${zone.value === 'utc' ? 'Z' : ''}`);
  return Number.isNaN(time.getTime()) ? undefined : time.toISOString();
}

/** The query of the list call for the address. The API validates the values. */
function listQuery({ get }: Query): ListQuery {
  const values = FILTERS.flatMap((name) => {
    const value = name.startsWith('dates') ? timeOf(get(name), name.endsWith('[lte]')) : get(name);
    return value ? [[name, value]] : [];
  });
  return { limit: PAGE_SIZE, ...(Object.fromEntries(values) as ListQuery) };
}

function Select({
  name,
  value,
  options,
  set,
}: {
  name: string;
  value: string;
  options: readonly string[];
  set: (value: string) => void;
}): JSX.Element {
  return (
    <select aria-label={name} value={value} onChange={(event) => set(event.currentTarget.value)}>
      <option value="">{name}: all</option>
      {options.map((each) => (
        <option key={each} value={each}>
          {label(each)}
        </option>
      ))}
    </select>
  );
}

/** Typing replaces the address after a pause, so that it makes no step in the history of the browser. */
function SearchField({ query }: { query: Query }): JSX.Element {
  const field = useRef<HTMLInputElement>(null);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const searched = query.get('search');
  const [text, setText] = useState(searched);
  useEffect(() => {
    if (document.activeElement !== field.current) setText(searched);
  }, [searched]);
  useEffect(() => addShortcuts([{ key: '/', does: 'search the purchases', run: () => field.current?.focus() }]), []);
  useEffect(() => () => clearTimeout(timer.current), []);
  return (
    <input
      ref={field}
      type="search"
      class="search"
      aria-label="Search"
      placeholder="Identifier, reference or address  ( / )"
      value={text}
      onInput={(event) => {
        const next = event.currentTarget.value;
        setText(next);
        clearTimeout(timer.current);
        timer.current = setTimeout(() => query.set({ search: next.trim(), cursor: '' }, true), TYPING_MS);
      }}
      onKeyDown={(event) => {
        if (event.key === 'Escape') event.currentTarget.blur();
      }}
    />
  );
}

function Filters({ query }: { query: Query }): JSX.Element {
  const set = (name: Filter, value: string): void => query.set({ [name]: value, cursor: '' });
  const day = (name: Filter, text: string): JSX.Element => (
    <label class="inline">
      {text}
      <input type="date" value={query.get(name)} onChange={(event) => set(name, event.currentTarget.value)} />
    </label>
  );
  return (
    <form class="filters" role="search" onSubmit={(event) => event.preventDefault()}>
      <SearchField query={query} />
      <Select name="Type" value={query.get('type')} options={TYPES} set={(next) => set('type', next)} />
      <Select name="Status" value={query.get('status')} options={STATUSES} set={(next) => set('status', next)} />
      <input
        aria-label="Customer"
        placeholder="Customer id"
        value={query.get('customer_identifiers[sparklayer]')}
        onChange={(event) => set('customer_identifiers[sparklayer]', event.currentTarget.value.trim())}
      />
      <div class="inline">
        {day('dates[placed][gte]', 'Placed from')}
        {day('dates[placed][lte]', 'to')}
      </div>
      <select
        aria-label="Sort"
        value={query.get('order_by')}
        onChange={(event) => set('order_by', event.currentTarget.value)}
      >
        <option value="">Last placed first</option>
        <option value="last_updated">Last changed first</option>
      </select>
    </form>
  );
}

function Row({ purchase, isChosen }: { purchase: PurchaseBase; isChosen: boolean }): JSX.Element {
  const { route } = useLocation();
  const href = purchaseHref(purchase.purchase_identifiers);
  const [kind, identifier] = mainIdentifier(purchase.purchase_identifiers) ?? ['', ''];
  const row = useRef<HTMLTableRowElement>(null);
  const link = useRef<HTMLAnchorElement>(null);
  // In the step of the key, so that Enter pressed next opens this row and not the one before.
  useLayoutEffect(() => {
    if (!isChosen) return;
    row.current?.scrollIntoView({ block: 'nearest' });
    link.current?.focus({ preventScroll: true });
  }, [isChosen]);
  return (
    <tr
      ref={row}
      aria-selected={isChosen}
      class={isChosen ? 'chosen' : undefined}
      onClick={(event) => {
        const isSelecting = getSelection()?.isCollapsed === false;
        if (href !== undefined && !isSelecting && !(event.target instanceof HTMLAnchorElement)) route(href);
      }}
    >
      <td data-name="Purchase">
        <span>
          <a ref={link} href={href}>
            {identifier}
          </a>{' '}
          <span class="muted small">{kind}</span>
        </span>
      </td>
      <td data-name="Type">{label(purchase.type)}</td>
      <td data-name="Status">
        <Badge value={purchase.calculated_fulfilment_status} />
      </td>
      <td data-name="Placed">
        <Time at={purchase.dates?.placed_at} />
      </td>
      <td data-name="Customer" class="clip">
        {purchase.billing_address?.company ??
          purchase.billing_address?.name ??
          purchase.customer_identifiers?.sparklayer}
      </td>
      <td data-name="Total" class="number">
        <Amount value={purchase.calculated_total} />
      </td>
    </tr>
  );
}

/** Moves the chosen row with `j` and `k` and opens it with Enter. Returns the index of the row, -1 for none. */
function useChosenRow(rows: readonly PurchaseBase[]): number {
  const { route } = useLocation();
  const [chosen, setChosen] = useState(-1);
  // A key pressed before the list has rendered the last step continues from that step.
  const latest = useRef(-1);
  useEffect(() => {
    latest.current = -1;
    setChosen(-1);
    const step = (by: number) => () => {
      latest.current = Math.min(rows.length - 1, Math.max(0, latest.current + by));
      // A row without an identifier has no link that takes the focus, and Enter must not follow the link that has it now.
      if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
      setChosen(latest.current);
    };
    const open = (): void | false => {
      const row = rows[latest.current];
      const href = row && purchaseHref(row.purchase_identifiers);
      if (href === undefined) return false;
      route(href);
    };
    return addShortcuts([
      { key: 'j', does: 'next purchase', run: step(1) },
      { key: 'k', does: 'previous purchase', run: step(-1) },
      { key: 'Enter', does: 'open the chosen purchase', run: open },
    ]);
  }, [rows]);
  return chosen;
}

const COLUMNS = ['Purchase', 'Type', 'Status', 'Placed', 'Customer', 'Total'];

function List({ rows, isLoading }: { rows: readonly PurchaseBase[]; isLoading: boolean }): JSX.Element {
  const chosen = useChosenRow(rows);
  return (
    <table class={isLoading ? 'list is-loading' : 'list'}>
      <thead>
        <tr>
          {COLUMNS.map((name) => (
            <th key={name} scope="col" class={name === 'Total' ? 'number' : undefined}>
              {name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((purchase, index) => (
          <Row key={JSON.stringify(purchase.purchase_identifiers)} purchase={purchase} isChosen={index === chosen} />
        ))}
      </tbody>
    </table>
  );
}

/** The newest entry of the site. A later one means that the list may have changed. */
const newestEntry = async (signal: AbortSignal): Promise<FeedEntry | undefined> =>
  (await call('getSiteTimeline', { query: { limit: 1 }, signal })).body[0];

/** Returns to the scrolled position of the list: the browser scrolls back while the list is not loaded yet. The step of the history has the position. */
function useKeptScroll(isShown: boolean): void {
  useLayoutEffect(() => {
    if (!isShown) return;
    const { top } = (history.state ?? {}) as { top?: number };
    if (top !== undefined) scrollTo(0, top);
    const keep = (): void => history.replaceState({ top: scrollY }, '');
    addEventListener('scrollend', keep);
    return () => removeEventListener('scrollend', keep);
  }, [isShown]);
}

const NO_ROWS: readonly PurchaseBase[] = [];

export function Purchases(): JSX.Element {
  useTitle('Purchases');
  const query = useQuery();
  const asked = listQuery(query);
  const { data, error, isLoading, at, reload } = useLoad(JSON.stringify(asked), async (signal) => {
    const [newest, list] = await Promise.all([newestEntry(signal), call('listPurchases', { query: asked, signal })]);
    return { sequence: newest?.sequence ?? 0, list };
  });
  const changedAt = useChangedAt(at, async (signal) => {
    const newest = await newestEntry(signal);
    return (newest?.sequence ?? 0) > (data?.sequence ?? 0) ? newest?.recorded_at : undefined;
  });
  const rows = data?.list.body ?? NO_ROWS;
  const next = data === undefined ? undefined : nextPage(data.list, 'cursor');
  useKeptScroll(data !== undefined);
  const isFiltered = FILTERS.some((name) => query.get(name) !== '');
  return (
    <main>
      <div class="title-row">
        <h1>Purchases</h1>
        <Freshness at={at} changedAt={changedAt} reload={reload} />
      </div>
      <Filters query={query} />
      <ErrorPanel error={error} retry={reload} />
      {data === undefined && error === undefined && <Skeleton rows={10} />}
      {data !== undefined && rows.length === 0 && (
        <Empty title={isFiltered ? 'No purchase matches' : 'No purchase yet'}>
          {isFiltered ? <a href="/purchases">Clear the filters</a> : 'Send one with PUT, or try a dry run.'}
        </Empty>
      )}
      {rows.length > 0 && <List rows={rows} isLoading={isLoading} />}
      <div class="pager">
        {query.get('cursor') !== '' && (
          <a class="button" href={query.href({ cursor: '' })}>
            ← First page
          </a>
        )}
        {next !== undefined && (
          <a class="button" href={query.href({ cursor: next })}>
            Next page →
          </a>
        )}
      </div>
    </main>
  );
}
