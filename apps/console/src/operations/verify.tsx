import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { call } from '../api/http';
import { ErrorPanel } from '../ui/parts';

interface Verification {
  checked?: number;
  differences?: unknown[];
}

/** Replays purchases and compares them with the live tables. */
export function Verify(): JSX.Element {
  const [sample, setSample] = useState('1000');
  const [result, setResult] = useState<Verification>();
  const [error, setError] = useState<unknown>();
  const [isBusy, setBusy] = useState(false);
  const run = (): void => {
    setBusy(true);
    setError(undefined);
    setResult(undefined);
    call<Verification>('/api/v1/projections/purchases/verifications', {
      method: 'POST',
      body: { sample: Number(sample) },
    })
      .then(({ body }) => setResult(body), setError)
      .finally(() => setBusy(false));
  };
  const differences = result?.differences?.length ?? 0;
  return (
    <section class="card" aria-label="Verify">
      <h2>Verify</h2>
      <p class="muted small">
        Replays the history of a sample of purchases and compares every row with the live tables.
      </p>
      <div class="row">
        <label class="inline">
          Purchases
          <input type="number" min={1} value={sample} onInput={(event) => setSample(event.currentTarget.value)} />
        </label>
        <button type="button" onClick={run} disabled={isBusy}>
          {isBusy ? 'Verifying …' : 'Verify'}
        </button>
        {result !== undefined && (
          <span role="status" class={differences === 0 ? 'badge badge-good' : 'badge badge-off'}>
            {result.checked ?? 0} checked, {differences} different
          </span>
        )}
      </div>
      <ErrorPanel error={error} />
      {differences > 0 && <pre>{JSON.stringify(result?.differences, null, 2)}</pre>}
    </section>
  );
}
