import { useEffect, useState } from 'preact/hooks';

const POLL_MS = 500;

/** A long operation as the API reports it. */
export interface Run {
  state: string;
}

export const isRunning = ({ state }: Run): boolean => state === 'running';

export interface PolledRun<R extends Run> {
  progress: R | undefined;
  error: unknown;
  setProgress: (progress: R) => void;
  setError: (error: unknown) => void;
}

/** Reads the run with this id twice a second until it ends, then calls `ended`. An empty id names none. */
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
          if (!abort.signal.aborted) setError(failure);
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
