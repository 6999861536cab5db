import type { JSX } from 'preact';
import { call } from '../api/http';
import type { AccountingFile, HistoryEntry, Package, Purchase, PurchasePath } from '../api/types';
import { label, lineName, mainIdentifier } from '../ui/format';
import { Amount, Empty, ErrorPanel, SafeLink, Skeleton, Time } from '../ui/parts';
import { useLoad } from '../ui/use-load';

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

/** Shows the pending step of a purchase that is not an order yet. */
const TYPE_WORDS: Record<string, string> = {
  cart: 'This cart was not ordered yet.',
  quote: 'This is a quote. Nothing was ordered yet.',
  awaiting_approval: 'This order waits for approval in your company.',
  order_unconfirmed: 'We have received your order and will confirm it.',
};

const PACKAGE_WORDS: Record<Package['type'], string> = {
  processing: 'Being prepared',
  incoming: 'Waiting for goods',
  on_hold: 'On hold',
  shipment: 'Shipment',
  refund: 'Refunded',
  cancelled: 'Cancelled',
};

const DATES = [
  ['shipped_at', 'shipped'],
  ['delivered_at', 'delivered'],
  ['refunded_at', 'refunded'],
] as const;

function Parcel({ parcel }: { parcel: Package }): JSX.Element {
  return (
    <li>
      <strong>
        {PACKAGE_WORDS[parcel.type]} {parcel.identifiers?.visible}
      </strong>
      {DATES.map(([name, words]) =>
        parcel.dates?.[name] === undefined ? null : (
          <span key={name} class="small muted">
            {' '}
            {words} <Time at={parcel.dates[name]} dateOnly />
          </span>
        ),
      )}
      {parcel.line_items?.map((line, index) => (
        <div key={index}>
          {line.quantity} × {lineName(line)}
        </div>
      ))}
      {parcel.shipments?.map((each, index) => (
        <div key={index} class="small">
          {each.carrier} <SafeLink href={each.tracking_url}>{each.tracking_number ?? 'Track this shipment'}</SafeLink>
        </div>
      ))}
    </li>
  );
}

function Documents({ files }: { files: readonly AccountingFile[] }): JSX.Element | null {
  if (files.length === 0) return null;
  return (
    <>
      <h2>Documents</h2>
      {files.map((file, index) => (
        <div key={index}>
          <SafeLink href={file.data?.uri}>{file.identifiers?.visible ?? label(file.file_type ?? 'document')}</SafeLink>
        </div>
      ))}
    </>
  );
}

function Messages({ messages }: { messages: readonly HistoryEntry[] }): JSX.Element | null {
  if (messages.length === 0) return null;
  return (
    <>
      <h2>Messages</h2>
      {messages.map((each, index) => (
        <div key={index} class="note-body">
          {each.body}{' '}
          <span class="small muted">
            {each.created_by} · <Time at={each.created_at} />
          </span>
        </div>
      ))}
    </>
  );
}

function Order({ purchase, messages }: { purchase: Purchase; messages: readonly HistoryEntry[] }): JSX.Element {
  return (
    <>
      <h1>{mainIdentifier(purchase.purchase_identifiers)?.[1]}</h1>
      <p class="lead">
        {TYPE_WORDS[purchase.type] ?? STATUS_WORDS[purchase.calculated_fulfilment_status ?? 'processing']}
      </p>
      <p>
        Total <Amount value={purchase.calculated_total} />
        {purchase.calculated_payment_status !== undefined && (
          <span class="muted"> · {label(purchase.calculated_payment_status)}</span>
        )}
      </p>
      <ul class="plain parcels">
        {purchase.packages.map((parcel, index) => (
          <Parcel key={index} parcel={parcel} />
        ))}
      </ul>
      <Documents files={[purchase, ...purchase.packages].flatMap((each) => each.accounting_files ?? [])} />
      <Messages messages={messages} />
    </>
  );
}

/** One purchase of a customer in words. A purchase of another customer is not shown. */
export function AccountOrder({
  path,
  customer,
  back,
}: {
  path: PurchasePath;
  customer: string;
  back: string;
}): JSX.Element {
  const { data, error, reload } = useLoad('', async (signal) => {
    const [purchase, history] = await Promise.all([
      call('getPurchase', { path, signal }),
      call('listHistory', { path, signal }),
    ]);
    return { purchase: purchase.body, messages: history.body.filter((each) => each.event_type === 'message') };
  });
  return (
    <section class="card">
      <a href={back}>← All</a>
      <ErrorPanel error={error} retry={reload} />
      {data === undefined && error === undefined && <Skeleton />}
      {data !== undefined &&
        (data.purchase.customer_identifiers?.sparklayer === customer ? (
          <Order {...data} />
        ) : (
          <Empty title="No such order" />
        ))}
    </section>
  );
}
