import type { JSX } from 'preact';
import { call } from '../api/http';
import type { Comparison, PurchasePath } from '../api/types';
import { label, money, timeWithSeconds } from '../ui/format';
import { Empty, ErrorPanel, Skeleton } from '../ui/parts';
import { useQuery } from '../ui/query';
import { useLoad } from '../ui/use-load';

const isTime = (value: string): boolean => !Number.isNaN(Date.parse(value));

const isMoney = (value: unknown): value is { number: string; currency: string } =>
  typeof value === 'object' && value !== null && 'number' in value && 'currency' in value;

/** Times are in the zone of all others on the page, to the second. */
const valueText = (path: string, value: unknown): string => {
  if (value === undefined || value === null) return '–';
  if (isMoney(value)) return money(value);
  if (typeof value === 'string' && path.endsWith('_at') && isTime(value)) return timeWithSeconds(value);
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

function RevisionField({
  name,
  value,
  last,
  set,
}: {
  name: string;
  value: number | undefined;
  last: number;
  set: (value: string) => void;
}): JSX.Element {
  return (
    <label class="inline small">
      {name}
      <input
        type="number"
        class="revision-field"
        min={0}
        max={last}
        value={value}
        onChange={(event) => set(event.currentTarget.value)}
      />
    </label>
  );
}

function Changes({ comparison }: { comparison: Comparison }): JSX.Element {
  const before = comparison.from === null ? 'Before its creation' : `Revision ${comparison.from.revision}`;
  const after = `Revision ${comparison.to.revision}`;
  if (comparison.changes.length === 0) return <Empty title="No value differs" />;
  return (
    <table class="list comparison">
      <thead>
        <tr>
          <th scope="col">Value</th>
          <th scope="col">{before}</th>
          <th scope="col">{after}</th>
        </tr>
      </thead>
      <tbody>
        {comparison.changes.map((change) => {
          const [old, now] = [valueText(change.path, change.before), valueText(change.path, change.after)];
          const isSame = JSON.stringify(change.before) === JSON.stringify(change.after);
          return (
            <tr key={change.path} class={isSame ? undefined : 'differs'}>
              <td data-name="Value">{placeOf(change.path)}</td>
              <td data-name={before}>
                <pre>{old}</pre>
              </td>
              <td data-name={after}>
                <pre>{now}</pre>
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

/** Two revisions of a purchase, by default one and the one before; the address has both. */
export function Compare({
  path,
  from,
  to,
  last,
}: {
  path: PurchasePath;
  from: number | undefined;
  to: number;
  last: number;
}): JSX.Element {
  const query = useQuery();
  const isAll = query.get('show') === 'all';
  const asked = { ...(from !== undefined && { from }), to, ...(isAll && { show: 'all' as const }) };
  const { data, error, reload } = useLoad(JSON.stringify(asked), (signal) =>
    call('comparePurchase', { path, query: asked, signal }),
  );
  const comparison = data?.body;
  return (
    <section class="card compare" aria-label="Comparison">
      <div class="title-row">
        <h2>Compare</h2>
        <RevisionField
          name="Revision"
          value={from ?? comparison?.from?.revision}
          last={last}
          set={(value) => query.set({ from: value })}
        />
        <RevisionField name="with" value={to} last={last} set={(value) => query.set({ to: value })} />
        <label class="inline small">
          <input
            type="checkbox"
            checked={isAll}
            onChange={(event) => query.set({ show: event.currentTarget.checked ? 'all' : '' })}
          />
          unchanged values too
        </label>
        <a class="button close" href={query.href({ from: '', to: '', show: '' })}>
          Close
        </a>
      </div>
      <ErrorPanel error={error} retry={reload} />
      {comparison === undefined && error === undefined && <Skeleton rows={4} />}
      {comparison !== undefined && (
        <>
          <ul class="compare-events">
            {comparison.events.map((entry) => (
              <li key={entry.event_id}>{entry.words}</li>
            ))}
            {comparison.has_more_events && <li>… and more, see the timeline</li>}
          </ul>
          <Changes comparison={comparison} />
        </>
      )}
    </section>
  );
}
