import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { useLocation, useRoute } from 'preact-iso';
import { call } from '../api/http';
import type { HistoryEntry, Package, Purchase, PurchaseBase } from '../api/types';
import { label, lineName, mainIdentifier } from '../ui/format';
import { Amount, Badge, Empty, ErrorPanel, SafeLink, Skeleton, Time } from '../ui/parts';
import { useLoad } from '../ui/use-load';

const TABS: [string, string][] = [
  ['order', 'Orders'],
  ['order_unconfirmed', 'Submitted'],
  ['awaiting_approval', 'Awaiting approval'],
  ['quote', 'Quotes'],
];

const STATUS_WORDS: Record<string, string> = {
  processing: 'We are preparing your order.',
  part_shipped: 'A part of your order is on its way.',
  shipped: 'Your order is on its way.',
  complete: 'Your order was delivered.',
  on_hold: 'Your order is on hold.',
  incoming: 'We are waiting for goods of your order.',
  returned: 'Your order was returned.',
  cancelled: 'Your order was cancelled.',
};

function Choose(): JSX.Element {
  const { route } = useLocation();
  const submit = (event: JSX.TargetedSubmitEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const customer = new FormData(event.currentTarget).get('customer') as string;
    route(`/account/${encodeURIComponent(customer.trim())}`);
  };
  return (
    <main>
      <h1>My Account</h1>
      <p class="muted">What a customer sees of their own purchases.</p>
      <form class="row" onSubmit={submit}>
        <input
          name="customer"
          required
          aria-label="Customer id"
          placeholder="Customer id (customer_identifiers.sparklayer)"
        />
        <button type="submit">Show</button>
      </form>
    </main>
  );
}

const PARCEL_WORDS: Record<string, string> = {
  processing: 'Being prepared',
  incoming: 'Expected',
  on_hold: 'On hold',
  shipment: 'Shipment',
  refund: 'Refunded',
  cancelled: 'Cancelled',
};

function Parcel({ parcel }: { parcel: Package }): JSX.Element {
  const { dates = {} } = parcel;
  return (
    <li>
      <strong>
        {PARCEL_WORDS[parcel.type] ?? label(parcel.type)} {parcel.identifiers?.visible}
      </strong>
      {dates.shipped_at !== undefined && (
        <span class="small muted">
          {' '}
          shipped <Time at={dates.shipped_at} dateOnly />
        </span>
      )}
      {dates.delivered_at !== undefined && (
        <span class="small muted">
          {' '}
          delivered <Time at={dates.delivered_at} dateOnly />
        </span>
      )}
      <div>
        {parcel.line_items.map((line, index) => (
          <div key={index}>
            {line.quantity} × {lineName(line)}
          </div>
        ))}
      </div>
      {parcel.shipments?.map((each, index) => (
        <div key={index} class="small">
          Track: <SafeLink href={each.tracking_url}>{each.tracking_number ?? each.carrier ?? 'shipment'}</SafeLink>
        </div>
      ))}
    </li>
  );
}

function Order({ path, close }: { path: string; close: () => void }): JSX.Element {
  const { data, error } = useLoad(path, async (signal) => {
    const [purchase, history] = await Promise.all([
      call<Purchase>(path, { signal }),
      call<HistoryEntry[]>(`${path}/history`, { signal }),
    ]);
    return { purchase: purchase.body, messages: history.body.filter(({ event_type: type }) => type === 'message') };
  });
  const files = data && [data.purchase, ...data.purchase.packages].flatMap((each) => each.accounting_files ?? []);
  return (
    <section class="card account-order">
      <button type="button" class="button-quiet" onClick={close}>
        ← All
      </button>
      <ErrorPanel error={error} />
      {data === undefined && error === undefined && <Skeleton />}
      {data !== undefined && (
        <>
          <h2>{mainIdentifier(data.purchase.purchase_identifiers)?.[1]}</h2>
          <p class="lead">{STATUS_WORDS[data.purchase.calculated_fulfilment_status ?? ''] ?? ''}</p>
          <p>
            Total <Amount value={data.purchase.calculated_total} />
          </p>
          <ul class="plain parcels">
            {data.purchase.packages.map((parcel, index) => (
              <Parcel key={index} parcel={parcel} />
            ))}
          </ul>
          {files !== undefined && files.length > 0 && <h3>Documents</h3>}
          {files?.map((file, index) => (
            <div key={index}>
              <SafeLink href={file.data?.uri}>
                {file.identifiers?.visible ?? label(file.file_type ?? 'document')}
              </SafeLink>
            </div>
          ))}
          {data.messages.length > 0 && <h3>Messages</h3>}
          {data.messages.map((each, index) => (
            <div key={index} class="note-body">
              {each.body} <span class="small muted">{each.created_by}</span>
            </div>
          ))}
        </>
      )}
    </section>
  );
}

export function Account(): JSX.Element {
  const { customer } = useRoute().params;
  const [type, setType] = useState('order');
  const [open, setOpen] = useState<string>();
  const query = new URLSearchParams({ 'customer_identifiers[sparklayer]': customer ?? '', type, limit: '100' });
  const path = `/api/v1/purchases?${query}`;
  const { data, error, isLoading, reload } = useLoad(customer === undefined ? '' : path, async (signal) =>
    customer === undefined ? [] : (await call<PurchaseBase[]>(path, { signal })).body,
  );
  if (customer === undefined || customer === '') return <Choose />;
  if (open !== undefined)
    return (
      <main class="account">
        <Order path={open} close={() => setOpen(undefined)} />
      </main>
    );
  return (
    <main class="account">
      <h1>My Account</h1>
      <p class="muted small">Customer {customer}</p>
      <div class="tabs" role="tablist">
        {TABS.map(([value, name]) => (
          <button key={value} type="button" role="tab" aria-selected={type === value} onClick={() => setType(value)}>
            {name}
          </button>
        ))}
      </div>
      <ErrorPanel error={error} retry={reload} />
      {isLoading && data === undefined && <Skeleton />}
      {data?.length === 0 && !isLoading && <Empty title="Nothing here yet" />}
      <ul class="plain account-list">
        {data?.map((purchase) => {
          const main = mainIdentifier(purchase.purchase_identifiers);
          if (main === undefined) return null;
          return (
            <li key={main[1]}>
              <button
                type="button"
                class="account-row"
                onClick={() => setOpen(`/api/v1/purchases/${main[0]}/${encodeURIComponent(main[1])}`)}
              >
                <strong>{main[1]}</strong>
                <Time at={purchase.dates?.placed_at} dateOnly />
                <Badge value={purchase.calculated_fulfilment_status} />
                <Amount value={purchase.calculated_total} />
              </button>
            </li>
          );
        })}
      </ul>
    </main>
  );
}
