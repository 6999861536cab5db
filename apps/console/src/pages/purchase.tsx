import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { useRoute } from 'preact-iso';
import { may } from '../api/session';
import type { IdentifierKind, PurchasePath } from '../api/types';
import { AsOf } from '../purchase/as-of';
import { Compare } from '../purchase/compare';
import { Notes } from '../purchase/notes';
import { Identifiers, Overview, Payments } from '../purchase/overview';
import { Packages } from '../purchase/packages';
import { changedAfter, readCurrent, usePast } from '../purchase/read-purchase';
import { Timeline } from '../purchase/timeline';
import { Travel } from '../purchase/travel';
import { label } from '../ui/format';
import { Badge, ErrorPanel, Freshness, Skeleton, Time } from '../ui/parts';
import { useQuery } from '../ui/query';
import { useChangedAt, useLoad } from '../ui/use-load';
import { useTitle } from '../ui/title';

const revisionIn = (value: string): number | undefined => (/^\d{1,9}$/.test(value) ? Number(value) : undefined);

function Purchase({ path }: { path: PurchasePath }): JSX.Element {
  useTitle(path.identifier);
  const query = useQuery();
  const { data, error, at, reload } = useLoad('', (signal) => readCurrent(path, signal));
  const last = data?.purchase.calculated_revision ?? 0;
  const asked = revisionIn(query.get('revision'));
  const revision = asked !== undefined && asked < last ? asked : undefined;
  const { past, error: pastError } = usePast(path, revision);
  const changedAt = useChangedAt(at, (signal) => changedAfter(path, last, signal));
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus({ preventScroll: true }), [data === undefined]);
  const goTo = (next: number): void => query.set({ revision: next >= last ? '' : String(next) }, true);
  if (data === undefined)
    return (
      <main>
        <h1>{path.identifier}</h1>
        {error === undefined ? <Skeleton rows={10} /> : <ErrorPanel error={error} retry={reload} />}
      </main>
    );
  const { purchase, transactions, history } = past ?? data;
  const to = revisionIn(query.get('to'));
  return (
    <main class="purchase">
      <div class="title-row">
        <h1 tabIndex={-1} ref={heading}>
          {path.identifier}
        </h1>
        <span>{label(purchase.type)}</span>
        <Badge value={purchase.calculated_fulfilment_status} />
        <span class="small muted">
          placed <Time at={purchase.dates?.placed_at ?? purchase.dates?.calculated_submitted_at} />
        </span>
        <Freshness at={at} changedAt={changedAt} reload={reload} />
        {may('write') && (
          <a
            class="button"
            href={`/dry-run?${new URLSearchParams({ by: path.lookupBy, identifier: path.identifier, load: 'stored' })}`}
          >
            Dry run
          </a>
        )}
      </div>
      <Identifiers purchase={purchase} />
      <Travel
        revision={revision ?? last}
        last={last}
        at={data.timeline.find((each) => each.revision === (revision ?? last))?.recorded_at}
        goTo={goTo}
        compareHref={query.href({ to: String(revision ?? last), from: '', show: '' })}
      >
        {(data.timeline.at(-1)?.revision ?? 0) >= last && <AsOf entries={data.timeline} goTo={goTo} />}
      </Travel>
      <ErrorPanel error={pastError ?? error} retry={reload} />
      {past !== undefined && (
        <div class="panel panel-past" role="status">
          This is the purchase as it was at revision {purchase.calculated_revision}.
        </div>
      )}
      {to !== undefined && <Compare path={path} from={revisionIn(query.get('from'))} to={to} last={last} />}
      <div class="columns">
        <div class={past === undefined ? undefined : 'is-past'}>
          <Overview purchase={purchase} />
          <Packages packages={purchase.packages} />
          <Payments transactions={transactions} />
          <Notes path={path} entries={history} added={reload} isPast={revision !== undefined} />
        </div>
        <Timeline entries={data.timeline} revision={revision} />
      </div>
    </main>
  );
}

export function PurchasePage(): JSX.Element {
  const { lookupBy = '', identifier = '' } = useRoute().params;
  return <Purchase key={`${lookupBy}/${identifier}`} path={{ lookupBy: lookupBy as IdentifierKind, identifier }} />;
}
