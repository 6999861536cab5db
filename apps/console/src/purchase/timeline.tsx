import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { TimelineEntry } from '../api/types';
import { eventLabel } from '../ui/format';
import { Time } from '../ui/parts';

/** The entries that one call made. */
interface Group {
  key: string;
  entries: TimelineEntry[];
}

/** Groups entries that follow one another and belong to one call. */
export function groupByCall(entries: readonly TimelineEntry[]): Group[] {
  const groups: Group[] = [];
  for (const entry of entries) {
    const key = entry.request_id ?? entry.event_id;
    const last = groups.at(-1);
    if (last?.key === key) last.entries.push(entry);
    else groups.push({ key, entries: [entry] });
  }
  return groups;
}

const text = (value: unknown): string =>
  value === undefined ? 'nothing' : typeof value === 'string' ? value : JSON.stringify(value, null, 2);

function Change({ entry }: { entry: TimelineEntry }): JSX.Element | null {
  const [isOpen, setOpen] = useState(false);
  if (entry.before === undefined && entry.after === undefined) return null;
  return (
    <>
      <button type="button" class="button-quiet small" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
        {isOpen ? 'Hide values' : 'Before → after'}
      </button>
      {isOpen && (
        <div class="before-after">
          <pre aria-label="Before">{text(entry.before)}</pre>
          <pre aria-label="After">{text(entry.after)}</pre>
        </div>
      )}
    </>
  );
}

export function Entry({
  entry,
  chosen,
  show,
}: {
  entry: TimelineEntry;
  chosen: boolean;
  show?: () => void;
}): JSX.Element {
  return (
    <li class={chosen ? 'entry chosen' : 'entry'}>
      <div class="entry-words">{entry.words}</div>
      <div class="small muted">
        {eventLabel(entry.type)} · happened <Time at={entry.occurred_at} />
        {show !== undefined && (
          <>
            {' · '}
            <button type="button" class="button-quiet small" onClick={show}>
              revision {entry.revision}
            </button>
          </>
        )}{' '}
        <Change entry={entry} />
      </div>
    </li>
  );
}

/** What happened to a purchase, grouped by the call that made it. */
export function Timeline({
  entries,
  revision,
  goTo,
}: {
  entries: readonly TimelineEntry[];
  revision: number | undefined;
  goTo: (revision: number) => void;
}): JSX.Element {
  const [isNewestFirst, setNewestFirst] = useState(true);
  const [type, setType] = useState('');
  const types = [...new Set(entries.map((each) => each.type))].sort();
  const shown = entries.filter((each) => type === '' || each.type === type);
  const groups = groupByCall(shown);
  if (isNewestFirst) groups.reverse();
  return (
    <section class="timeline" aria-label="Timeline">
      <div class="title-row">
        <h2>Timeline</h2>
        <select aria-label="Kind of event" value={type} onChange={(event) => setType(event.currentTarget.value)}>
          <option value="">All events</option>
          {types.map((each) => (
            <option key={each} value={each}>
              {eventLabel(each)}
            </option>
          ))}
        </select>
        <button type="button" class="button-quiet small" onClick={() => setNewestFirst(!isNewestFirst)}>
          {isNewestFirst ? 'Newest first' : 'Oldest first'}
        </button>
      </div>
      <ol class="groups">
        {groups.map(({ key, entries: made }) => (
          <li key={`${key} ${made[0]?.revision}`} class="group">
            <div class="group-head small">
              <strong>{made[0]?.actor ?? 'unknown'}</strong>
              {made[0]?.impersonator !== undefined && <> for {made[0].impersonator}</>} · recorded{' '}
              <Time at={made[0]?.recorded_at} />
              <span class="muted request" title="Request id">
                {made[0]?.request_id}
              </span>
            </div>
            <ul>
              {made.map((entry) => (
                <Entry
                  key={entry.event_id}
                  entry={entry}
                  chosen={entry.revision === revision}
                  show={() => goTo(entry.revision)}
                />
              ))}
            </ul>
          </li>
        ))}
      </ol>
    </section>
  );
}
