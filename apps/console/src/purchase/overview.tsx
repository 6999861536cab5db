import type { JSX } from 'preact';
import type { Purchase, Transaction } from '../api/types';
import { addressLines, label } from '../ui/format';
import { Amount, Badge, CopyButton, SafeLink, Time } from '../ui/parts';

const TOTALS = [
  'items',
  'shipping',
  'tax',
  'discount',
  'ordered',
  'cancelled',
  'refunded',
  'payable',
  'paid',
  'outstanding',
] as const;

const Fact = ({ name, children }: { name: string; children: JSX.Element | string | undefined }): JSX.Element | null =>
  children === undefined ? null : (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );

export function Identifiers({ purchase }: { purchase: Purchase }): JSX.Element {
  return (
    <ul class="identifiers">
      {Object.entries(purchase.purchase_identifiers).map(([kind, value]) => (
        <li key={kind}>
          <span class="muted small">{kind}</span> <code>{value}</code>{' '}
          <CopyButton text={value} name={`${kind} identifier`} />
        </li>
      ))}
    </ul>
  );
}

function Totals({ purchase }: { purchase: Purchase }): JSX.Element {
  const totals = purchase.calculated_totals;
  return (
    <dl class="totals">
      {TOTALS.map((name) => {
        const value = totals?.[name];
        if (value === undefined) return null;
        const isMain = name === 'payable' || name === 'outstanding';
        if (!isMain && /^0(\.0+)?$/.test(value.number)) return null;
        return (
          <div key={name} class={isMain ? 'main' : undefined}>
            <dt>{label(name)}</dt>
            <dd class="number">
              <Amount value={value} />
            </dd>
          </div>
        );
      })}
    </dl>
  );
}

export function Payments({ transactions }: { transactions: readonly Transaction[] }): JSX.Element | null {
  if (transactions.length === 0) return null;
  return (
    <section class="card">
      <h2>Payments</h2>
      <table class="lines">
        <tbody>
          {transactions.map((each) => (
            <tr key={each.platform_id}>
              <td>
                {each.total.number.startsWith('-') ? 'Refund' : 'Payment'}{' '}
                <span class="muted small">{each.platform_id}</span>
                {each.apply_to_balance === false && <span class="muted small"> for information only</span>}
              </td>
              <td>{each.status !== undefined && <span class="tag">{each.status}</span>}</td>
              <td>
                <Time at={each.created_at} />
              </td>
              <td class="number">
                <Amount value={each.total} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

export function Overview({ purchase }: { purchase: Purchase }): JSX.Element {
  const { customer_identifiers: customer = {}, billing_address: billing } = purchase;
  return (
    <section class="card overview">
      <div>
        <h2>Customer</h2>
        {billing !== undefined && (
          <address>
            {addressLines(billing).map((line) => (
              <div key={line}>{line}</div>
            ))}
          </address>
        )}
        <dl class="facts">
          {Object.entries(customer).map(([kind, value]) => (
            <Fact key={kind} name={label(kind)}>
              {value === undefined ? undefined : kind === 'sparklayer' ? (
                <a href={`/account/${encodeURIComponent(value)}`}>{value}</a>
              ) : (
                value
              )}
            </Fact>
          ))}
          <Fact name="Reference">{purchase.customer_reference}</Fact>
          <Fact name="Payment">
            {purchase.payment_method === undefined ? undefined : label(purchase.payment_method)}
          </Fact>
        </dl>
        {purchase.accounting_files?.map((file, index) => (
          <div key={index}>
            <SafeLink href={file.data?.uri}>
              {file.identifiers?.visible ?? label(file.file_type ?? 'Document')}
            </SafeLink>
          </div>
        ))}
      </div>
      <div>
        <h2>
          Totals <Badge value={purchase.calculated_payment_status} />
        </h2>
        <Totals purchase={purchase} />
      </div>
    </section>
  );
}
