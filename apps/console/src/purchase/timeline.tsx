import type { JSX } from 'preact';
import { useMemo, useState } from 'preact/hooks';
import { useRoute } from 'preact-iso';
import type { TimelineEntry } from '../api/types';
import { eventLabel, zone } from '../ui/format';
import { Actor, Time } from '../ui/parts';
import { useQuery } from '../ui/query';

/** The entries that one call made, oldest first. */
interface Group {
  key: string;
  entries: TimelineEntry[];
}

const GROUPS_SHOWN = 100;
/** Events that only move the clocks of the sender are shown when they are asked for. */
const CLOCK_EVENT = 'SenderClocksChanged';

/** Groups entries that follow one another and belong to one call. */
function groupByCall(entries: readonly TimelineEntry[]): Group[] {
  const groups: Group[] = [];
  for (const entry of entries) {
    const last = groups.at(-1);
    if (last?.key === entry.request_id) last.entries.push(entry);
    else groups.push({ key: entry.request_id, entries: [entry] });
  }
  return groups;
}

const text = (value: unknown): string => (value === undefined ? 'nothing' : JSON.stringify(value, null, 2));

function Change({ entry }: { entry: TimelineEntry }): JSX.Element | null {
  const [isOpen, setOpen] = useState(false);
  if (entry.before === undefined && entry.after === undefined) return null;
  return (
    <>
      <button type="button" class="button-quiet" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
        {isOpen ? 'Hide values' : 'Before → after'}
      </button>
      {isOpen && (
        <div class="before-after">
          <pre tabIndex={0} role="region" aria-label="Before">
            {text(entry.before)}
          </pre>
          <pre tabIndex={0} role="region" aria-label="After">
            {text(entry.after)}
          </pre>
        </div>
      )}
    </>
  );
}

function Entry({
  entry,
  href,
  isChosen,
}: {
  entry: TimelineEntry;
  href: string | undefined;
  isChosen: boolean;
}): JSX.Element {
  return (
    <li class={isChosen ? 'entry chosen' : 'entry'}>
      <div>{entry.words}</div>
      <div class="small muted">
        {eventLabel(entry.type)} · happened <Time at={entry.occurred_at} /> ·{' '}
        {href === undefined ? `revision ${entry.revision}` : <a href={href}>revision {entry.revision}</a>}{' '}
        <Change entry={entry} />
      </div>
    </li>
  );
}

/** One call: who made it and when, and its entries. It is built again only when the chosen revision enters or leaves it. */
function Call({
  group,
  revision,
  hasStates,
}: {
  group: Group;
  revision: number | undefined;
  hasStates: boolean;
}): JSX.Element | null {
  const { href } = useQuery();
  const [first] = group.entries;
  const last = group.entries.at(-1);
  const chosen = group.entries.some((each) => each.revision === revision) ? revision : undefined;
  return useMemo(() => {
    if (first === undefined || last === undefined) return null;
    const compare = { to: String(last.revision), from: first.revision === 0 ? '' : String(first.revision - 1) };
    return (
      <li class="group">
        <div class="group-head small">
          <span>
            <span class="muted">credential</span>{' '}
            <strong>
              <Actor id={first.actor} label={first.actor_label} />
            </strong>
          </span>
          {first.impersonator !== undefined && <span class="tag">impersonator {first.impersonator}</span>}
          <span>
            recorded <Time at={first.recorded_at} />
          </span>
          <span class="muted">
            request <span class="request">{first.request_id}</span>
          </span>
          {hasStates && <a href={href(compare)}>What changed</a>}
        </div>
        <ul>
          {group.entries.map((entry) => (
            <Entry
              key={entry.event_id}
              entry={entry}
              href={hasStates ? href({ revision: String(entry.revision) }) : undefined}
              isChosen={entry.revision === chosen}
            />
          ))}
        </ul>
      </li>
    );
  }, [group, chosen, zone.value, location.pathname]);
}

/** The events of a purchase, grouped by call. The filter and the order are in the address. */
export function Timeline({
  entries,
  revision,
}: {
  entries: readonly TimelineEntry[];
  revision: number | undefined;
}): JSX.Element {
  const query = useQuery();
  const hasStates = useRoute().params.lookupBy !== undefined;
  const [type, isOldestFirst] = [query.get('event'), query.get('order') === 'oldest'];
  const [shown, setShown] = useState(GROUPS_SHOWN);
  const types = useMemo(() => [...new Set(entries.map((each) => each.type))].sort(), [entries]);
  const groups = useMemo(() => {
    const found = groupByCall(entries.filter((each) => (type === '' ? each.type !== CLOCK_EVENT : each.type === type)));
    return isOldestFirst ? found : found.reverse();
  }, [entries, type, isOldestFirst]);
  // The chosen revision is at the top when its call is not among those shown.
  const hidden =
    revision === undefined
      ? undefined
      : groups.slice(shown).find(({ entries: each }) => each.some((entry) => entry.revision === revision));
  return (
    <section class="timeline" aria-label="Timeline">
      <div class="title-row">
        <h2>Timeline</h2>
        <select
          aria-label="Kind of event"
          value={type}
          onChange={(event) => query.set({ event: event.currentTarget.value })}
        >
          <option value="">All events</option>
          {types.map((each) => (
            <option key={each} value={each}>
              {eventLabel(each)}
            </option>
          ))}
        </select>
        <select
          aria-label="Order"
          value={query.get('order')}
          onChange={(event) => query.set({ order: event.currentTarget.value })}
        >
          <option value="">Newest first</option>
          <option value="oldest">Oldest first</option>
        </select>
      </div>
      {hidden !== undefined && (
        <ol class="groups" aria-label="The shown revision">
          <Call group={hidden} revision={revision} hasStates={hasStates} />
        </ol>
      )}
      <ol class="groups">
        {groups.slice(0, shown).map((group) => (
          <Call key={group.entries[0]?.event_id} group={group} revision={revision} hasStates={hasStates} />
        ))}
      </ol>
      {groups.length > shown && (
        <button type="button" onClick={() => setShown(shown + GROUPS_SHOWN)}>
          Show more ({groups.length - shown} calls)
        </button>
      )}
    </section>
  );
}
