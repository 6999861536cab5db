import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { call } from '../api/http';
import type { DryRun as DryRunAnswer, IdentifierKind, PurchasePath } from '../api/types';
import { Overview } from '../purchase/overview';
import { Packages } from '../purchase/packages';
import { eventLabel } from '../ui/format';
import { Badge, Empty, ErrorPanel } from '../ui/parts';
import { useQuery } from '../ui/query';
import { useTitle } from '../ui/title';

const EXAMPLE = `{
  "type": "order",
  "currency_code": "GBP",
  "packages": [
    {
      "type": "processing",
      "line_items": [
        {
          "name_parent": "WHITE METAL LANTERN",
          "identifiers": { "sku": "71053" },
          "quantity": 6,
          "line_total": { "total_net": { "number": "20.34", "currency": "GBP" } }
        }
      ]
    }
  ]
}`;

const KINDS: readonly IdentifierKind[] = ['internal', 'visible', 'platform', 'sparklayer'];

function Result({ answer }: { answer: DryRunAnswer }): JSX.Element {
  const { events, purchase } = answer;
  return (
    <>
      <h2>
        {events.length === 0 ? 'No change' : `${events.length} ${events.length === 1 ? 'event' : 'events'}`}{' '}
        <Badge value={purchase.calculated_fulfilment_status} />
      </h2>
      <ol class="plain events">
        {events.map((event, index) => (
          <li key={index}>
            <span class="badge">{eventLabel(event.type)}</span> {event.words}
          </li>
        ))}
      </ol>
      <Overview purchase={purchase} />
      <Packages packages={purchase.packages} />
    </>
  );
}

/** The text of a body and the response of the API, shown until the text or the identifier changes. */
function useBody(path: PurchasePath): {
  body: string;
  edit: (body: string) => void;
  answer: DryRunAnswer | undefined;
  sent: string | undefined;
  error: unknown;
  isBusy: boolean;
  dryRun: () => void;
  send: () => void;
  loadStored: () => void;
} {
  const [body, setBody] = useState(EXAMPLE);
  const [answer, setAnswer] = useState<DryRunAnswer>();
  const [sent, setSent] = useState<string>();
  const [error, setError] = useState<unknown>();
  const [isBusy, setBusy] = useState(false);
  const run = (work: () => Promise<void>): void => {
    setBusy(true);
    setError(undefined);
    setSent(undefined);
    work()
      .catch(setError)
      .finally(() => setBusy(false));
  };
  useEffect(() => setAnswer(undefined), [body, path.lookupBy, path.identifier]);
  return {
    body,
    edit: setBody,
    answer,
    sent,
    error,
    isBusy,
    dryRun: () =>
      run(async () => {
        setAnswer(undefined);
        setAnswer((await call('putPurchase', { path, query: { dry_run: 'true' }, body })).body as DryRunAnswer);
      }),
    send: () =>
      run(async () => {
        const { headers } = await call('putPurchase', { path, body });
        setSent(headers.get('purchase-changed') === 'false' ? 'The same body was stored before.' : 'Stored.');
        setAnswer(undefined);
      }),
    loadStored: () => run(async () => setBody(JSON.stringify((await call('getPurchase', { path })).body, null, 2))),
  };
}

/** Shows the changes of a body before it is sent. */
export function DryRun(): JSX.Element {
  useTitle('Dry run');
  const query = useQuery();
  const path: PurchasePath = {
    lookupBy: (query.get('by') || 'internal') as IdentifierKind,
    identifier: query.get('identifier') || 'ERP-1',
  };
  const { body, edit, answer, sent, error, isBusy, dryRun, send, loadStored } = useBody(path);
  useEffect(() => {
    if (query.get('load') === 'stored') loadStored();
  }, []);
  return (
    <main>
      <h1>Dry run</h1>
      <p class="muted">Shows the events and the result of a body. Nothing is stored until you send it.</p>
      <div class="row">
        <select
          aria-label="Kind of identifier"
          value={path.lookupBy}
          onChange={(event) => query.set({ by: event.currentTarget.value, load: '' }, true)}
        >
          {KINDS.map((each) => (
            <option key={each}>{each}</option>
          ))}
        </select>
        <input
          aria-label="Identifier"
          value={path.identifier}
          onChange={(event) => query.set({ identifier: event.currentTarget.value.trim(), load: '' }, true)}
        />
        <button type="button" onClick={loadStored} disabled={isBusy}>
          Load the stored purchase
        </button>
      </div>
      <div class="columns even">
        <div>
          <textarea
            class="code"
            aria-label="Body"
            spellcheck={false}
            rows={26}
            value={body}
            onInput={(event) => edit(event.currentTarget.value)}
          />
          <div class="row">
            <button type="button" class="button-main" onClick={dryRun} disabled={isBusy}>
              Dry run
            </button>
            <button type="button" onClick={send} disabled={isBusy || answer === undefined}>
              Send it
            </button>
            {sent !== undefined && (
              <span role="status">
                {sent}{' '}
                <a href={`/purchases/${path.lookupBy}/${encodeURIComponent(path.identifier)}`}>Open the purchase</a>
              </span>
            )}
          </div>
        </div>
        <div aria-live="polite">
          <ErrorPanel error={error} />
          {answer === undefined && error === undefined && <Empty title="No dry run yet" />}
          {answer !== undefined && <Result answer={answer} />}
        </div>
      </div>
    </main>
  );
}
