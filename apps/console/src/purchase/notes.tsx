import type { JSX } from 'preact';
import { useRef, useState } from 'preact/hooks';
import { call } from '../api/http';
import { may } from '../api/session';
import type { HistoryEntry } from '../api/types';
import { label } from '../ui/format';
import { ErrorPanel, Time } from '../ui/parts';

function AddEntry({ path, added }: { path: string; added: () => void }): JSX.Element {
  const [error, setError] = useState<unknown>();
  const [isBusy, setBusy] = useState(false);
  /** The same key for the same attempt, so that a lost answer does not add the note twice. */
  const key = useRef(crypto.randomUUID());
  const submit = async (event: JSX.TargetedSubmitEvent<HTMLFormElement>): Promise<void> => {
    event.preventDefault();
    const form = event.currentTarget;
    const sent = Object.fromEntries(new FormData(form));
    setBusy(true);
    setError(undefined);
    try {
      await call(`${path}/history`, { method: 'POST', body: sent, headers: { 'idempotency-key': key.current } });
      key.current = crypto.randomUUID();
      form.reset();
      added();
    } catch (failure) {
      setError(failure);
    } finally {
      setBusy(false);
    }
  };
  return (
    <form class="add-entry" onSubmit={(event) => void submit(event)}>
      <div class="row">
        <select name="event_type" aria-label="Kind">
          <option value="note">Note for staff</option>
          <option value="message">Message to the customer</option>
        </select>
        <input name="created_by" required placeholder="Your name" aria-label="Your name" />
      </div>
      <textarea name="body" required rows={2} placeholder="What should be remembered?" aria-label="Text" />
      <button type="submit" disabled={isBusy}>
        Add
      </button>
      <ErrorPanel error={error} />
    </form>
  );
}

export function Notes({
  path,
  entries,
  added,
}: {
  path: string;
  entries: readonly HistoryEntry[];
  added: () => void;
}): JSX.Element {
  return (
    <section class="card">
      <h2>Messages and notes</h2>
      <ul class="plain notes">
        {entries.map((entry, index) => (
          <li key={index}>
            <div class="small muted">
              {label(entry.event_type)} by {entry.created_by ?? entry.sent_by} · <Time at={entry.created_at} />
            </div>
            <div class="note-body">{entry.body}</div>
          </li>
        ))}
      </ul>
      {may('write') && <AddEntry path={path} added={added} />}
    </section>
  );
}
