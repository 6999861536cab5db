import { useEffect, useState } from 'preact/hooks';
import { ApiProblem, ConnectionLost } from '../api/http';

const POLL_MS = 500;
const RETRY_MS = 2_000;

/** A long operation as the API reports it. */
export interface Run {
  state: string;
}

export const isRunning = ({ state }: Run): boolean => state === 'running';

/** Whether the next poll may succeed: the run continues while the service restarts. */
const mayPass = (failure: unknown): boolean =>
  failure instanceof ConnectionLost || (failure instanceof ApiProblem && failure.status >= 500);

export interface PolledRun<R extends Run> {
  progress: R | undefined;
  error: unknown;
  setProgress: (progress: R) => void;
  setError: (error: unknown) => void;
}

/** Reads the run with this id twice a second until it ends, also after the service did not answer, then calls `ended`. An empty id names none. */
export function useRun<R extends Run>(
  name: string,
  id: string,
  read: (signal: AbortSignal) => Promise<R>,
  ended: () => void = () => {},
): PolledRun<R> {
  const [progress, setProgress] = useState<R>();
  const [error, setError] = useState<unknown>();
  useEffect(() => {
    if (id === '') return;
    const abort = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const poll = (): void => {
      read(abort.signal).then(
        (run) => {
          setProgress(run);
          setError(undefined);
          if (isRunning(run)) timer = setTimeout(poll, POLL_MS);
          else ended();
        },
        (failure: unknown) => {
          if (abort.signal.aborted) return;
          setError(failure);
          if (mayPass(failure)) timer = setTimeout(poll, RETRY_MS);
          else setProgress(undefined);
        },
      );
    };
    poll();
    return () => {
      abort.abort();
      clearTimeout(timer);
    };
  }, [name, id]);
  return { progress, error, setProgress, setError };
}
