import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { useLocation } from 'preact-iso';
import { call } from '../api/http';
import type { Purchase } from '../api/types';
import { Overview } from '../purchase/overview';
import { Packages } from '../purchase/packages';
import { Badge, Empty, ErrorPanel } from '../ui/parts';

interface DryRunAnswer {
  events: { type: string; words?: string }[];
  purchase: Purchase;
}

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

const KINDS = ['internal', 'visible', 'platform', 'sparklayer'];

export function DryRun(): JSX.Element {
  const { query } = useLocation();
  const [body, setBody] = useState(EXAMPLE);
  const [kind, setKind] = useState(query.by ?? 'internal');
  const [identifier, setIdentifier] = useState(query.identifier ?? 'ERP-1');
  const [answer, setAnswer] = useState<DryRunAnswer>();
  const [sent, setSent] = useState<string>();
  const [error, setError] = useState<unknown>();
  const [isBusy, setBusy] = useState(false);
  const path = `/api/v1/purchases/${kind}/${encodeURIComponent(identifier)}`;
  const run = async (work: () => Promise<void>): Promise<void> => {
    setBusy(true);
    setError(undefined);
    setSent(undefined);
    await work().catch(setError);
    setBusy(false);
  };
  const dryRun = (): Promise<void> =>
    run(async () => {
      setAnswer(undefined);
      setAnswer((await call<DryRunAnswer>(`${path}?dry_run=true`, { method: 'PUT', body })).body);
    });
  const put = (): Promise<void> =>
    run(async () => {
      const { headers } = await call<Purchase>(path, { method: 'PUT', body });
      setSent(headers.get('purchase-changed') === 'false' ? 'Nothing was new: nothing changed.' : 'Stored.');
    });
  const loadStored = (): Promise<void> =>
    run(async () => setBody(JSON.stringify((await call<Purchase>(path)).body, null, 2)));
  return (
    <main>
      <h1>Dry run</h1>
      <p class="muted">Shows the events and the result that a body would give. Nothing is stored until you send it.</p>
      <div class="row">
        <select aria-label="Kind of identifier" value={kind} onChange={(event) => setKind(event.currentTarget.value)}>
          {KINDS.map((each) => (
            <option key={each}>{each}</option>
          ))}
        </select>
        <input
          aria-label="Identifier"
          value={identifier}
          onInput={(event) => setIdentifier(event.currentTarget.value)}
        />
        <button type="button" onClick={() => void loadStored()} disabled={isBusy}>
          Load the stored purchase
        </button>
      </div>
      <div class="columns even">
        <div>
          <textarea
            class="code"
            aria-label="Body"
            spellcheck={false}
            rows={28}
            value={body}
            onInput={(event) => setBody(event.currentTarget.value)}
          />
          <div class="row">
            <button type="button" class="button-main" onClick={() => void dryRun()} disabled={isBusy}>
              Dry run
            </button>
            <button type="button" onClick={() => void put()} disabled={isBusy || answer === undefined}>
              Send it
            </button>
            {sent !== undefined && (
              <span role="status">
                {sent} <a href={`/purchases/${kind}/${encodeURIComponent(identifier)}`}>Open the purchase</a>
              </span>
            )}
          </div>
        </div>
        <div aria-live="polite">
          <ErrorPanel error={error} />
          {answer === undefined && error === undefined && <Empty title="No dry run yet" />}
          {answer !== undefined && (
            <>
              <h2>
                {answer.events.length === 0 ? 'It would change nothing' : `${answer.events.length} events`}{' '}
                <Badge value={answer.purchase.calculated_fulfilment_status} />
              </h2>
              <ol class="plain events">
                {answer.events.map((event, index) => (
                  <li key={index}>
                    <span class="badge badge-plain">{event.type}</span> {event.words}
                  </li>
                ))}
              </ol>
              <Overview purchase={answer.purchase} />
              <Packages packages={answer.purchase.packages} />
            </>
          )}
        </div>
      </div>
    </main>
  );
}
