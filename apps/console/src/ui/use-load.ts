import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { ConnectionLost, isOnline } from '../api/http';

export interface Loaded<T> {
  data: T | undefined;
  error: unknown;
  isLoading: boolean;
  /** When the data was read, in milliseconds since the epoch. */
  at: number;
  reload: () => void;
}

/**
 * Loads when `key` changes, on `reload`, and when a lost connection is back. The data of the last load stays until the next one has ended,
 * so that the page does not jump.
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
        if (!abort.signal.aborted) setState((before) => ({ ...before, error, isLoading: false }));
      },
    );
    return () => abort.abort();
  }, [key, version]);
  const reload = useCallback(() => setVersion((before) => before + 1), []);
  const online = isOnline.value;
  useEffect(() => {
    if (online && state.error instanceof ConnectionLost) reload();
  }, [online]);
  return { data: state.data, error: state.error, isLoading: state.isLoading, at: state.at, reload };
}

/** Loads, and loads again `everyMs` milliseconds after each load has ended, so that a slow answer is not aborted by the next request. */
export function usePoll<T>(everyMs: number, load: (signal: AbortSignal) => Promise<T>): Loaded<T> {
  const loaded = useLoad('', load);
  const { isLoading, reload } = loaded;
  useEffect(() => {
    if (isLoading) return;
    const timer = setTimeout(reload, everyMs);
    return () => clearTimeout(timer);
  }, [isLoading]);
  return loaded;
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

const PROBE_MS = 4_000;

/**
 * The time of a change that is newer than the data of the page; undefined if there is none. `probe` returns the time of
 * the newest change after the data was read, and runs while the page is visible.
 */
export function useChangedAt(
  readAt: number,
  probe: (signal: AbortSignal) => Promise<string | undefined>,
): string | undefined {
  const [changedAt, setChangedAt] = useState<string>();
  const latest = useRef(probe);
  latest.current = probe;
  useEffect(() => {
    setChangedAt(undefined);
    if (readAt === 0) return;
    const abort = new AbortController();
    const ask = (): void => {
      if (document.hidden || !isOnline.value) return;
      latest.current(abort.signal).then(
        (found) => {
          if (found !== undefined && !abort.signal.aborted) setChangedAt(found);
        },
        // The next load of the page shows the error.
        () => {},
      );
    };
    const timer = setInterval(ask, PROBE_MS);
    return () => {
      clearInterval(timer);
      abort.abort();
    };
  }, [readAt]);
  return changedAt;
}
