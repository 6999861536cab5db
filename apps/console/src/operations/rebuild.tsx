import type { JSX } from 'preact';
import { call } from '../api/http';
import type { Rebuild as RebuildProgress } from '../api/types';
import { ErrorPanel, Progress } from '../ui/parts';
import { useQuery } from '../ui/query';
import { isRunning, useRun } from './use-run';

const duration = (seconds: number): string =>
  seconds < 90 ? `${Math.ceil(seconds)} s` : `${Math.ceil(seconds / 60)} min`;

const progressText = (progress: RebuildProgress): string => {
  const { state, events, share, events_per_second: rate, eta_seconds: eta } = progress;
  return [
    `Rebuild ${state}`,
    isRunning(progress) ? `${Math.floor(share * 100)} %` : '',
    `${events.toLocaleString('en')} events`,
    rate === undefined ? '' : `${Math.round(rate).toLocaleString('en')} a second`,
    eta === undefined || !isRunning(progress) ? '' : `about ${duration(eta)} left`,
  ]
    .filter(Boolean)
    .join(' · ');
};

/** Starts a rebuild of one projection, shows its progress, and cancels it. The address names the rebuild, so that a reload finds it again. */
export function Rebuild({ name, ended }: { name: string; ended: () => void }): JSX.Element {
  const query = useQuery();
  const id = query.get('rebuild');
  const { progress, error, setProgress, setError } = useRun(
    name,
    id,
    async (signal) => (await call('getRebuild', { path: { name, id }, signal })).body,
    ended,
  );
  const start = (): void => {
    setError(undefined);
    call('startRebuild', { path: { name } }).then(({ body }) => query.set({ rebuild: body.id }, true), setError);
  };
  const cancel = (): void => {
    call('cancelRebuild', { path: { name, id } }).then(({ body }) => setProgress(body), setError);
  };
  const running = progress !== undefined && isRunning(progress);
  return (
    <div>
      <div class="row">
        <button type="button" onClick={start} disabled={running}>
          Rebuild
        </button>
        {running && (
          <button type="button" onClick={cancel}>
            Cancel the rebuild
          </button>
        )}
      </div>
      {progress !== undefined && <Progress share={progress.share} text={progressText(progress)} />}
      {progress?.error !== undefined && <p class="bad">{progress.error}</p>}
      <ErrorPanel error={error} />
    </div>
  );
}
