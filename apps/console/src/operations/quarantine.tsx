import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { call } from '../api/http';
import { eventLabel } from '../ui/format';
import { Empty, ErrorPanel, Time } from '../ui/parts';
import { useLoad } from '../ui/use-load';
import type { Quarantined } from './types';

/** The purchases that a projection holds back, with the event and the error. */
export function Quarantine({ name }: { name: string }): JSX.Element {
  const path = `/api/v1/projections/${name}/quarantine`;
  const { data, error, reload } = useLoad(path, (signal) => call<{ purchases: Quarantined[] }>(path, { signal }));
  const [failure, setFailure] = useState<unknown>();
  const retry = (purchaseId: string): void => {
    setFailure(undefined);
    call(`${path}/${purchaseId}/retry`, { method: 'POST' }).then(reload, setFailure);
  };
  return (
    <section class="card" aria-label={`Quarantine of ${name}`}>
      <div class="title-row">
        <h2>Quarantine · {name}</h2>
        <button type="button" class="button-quiet" onClick={reload}>
          Reload
        </button>
      </div>
      <ErrorPanel error={failure ?? error} />
      {data?.body.purchases.length === 0 && <Empty title="No purchase is held back" />}
      <ul class="plain">
        {data?.body.purchases.map((each) => (
          <li key={each.purchase_id} class="row">
            <div>
              <code>{each.purchase_id}</code> revision {each.revision}, {eventLabel(each.type)}
              <div class="bad small">{each.error}</div>
              <div class="small muted">
                {each.attempts ?? 1} attempts, first <Time at={each.first_at} />, last <Time at={each.last_at} />
              </div>
            </div>
            <button type="button" onClick={() => retry(each.purchase_id)}>
              Retry
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
