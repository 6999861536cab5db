import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { call } from '../api/http';
import type { TimelineEntry } from '../api/types';
import { label } from '../ui/format';
import { Empty, ErrorPanel, Skeleton } from '../ui/parts';
import { useLoad } from '../ui/use-load';

interface Change {
  path: string;
  before?: unknown;
  after?: unknown;
}

interface Comparison {
  from: { revision: number } | null;
  to: { revision: number };
  events: TimelineEntry[];
  changes: Change[];
}

const isMoney = (value: unknown): value is { number: string; currency: string } =>
  typeof value === 'object' && value !== null && 'number' in value && 'currency' in value;

export const valueText = (value: unknown): string => {
  if (value === undefined || value === null) return '–';
  if (isMoney(value)) return `${value.number} ${value.currency}`;
  return typeof value === 'string' ? value : JSON.stringify(value, null, 2);
};

/** "/packages/S-4/line_items/71053/quantity" as "Packages › S-4 › Line items › 71053 › Quantity" */
const placeOf = (path: string): string =>
  path
    .split('/')
    .slice(1)
    .map((part) => part.replace(/~1/g, '/').replace(/~0/g, '~'))
    .map((part) => (/^[a-z_]+$/.test(part) ? label(part) : part))
    .join(' › ');

export function Compare({ path, from, to }: { path: string; from: number; to: number }): JSX.Element {
  const [isAll, setAll] = useState(false);
  const url = `${path}/compare?${new URLSearchParams({ from: String(from), to: String(to), ...(isAll && { show: 'all' }) })}`;
  const { data, error, reload } = useLoad(url, (signal) => call<Comparison>(url, { signal }));
  const comparison = data?.body;
  return (
    <section class="card" aria-label="Comparison">
      <div class="title-row">
        <h2>
          Revision {from} → {to}
        </h2>
        <label class="inline small">
          <input type="checkbox" checked={isAll} onChange={(event) => setAll(event.currentTarget.checked)} />
          unchanged values too
        </label>
      </div>
      <ErrorPanel error={error} retry={reload} />
      {comparison === undefined && error === undefined && <Skeleton rows={4} />}
      {comparison !== undefined && (
        <>
          <ul class="plain">
            {comparison.events.map((entry) => (
              <li key={entry.event_id}>{entry.words}</li>
            ))}
          </ul>
          {comparison.changes.length === 0 ? (
            <Empty title="No value differs" />
          ) : (
            <table class="list comparison">
              <thead>
                <tr>
                  <th scope="col">Value</th>
                  <th scope="col">Revision {from}</th>
                  <th scope="col">Revision {to}</th>
                </tr>
              </thead>
              <tbody>
                {comparison.changes.map((change) => {
                  const [before, after] = [valueText(change.before), valueText(change.after)];
                  return (
                    <tr key={change.path} class={before === after ? undefined : 'differs'}>
                      <td data-name="Value">{placeOf(change.path)}</td>
                      <td data-name={`Revision ${from}`}>
                        <pre>{before}</pre>
                      </td>
                      <td data-name={`Revision ${to}`}>
                        <pre>{after}</pre>
                      </td>
                    </tr>
                  );
                })}
              </tbody>
            </table>
          )}
        </>
      )}
    </section>
  );
}
