import type { JSX } from 'preact';
import { useLocation, useRoute } from 'preact-iso';
import { AccountOrder } from '../account/order';
import { call, nextPage } from '../api/http';
import type { IdentifierKind, PurchaseBase } from '../api/types';
import { mainIdentifier } from '../ui/format';
import { Amount, Badge, Empty, ErrorPanel, Skeleton, Time } from '../ui/parts';
import { useQuery } from '../ui/query';
import { useTitle } from '../ui/title';
import { useLoad } from '../ui/use-load';

const TABS = [
  ['order', 'Orders'],
  ['order_unconfirmed', 'Submitted'],
  ['awaiting_approval', 'Awaiting approval'],
  ['quote', 'Quotes'],
] as const;

const PAGE_SIZE = 50;

function ChooseCustomer(): JSX.Element {
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
        <input name="customer" required aria-label="Customer id" placeholder="Customer id" />
        <button type="submit">Show</button>
      </form>
      <p class="muted small">The page of a purchase links here from its customer.</p>
    </main>
  );
}

function Row({
  purchase,
  href,
}: {
  purchase: PurchaseBase;
  href: (by: IdentifierKind, order: string) => string;
}): JSX.Element | null {
  const main = mainIdentifier(purchase.purchase_identifiers);
  if (main === undefined) return null;
  return (
    <li>
      <a class="account-row" href={href(...main)}>
        <strong>{main[1]}</strong>
        <Time at={purchase.dates?.placed_at} dateOnly />
        <Badge value={purchase.calculated_fulfilment_status} />
        <Amount value={purchase.calculated_total} />
      </a>
    </li>
  );
}

function Purchases({ customer }: { customer: string }): JSX.Element {
  const query = useQuery();
  const type = TABS.find(([value]) => value === query.get('type'))?.[0] ?? 'order';
  const cursor = query.get('cursor');
  const asked = { 'customer_identifiers[sparklayer]': customer, type, limit: PAGE_SIZE, ...(cursor && { cursor }) };
  const { data, error, reload } = useLoad(JSON.stringify(asked), (signal) =>
    call('listPurchases', { query: asked, signal }),
  );
  const next = data && nextPage(data, 'cursor');
  return (
    <>
      <h1>My Account</h1>
      <nav class="tabs" aria-label="Kinds of purchases">
        {TABS.map(([value, name]) => (
          <a
            key={value}
            href={query.href({ type: value === 'order' ? '' : value, cursor: '' })}
            aria-current={type === value ? 'page' : undefined}
          >
            {name}
          </a>
        ))}
      </nav>
      <ErrorPanel error={error} retry={reload} />
      {data === undefined && error === undefined && <Skeleton />}
      {data?.body.length === 0 && <Empty title="Nothing here yet" />}
      <ul class="plain">
        {data?.body.map((purchase) => (
          <Row
            key={JSON.stringify(purchase.purchase_identifiers)}
            purchase={purchase}
            href={(by, order) => query.href({ by, order })}
          />
        ))}
      </ul>
      {next !== undefined && (
        <a class="button" href={query.href({ cursor: next })}>
          Older
        </a>
      )}
    </>
  );
}

/** The purchases of one customer. The page can be embedded; its colours are the CSS variables `--account-…`. */
export function Account(): JSX.Element {
  const { customer } = useRoute().params;
  const query = useQuery();
  useTitle(['My Account', customer, query.get('order')].filter(Boolean).join(' · '));
  if (customer === undefined || customer === '') return <ChooseCustomer />;
  const [by, order] = [query.get('by') as IdentifierKind, query.get('order')];
  return (
    <main class="account">
      {order === '' ? (
        <Purchases customer={customer} />
      ) : (
        <AccountOrder
          key={`${by}/${order}`}
          path={{ lookupBy: by, identifier: order }}
          customer={customer}
          back={query.href({ by: '', order: '' })}
        />
      )}
    </main>
  );
}
