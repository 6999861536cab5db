import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { TimelineEntry } from '../api/types';
import { endOf } from '../ui/format';

/** The last revision that was recorded until a time; undefined before the creation. `entries` are in the order of their revisions. */
export const revisionAt = (entries: readonly TimelineEntry[], time: string): number | undefined =>
  entries.findLast((each) => Date.parse(each.recorded_at) <= Date.parse(time))?.revision;

/** Shows the purchase as it was at the end of a day or of a minute, in the zone in which the console shows times. */
export function AsOf({
  entries,
  goTo,
}: {
  entries: readonly TimelineEntry[];
  goTo: (revision: number) => void;
}): JSX.Element {
  const [isTooEarly, setTooEarly] = useState(false);
  const submit = (event: JSX.TargetedSubmitEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const fields = new FormData(event.currentTarget);
    const time = endOf(fields.get('day') as string, fields.get('time') as string);
    const revision = time === undefined ? undefined : revisionAt(entries, time);
    setTooEarly(revision === undefined);
    if (revision !== undefined) goTo(revision);
  };
  return (
    <form class="as-of small" onSubmit={submit}>
      <label class="inline">
        As it was on
        <input type="date" name="day" required />
      </label>
      <label class="inline">
        at
        <input type="time" name="time" title="Empty: the end of the day" />
      </label>
      <button type="submit">Show</button>
      <span role="status">{isTooEarly && 'The purchase did not exist then.'}</span>
    </form>
  );
}
