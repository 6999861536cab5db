import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { useLocation } from 'preact-iso';
import { call } from '../api/http';
import type { PurchaseBase } from '../api/types';
import { label, mainIdentifier, purchaseHref } from '../ui/format';
import { Amount, Badge, Empty, ErrorPanel, Skeleton, Time } from '../ui/parts';
import { addShortcuts } from '../ui/shortcuts';
import { useLoad, useNow } from '../ui/use-load';

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
] as const;
type Filter = (typeof FILTERS)[number];

const PAGE_SIZE = '50';

const pathOf = (filters: URLSearchParams): string => {
  const query = new URLSearchParams({ limit: PAGE_SIZE });
  for (const name of FILTERS) {
    const value = filters.get(name);
    if (value) query.set(name, name.startsWith('dates') ? timeOf(value, name) : value);
  }
  const cursor = filters.get('cursor');
  if (cursor) query.set('cursor', cursor);
  return `/api/v1/purchases?${query}`;
};

/** The bound of a day that the reader chose, in the reader's zone. */
const timeOf = (day: string, name: string): string =>
  new Date(`${day}T${name.endsWith('[lte]') ? '23:59:59.999' : '00:00:00'}`).toISOString();

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

function Filters({
  filters,
  set,
}: {
  filters: URLSearchParams;
  set: (name: Filter, value: string) => void;
}): JSX.Element {
  const field = useRef<HTMLInputElement>(null);
  const value = (name: Filter): string => filters.get(name) ?? '';
  useEffect(() => addShortcuts([{ key: '/', does: 'search the purchases', run: () => field.current?.focus() }]), []);
  const day = (name: Filter, text: string): JSX.Element => (
    <label class="inline">
      {text}
      <input type="date" value={value(name)} onChange={(event) => set(name, event.currentTarget.value)} />
    </label>
  );
  return (
    <form class="filters" role="search" onSubmit={(event) => event.preventDefault()}>
      <input
        ref={field}
        type="search"
        class="search"
        aria-label="Search"
        placeholder="Identifier, reference or address  ( / )"
        value={value('search')}
        onInput={(event) => set('search', event.currentTarget.value)}
      />
      <Select name="Type" value={value('type')} options={TYPES} set={(next) => set('type', next)} />
      <Select name="Status" value={value('status')} options={STATUSES} set={(next) => set('status', next)} />
      <input
        aria-label="Customer"
        placeholder="Customer id"
        value={value('customer_identifiers[sparklayer]')}
        onChange={(event) => set('customer_identifiers[sparklayer]', event.currentTarget.value.trim())}
      />
      {day('dates[placed][gte]', 'Placed from')}
      {day('dates[placed][lte]', 'to')}
      <select
        aria-label="Sort"
        value={value('order_by')}
        onChange={(event) => set('order_by', event.currentTarget.value)}
      >
        <option value="">Newest placed first</option>
        <option value="last_updated">Last changed first</option>
      </select>
    </form>
  );
}

function Row({ purchase, isChosen }: { purchase: PurchaseBase; isChosen: boolean }): JSX.Element {
  const { route } = useLocation();
  const href = purchaseHref(purchase.purchase_identifiers);
  const [kind, identifier] = mainIdentifier(purchase.purchase_identifiers) ?? ['', ''];
  return (
    <tr
      class={isChosen ? 'chosen' : undefined}
      onClick={(event) => {
        if (href !== undefined && !(event.target instanceof HTMLAnchorElement)) route(href);
      }}
    >
      <td data-name="Purchase">
        <a href={href}>{identifier}</a> <span class="muted small">{kind}</span>
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

/** "changed 12 seconds ago" and a way to read the list again. */
function Freshness({ at, reload }: { at: number; reload: () => void }): JSX.Element {
  const seconds = Math.max(0, Math.round((useNow() - at) / 1_000));
  return (
    <span class="small muted">
      Read {seconds < 2 ? 'just now' : `${seconds} seconds ago`}{' '}
      <button type="button" class="button-quiet" onClick={reload}>
        Reload
      </button>
    </span>
  );
}

export function Purchases(): JSX.Element {
  const { query, route } = useLocation();
  const filters = new URLSearchParams(query);
  const path = pathOf(filters);
  const { data, error, isLoading, at, reload } = useLoad(path, (signal) => call<PurchaseBase[]>(path, { signal }));
  const [chosen, setChosen] = useState(-1);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const set = (name: Filter, value: string): void => {
    const next = new URLSearchParams(location.search);
    next.delete('cursor');
    if (value === '') next.delete(name);
    else next.set(name, value);
    clearTimeout(timer.current);
    // Typing replaces the address; it becomes a step of the browser's history when the reader pauses.
    timer.current = setTimeout(() => route(`/purchases?${next}`, name === 'search'), name === 'search' ? 250 : 0);
  };
  const rows = data?.body ?? [];
  useEffect(() => setChosen(-1), [path]);
  useEffect(() => {
    const step = (by: number) => () => setChosen((now) => Math.min(rows.length - 1, Math.max(0, now + by)));
    return addShortcuts([
      { key: 'j', does: 'next purchase', run: step(1) },
      { key: 'k', does: 'previous purchase', run: step(-1) },
      {
        key: 'Enter',
        does: 'open the chosen purchase',
        run: () => {
          const href = rows[chosen] && purchaseHref(rows[chosen].purchase_identifiers);
          if (href !== undefined) route(href);
        },
      },
    ]);
  }, [rows, chosen]);
  const nextCursor = data?.next === undefined ? null : new URL(data.next, location.origin).searchParams.get('cursor');
  const more = new URLSearchParams(query);
  if (nextCursor !== null) more.set('cursor', nextCursor);
  return (
    <main>
      <div class="title-row">
        <h1>Purchases</h1>
        <Freshness at={at} reload={reload} />
      </div>
      <Filters filters={filters} set={set} />
      <ErrorPanel error={error} retry={reload} />
      {isLoading && data === undefined && <Skeleton rows={12} />}
      {data !== undefined && rows.length === 0 && (
        <Empty title="No purchase matches">
          {[...filters.keys()].length > 0 ? (
            <a href="/purchases">Show all purchases</a>
          ) : (
            'PUT the first purchase, or import the sample data.'
          )}
        </Empty>
      )}
      {rows.length > 0 && (
        <table class={`list ${isLoading ? 'is-loading' : ''}`}>
          <thead>
            <tr>
              <th scope="col">Purchase</th>
              <th scope="col">Type</th>
              <th scope="col">Status</th>
              <th scope="col">Placed</th>
              <th scope="col">Customer</th>
              <th scope="col" class="number">
                Total
              </th>
            </tr>
          </thead>
          <tbody>
            {rows.map((purchase, index) => (
              <Row
                key={JSON.stringify(purchase.purchase_identifiers)}
                purchase={purchase}
                isChosen={index === chosen}
              />
            ))}
          </tbody>
        </table>
      )}
      <div class="pager">
        {filters.has('cursor') && (
          <button type="button" onClick={() => history.back()}>
            ← Newer
          </button>
        )}
        {nextCursor !== null && (
          <a class="button" href={`/purchases?${more}`}>
            Older →
          </a>
        )}
      </div>
    </main>
  );
}
