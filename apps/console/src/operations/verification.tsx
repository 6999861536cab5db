import type { JSX } from 'preact';
import { call } from '../api/http';
import type { Verification as VerificationProgress } from '../api/types';
import { historyHref, label } from '../ui/format';
import { ErrorPanel, Progress } from '../ui/parts';
import { useQuery } from '../ui/query';
import { isRunning, useRun } from './use-run';

const DEFAULT_SAMPLE = '100';

function resultText({ state, verified, differences, quarantined }: VerificationProgress): string {
  const compared = `${verified.toLocaleString('en')} ${verified === 1 ? 'purchase' : 'purchases'} compared`;
  if (state !== 'succeeded') return `Verification ${state} · ${compared}`;
  const held = quarantined === 0 ? '' : ` · ${quarantined} of them in quarantine`;
  const found = differences === 0 ? 'every row equals the history' : `${differences} rows differ`;
  return `${compared}${held} · ${found}`;
}

function Differences({ found }: { found: VerificationProgress['found'] }): JSX.Element | null {
  if (found.length === 0) return null;
  return (
    <ul class="plain">
      {found.map((each) => (
        <li key={`${each.table} ${each.purchase_id} ${each.revision}`} class="small">
          <a href={historyHref(each.purchase_id)}>
            <code>{each.purchase_id}</code>
          </a>{' '}
          {each.table} row {each.kind}: {Object.keys(each.columns).map(label).join(', ')}
        </li>
      ))}
    </ul>
  );
}

/** Compares rows of a projection with the history: one purchase, or a sample. The address names the run, so that a reload finds it again. */
export function Verification({ name }: { name: string }): JSX.Element {
  const query = useQuery();
  const id = query.get('verification');
  const { progress, error, setProgress, setError } = useRun(
    name,
    id,
    async (signal) => (await call('getVerification', { path: { name, id }, signal })).body,
  );
  const start = (event: JSX.TargetedSubmitEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const fields = new FormData(event.currentTarget);
    const purchase = (fields.get('purchase') as string).trim();
    setError(undefined);
    call('startVerification', {
      path: { name },
      query: purchase === '' ? { sample: Number(fields.get('sample')) } : { purchase },
    }).then(({ body }) => query.set({ verification: body.id }, true), setError);
  };
  const cancel = (): void => {
    call('cancelVerification', { path: { name, id } }).then(({ body }) => setProgress(body), setError);
  };
  const running = progress !== undefined && isRunning(progress);
  return (
    <form class="verification" onSubmit={start}>
      <div class="row">
        <label class="inline small">
          Sample
          <input
            name="sample"
            type="number"
            class="revision-field"
            min={1}
            max={1_000_000}
            defaultValue={DEFAULT_SAMPLE}
          />
        </label>
        <label class="inline small">
          or purchase id
          <input name="purchase" spellcheck={false} />
        </label>
        <button type="submit" disabled={running}>
          Verify
        </button>
        {running && (
          <button type="button" onClick={cancel}>
            Cancel the verification
          </button>
        )}
      </div>
      {progress !== undefined && <Progress share={progress.share} text={resultText(progress)} />}
      {progress !== undefined && <Differences found={progress.found} />}
      {progress?.error !== undefined && <p class="bad">{progress.error}</p>}
      <ErrorPanel error={error} />
    </form>
  );
}
