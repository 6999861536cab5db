import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { call } from '../api/http';
import { ErrorPanel, Progress } from '../ui/parts';
import type { RebuildProgress } from './types';

const POLL_MS = 500;
const isRunning = (state: string): boolean => state === 'running';

const progressText = ({ state, events, events_per_second: rate, eta_seconds: eta }: RebuildProgress): string =>
  [
    state,
    `${events.toLocaleString('en')} events`,
    rate === undefined ? '' : `${Math.round(rate).toLocaleString('en')} a second`,
    eta === undefined || !isRunning(state) ? '' : `about ${Math.ceil(eta)} s left`,
  ]
    .filter(Boolean)
    .join(' · ');

/** Starts a rebuild of one projection, shows its progress, and cancels it. */
export function Rebuild({ name, done }: { name: string; done: () => void }): JSX.Element {
  const path = `/api/v1/projections/${name}/rebuilds`;
  const [progress, setProgress] = useState<RebuildProgress>();
  const [error, setError] = useState<unknown>();
  const running = progress !== undefined && isRunning(progress.state);
  useEffect(() => {
    if (!running || progress === undefined) return;
    const timer = setTimeout(() => {
      call<RebuildProgress>(`${path}/${progress.id}`).then(({ body }) => {
        setProgress(body);
        if (!isRunning(body.state)) done();
      }, setError);
    }, POLL_MS);
    return () => clearTimeout(timer);
  }, [progress]);
  const start = (): void => {
    setError(undefined);
    call<RebuildProgress>(path, { method: 'POST' }).then(({ body }) => setProgress(body), setError);
  };
  const cancel = (): void => {
    call(`${path}/${progress?.id}`, { method: 'DELETE' }).then(() => {}, setError);
  };
  return (
    <div>
      <div class="row">
        <button type="button" onClick={start} disabled={running}>
          Rebuild
        </button>
        {running && (
          <button type="button" onClick={cancel}>
            Cancel
          </button>
        )}
      </div>
      {progress !== undefined && (
        <Progress share={isRunning(progress.state) ? (progress.share ?? 0) : 1} text={progressText(progress)} />
      )}
      {progress?.error !== undefined && <p class="bad">{progress.error}</p>}
      <ErrorPanel error={error} />
    </div>
  );
}
