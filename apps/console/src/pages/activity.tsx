import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { follow } from '../api/events';
import { call } from '../api/http';
import type { TimelineEntry } from '../api/types';
import { eventLabel, mainIdentifier, purchaseHref } from '../ui/format';
import { Empty, ErrorPanel, Time } from '../ui/parts';

const KEPT = 200;

/** The feed of the site, live: the newest first, bounded. */
function useFeed(isPaused: boolean): { entries: TimelineEntry[]; error: unknown } {
  const [entries, setEntries] = useState<TimelineEntry[]>([]);
  const [error, setError] = useState<unknown>();
  useEffect(() => {
    if (isPaused) return;
    const abort = new AbortController();
    const take = (more: readonly TimelineEntry[]): void =>
      setEntries((before) => {
        const known = new Set(before.map((each) => each.event_id));
        const fresh = more.filter((each) => !known.has(each.event_id));
        return [...fresh.reverse(), ...before].slice(0, KEPT);
      });
    const start = async (): Promise<void> => {
      const recent = await call<TimelineEntry[]>('/api/v1/timeline?limit=50', { signal: abort.signal });
      take([...recent.body].reverse());
      const after = recent.body[0]?.sequence ?? 0;
      await follow(
        `/api/v1/feed?after=${after}`,
        abort.signal,
        ({ data }) => {
          setError(undefined);
          take([JSON.parse(data) as TimelineEntry]);
        },
        setError,
      );
    };
    start().catch((failure: unknown) => {
      if (!abort.signal.aborted) setError(failure);
    });
    return () => abort.abort();
  }, [isPaused]);
  return { entries, error };
}

export function Activity(): JSX.Element {
  const [isPaused, setPaused] = useState(false);
  const [type, setType] = useState('');
  const [actor, setActor] = useState('');
  const { entries, error } = useFeed(isPaused);
  const types = [...new Set(entries.map((each) => each.type))].sort();
  const shown = entries.filter(
    (each) =>
      (type === '' || each.type === type) &&
      (actor === '' || `${each.actor ?? ''} ${each.impersonator ?? ''}`.includes(actor)),
  );
  return (
    <main>
      <div class="title-row">
        <h1>Activity</h1>
        <span class={`live ${isPaused ? '' : 'on'}`} role="status">
          {isPaused ? 'Paused' : 'Live'}
        </span>
        <button type="button" onClick={() => setPaused(!isPaused)}>
          {isPaused ? 'Resume' : 'Pause'}
        </button>
        <select aria-label="Kind of event" value={type} onChange={(event) => setType(event.currentTarget.value)}>
          <option value="">All events</option>
          {types.map((each) => (
            <option key={each} value={each}>
              {eventLabel(each)}
            </option>
          ))}
        </select>
        <input
          aria-label="Actor"
          placeholder="Actor"
          value={actor}
          onInput={(event) => setActor(event.currentTarget.value)}
        />
      </div>
      <ErrorPanel error={error} />
      {shown.length === 0 && error === undefined && (
        <Empty title="Nothing yet">New events appear here by themselves.</Empty>
      )}
      <ul class="plain feed">
        {shown.map((entry) => {
          const identifiers = entry.purchase_identifiers ?? {};
          const href = purchaseHref(identifiers);
          return (
            <li key={entry.event_id}>
              <span class="small muted">
                <Time at={entry.recorded_at} />
              </span>
              <span class="feed-purchase">
                {href === undefined ? entry.purchase_id : <a href={href}>{mainIdentifier(identifiers)?.[1]}</a>}
              </span>
              <span class="feed-words">{entry.words}</span>
              <span class="small muted">{entry.impersonator ?? entry.actor}</span>
            </li>
          );
        })}
      </ul>
    </main>
  );
}
