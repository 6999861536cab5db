import type { JSX } from 'preact';
import type { LineItem, Package } from '../api/types';
import { addressLines, label, lineName } from '../ui/format';
import { Amount, Badge, SafeLink, Time } from '../ui/parts';

const MILESTONES = [
  ['shipped_at', 'Shipped'],
  ['delivered_at', 'Delivered'],
  ['refunded_at', 'Refunded'],
  ['cancelled_at', 'Cancelled'],
] as const;

function Lines({ lines }: { lines: readonly LineItem[] }): JSX.Element {
  return (
    <table class="lines">
      <tbody>
        {lines.map((line, index) => (
          <tr key={index}>
            <td class="number quantity">{line.quantity} ×</td>
            <td>
              {lineName(line)}
              {line.identifiers?.sku !== undefined && <span class="muted small"> {line.identifiers.sku}</span>}
              {line.custom_attributes?.map(({ key, value }) => (
                <span key={key} class="muted small attribute">
                  {key}: {value}
                </span>
              ))}
            </td>
            <td class="number">
              <Amount value={line.line_total.total_gross ?? line.line_total.total_net} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function PackageCard({ parcel }: { parcel: Package }): JSX.Element {
  const { line_items: lines = [] } = parcel;
  const name = parcel.identifiers?.visible ?? parcel.identifiers?.internal ?? parcel.identifiers?.platform;
  return (
    <section class="card package">
      <header>
        <Badge value={parcel.type} />
        {name !== undefined && <strong>{name}</strong>}
        <span class="milestones">
          {MILESTONES.map(([key, said]) =>
            parcel.dates?.[key] === undefined ? null : (
              <span key={key} class="small">
                {said} <Time at={parcel.dates[key]} />
              </span>
            ),
          )}
        </span>
      </header>
      {lines.length === 0 ? <p class="muted">No items</p> : <Lines lines={lines} />}
      <footer class="small">
        {parcel.shipments?.map((each, index) => (
          <div key={index}>
            {[each.carrier, each.carrier_id].filter(Boolean).join(' ')}{' '}
            <SafeLink href={each.tracking_url}>{each.tracking_number ?? each.tracking_url ?? 'tracking'}</SafeLink>
          </div>
        ))}
        {parcel.shipping_method?.name !== undefined && (
          <div>
            {parcel.shipping_method.name}{' '}
            {parcel.shipping_method.line_total !== undefined && (
              <Amount
                value={parcel.shipping_method.line_total.total_gross ?? parcel.shipping_method.line_total.total_net}
              />
            )}
          </div>
        )}
        {parcel.shipping_address !== undefined && (
          <div class="muted">{addressLines(parcel.shipping_address).join(', ')}</div>
        )}
        {parcel.accounting_files?.map((file, index) => (
          <div key={index}>
            <SafeLink href={file.data?.uri}>
              {file.identifiers?.visible ?? label(file.file_type ?? 'document')}
            </SafeLink>
          </div>
        ))}
      </footer>
    </section>
  );
}

export const Packages = ({ packages }: { packages: readonly Package[] }): JSX.Element => (
  <div class="packages">
    {packages.map((parcel, index) => (
      <PackageCard key={index} parcel={parcel} />
    ))}
  </div>
);
