import type { JSX } from 'preact';
import { useRoute } from 'preact-iso';
import { call } from '../api/http';
import { nameOf } from '../api/names';
import { readTimeline } from '../purchase/read-purchase';
import { Timeline } from '../purchase/timeline';
import { mainIdentifier, purchaseHref } from '../ui/format';
import { ErrorPanel, Skeleton } from '../ui/parts';
import { useTitle } from '../ui/title';
import { useLoad } from '../ui/use-load';

/** The timeline of a purchase by its id, which also finds a deleted purchase. */
export function PurchaseHistory(): JSX.Element {
  const { purchaseId = '' } = useRoute().params;
  const { data, error, reload } = useLoad(purchaseId, (signal) =>
    readTimeline((query) => call('getTimelineById', { path: { purchaseId }, query, signal })),
  );
  const name = data && nameOf(data);
  const href = name && purchaseHref(name.identifiers);
  const title = (name && mainIdentifier(name.identifiers)?.[1]) ?? 'History of a purchase';
  useTitle(title);
  return (
    <main>
      <h1>{title}</h1>
      <p class="muted">
        Purchase id <code>{purchaseId}</code>
        {name?.isDeleted === true && '. This purchase was deleted; its history stays.'}{' '}
        {name?.isDeleted === false && href !== undefined && <a href={href}>Open the purchase</a>}
      </p>
      <ErrorPanel error={error} retry={reload} />
      {data === undefined && error === undefined && <Skeleton />}
      {data !== undefined && <Timeline entries={data} revision={undefined} />}
    </main>
  );
}
