import { useCallback, useEffect, useRef, useState } from 'preact/hooks';

export interface Loaded<T> {
  data: T | undefined;
  error: unknown;
  isLoading: boolean;
  /** When the data was read, in milliseconds since the epoch. */
  at: number;
  reload: () => void;
}

/**
 * Loads when `key` changes and on `reload`. The data of the last load stays until the next one has ended, so that the page does not jump.
 */
export function useLoad<T>(key: string, load: (signal: AbortSignal) => Promise<T>): Loaded<T> {
  const [state, setState] = useState<{ data?: T; error?: unknown; isLoading: boolean; at: number }>({
    isLoading: true,
    at: 0,
  });
  const [version, setVersion] = useState(0);
  const latest = useRef(load);
  latest.current = load;
  useEffect(() => {
    const abort = new AbortController();
    setState((before) => ({ ...before, isLoading: true }));
    latest.current(abort.signal).then(
      (data) => {
        if (!abort.signal.aborted) setState({ data, isLoading: false, at: Date.now() });
      },
      (error: unknown) => {
        if (!abort.signal.aborted) setState((before) => ({ ...before, error, isLoading: false, at: Date.now() }));
      },
    );
    return () => abort.abort();
  }, [key, version]);
  const reload = useCallback(() => setVersion((before) => before + 1), []);
  return { data: state.data, error: state.error, isLoading: state.isLoading, at: state.at, reload };
}

/** The current time, renewed every `everyMs` milliseconds. */
export function useNow(everyMs = 1_000): number {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return now;
}
