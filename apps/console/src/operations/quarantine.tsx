import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { call } from '../api/http';
import type { QuarantinedPurchase } from '../api/types';
import { eventLabel, historyHref } from '../ui/format';
import { Empty, ErrorPanel, Time } from '../ui/parts';
import { useLoad } from '../ui/use-load';

function Quarantined({ each, retry }: { each: QuarantinedPurchase; retry: () => void }): JSX.Element {
  return (
    <li class="quarantined">
      <div>
        <a href={historyHref(each.purchase_id)}>
          <code>{each.purchase_id}</code>
        </a>{' '}
        stopped at revision {each.revision}, {eventLabel(each.type)}
        <div class="bad small">{each.error}</div>
        <div class="small muted">
          {each.attempts} {each.attempts === 1 ? 'attempt' : 'attempts'}, first <Time at={each.first_at} />, last{' '}
          <Time at={each.last_at} /> · event <code>{each.event_id}</code>
        </div>
      </div>
      <button type="button" onClick={retry} aria-label={`Retry ${each.purchase_id}`}>
        Retry
      </button>
    </li>
  );
}

/** The purchases of the site that a projection stopped at, with the event and the error. They are read again when `count` changes. */
export function Quarantine({ name, count }: { name: string; count: number }): JSX.Element {
  const { data, error, reload } = useLoad(`${name} ${count}`, (signal) =>
    call('listQuarantine', { path: { name }, signal }),
  );
  const [failure, setFailure] = useState<unknown>();
  const [result, setResult] = useState('');
  const retry = (purchase: string): void => {
    setFailure(undefined);
    call('retryQuarantinedPurchase', { path: { name, purchase } }).then(({ body }) => {
      setResult(body.released.includes(purchase) ? `${purchase} is released` : `${purchase} was refused again`);
      reload();
    }, setFailure);
  };
  const purchases = data?.body.purchases ?? [];
  return (
    <section class="card" aria-label={`Quarantine of ${name}`}>
      <div class="title-row">
        <h2>Quarantine of {name}</h2>
        <button type="button" class="button-quiet" onClick={reload}>
          Reload
        </button>
        <span role="status" class="small">
          {result}
        </span>
      </div>
      <ErrorPanel error={failure ?? error} />
      {data !== undefined && purchases.length === 0 && <Empty title="No purchase is in quarantine" />}
      <ul class="plain">
        {purchases.map((each) => (
          <Quarantined key={each.purchase_id} each={each} retry={() => retry(each.purchase_id)} />
        ))}
      </ul>
      {data?.body.next !== undefined && <p class="muted small">More purchases follow when these are released.</p>}
    </section>
  );
}
