import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { followFeed } from '../api/events';
import { call, ConnectionLost, isOnline } from '../api/http';
import { keepLabels, labels, lookUpLabel } from '../api/labels';
import { lookUpNames, names } from '../api/names';
import type { FeedEntry } from '../api/types';
import { eventLabel, historyHref, mainIdentifier, purchaseHref } from '../ui/format';
import { Actor, Empty, ErrorPanel, Time } from '../ui/parts';
import { useQuery } from '../ui/query';
import { useTitle } from '../ui/title';

const SHOWN = 200;
const FIRST_PAGE = 50;

interface Filter {
  type: string;
  actor: string;
}

const matches = (entry: FeedEntry, { type, actor }: Filter): boolean =>
  (type === '' || entry.type === type) && (actor === '' || entry.actor === actor || entry.impersonator === actor);

/** Entries of the site, the newest first: the last ones that match the filter, then those that happen. Pausing keeps the place in the feed. */
function useFeed(filter: Filter, isPaused: boolean): { entries: FeedEntry[]; error: unknown; isLive: boolean } {
  const [entries, setEntries] = useState<FeedEntry[]>([]);
  const [error, setError] = useState<unknown>();
  const [isLive, setLive] = useState(false);
  const last = useRef<number>();
  const key = JSON.stringify(filter);
  const [attempt, setAttempt] = useState(0);
  const online = isOnline.value;
  useEffect(() => {
    if (online && error instanceof ConnectionLost && last.current === undefined) setAttempt(attempt + 1);
  }, [online]);
  useEffect(() => {
    last.current = undefined;
    setEntries([]);
    setLive(false);
  }, [key]);
  useEffect(() => {
    if (isPaused) return;
    const abort = new AbortController();
    const take = (entry: FeedEntry): void => {
      last.current = entry.sequence;
      if (!matches(entry, filter)) return;
      lookUpLabel(entry);
      setEntries((before) => [entry, ...before].slice(0, SHOWN));
    };
    const readLast = async (): Promise<number> => {
      const query = {
        limit: FIRST_PAGE,
        ...(filter.type && { type: filter.type }),
        ...(filter.actor && { actor: filter.actor }),
      };
      const newest = await call('getSiteTimeline', { query: { limit: 1, include: 'clocks' }, signal: abort.signal });
      const recent = await call('getSiteTimeline', { query, signal: abort.signal });
      keepLabels(recent.body);
      setEntries(recent.body);
      return Math.max(newest.body[0]?.sequence ?? 0, recent.body[0]?.sequence ?? 0);
    };
    const start = async (): Promise<void> => {
      last.current ??= await readLast();
      const setOpen = (isOpen: boolean, failure?: unknown): void => {
        setLive(isOpen);
        setError(failure);
      };
      const [opened, closed] = [() => setOpen(true), (failure?: unknown) => setOpen(false, failure)];
      await followFeed(last.current, abort.signal, { take, opened, closed });
    };
    start().catch((failure: unknown) => {
      if (!abort.signal.aborted) setError(failure);
    });
    return () => abort.abort();
  }, [key, isPaused, attempt]);
  useEffect(() => lookUpNames(entries), [entries]);
  return { entries, error, isLive };
}

function Purchase({ id }: { id: string }): JSX.Element {
  const name = names.value.get(id);
  const main = name && mainIdentifier(name.identifiers);
  const href = name === undefined || name.isDeleted ? undefined : purchaseHref(name.identifiers);
  return (
    <a href={href ?? historyHref(id)} title={id}>
      {main?.[1] ?? (name === undefined ? '…' : 'without identifier')}
    </a>
  );
}

function Row({ entry }: { entry: FeedEntry }): JSX.Element {
  return (
    <li>
      <span class="small muted">
        <Time at={entry.recorded_at} />
      </span>
      <span class="feed-purchase">
        <Purchase id={entry.purchase_id} />
      </span>
      <span>{entry.words ?? 'An event that the read model refused'}</span>
      <span class="small muted feed-actor">
        {entry.actor !== undefined && <Actor id={entry.actor} label={labels.value.get(entry.actor)} />}
        {entry.impersonator !== undefined && ` · impersonator ${entry.impersonator}`}
      </span>
    </li>
  );
}

/** The feed of the site, live. The filters are in the address. */
export function Activity(): JSX.Element {
  useTitle('Activity');
  const query = useQuery();
  const [isPaused, setPaused] = useState(false);
  const filter = { type: query.get('type'), actor: query.get('actor') };
  const { entries, error, isLive } = useFeed(filter, isPaused);
  const known = useRef(new Set<string>());
  for (const { type } of entries) if (type !== undefined) known.current.add(type);
  if (filter.type !== '') known.current.add(filter.type);
  return (
    <main>
      <div class="title-row">
        <h1>Activity</h1>
        <span class={isPaused || !isLive ? 'live' : 'live on'} role="status">
          {isPaused ? 'Paused' : isLive ? 'Live' : 'Connecting'}
        </span>
        <button type="button" onClick={() => setPaused(!isPaused)}>
          {isPaused ? 'Resume' : 'Pause'}
        </button>
        <select
          aria-label="Kind of event"
          value={filter.type}
          onChange={(event) => query.set({ type: event.currentTarget.value })}
        >
          <option value="">All events</option>
          {[...known.current].sort().map((each) => (
            <option key={each} value={each}>
              {eventLabel(each)}
            </option>
          ))}
        </select>
        <input
          aria-label="Actor"
          class="actor-field"
          placeholder="Client id or impersonator"
          value={filter.actor}
          onChange={(event) => query.set({ actor: event.currentTarget.value.trim() })}
        />
      </div>
      <ErrorPanel error={error} />
      {entries.length === 0 && isLive && error === undefined && (
        <Empty title={filter.type === '' && filter.actor === '' ? 'No events yet' : 'No event matches'}>
          New events appear here when they happen.
        </Empty>
      )}
      <ul class="plain feed">
        {entries.map((entry) => (
          <Row key={entry.sequence} entry={entry} />
        ))}
      </ul>
    </main>
  );
}
