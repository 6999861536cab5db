import type { JSX } from 'preact';
import { useRef, useState } from 'preact/hooks';
import { call } from '../api/http';
import { may, session } from '../api/session';
import type { HistoryEntry, PurchasePath } from '../api/types';
import { label } from '../ui/format';
import { ErrorPanel, Time } from '../ui/parts';
import { recall, remember } from '../ui/storage';

const NAME_KEY = 'purchasing.name';

/** Texts that are not added yet, by purchase. They stay when the page is left or the token expires, until the tab is reloaded. */
const drafts = new Map<string, string>();

function AddEntry({ path, added }: { path: PurchasePath; added: () => void }): JSX.Element {
  const [error, setError] = useState<unknown>();
  const [isBusy, setBusy] = useState(false);
  /** The same key for each try of one entry, so that a lost answer does not add it twice. */
  const key = useRef(crypto.randomUUID());
  const draft = `${session.value?.site ?? ''} ${session.value?.clientId ?? ''} ${path.lookupBy} ${path.identifier}`;
  const [text, setText] = useState(drafts.get(draft) ?? '');
  const edit = (next: string): void => {
    setText(next);
    if (next === '') drafts.delete(draft);
    else drafts.set(draft, next);
  };
  const submit = async (event: JSX.TargetedSubmitEvent<HTMLFormElement>): Promise<void> => {
    event.preventDefault();
    const form = event.currentTarget;
    const fields = new FormData(form);
    const field = (name: string): string => fields.get(name) as string;
    const body = {
      event_type: field('event_type') as HistoryEntry['event_type'],
      created_by: field('created_by'),
      body: field('body'),
    };
    setBusy(true);
    setError(undefined);
    try {
      await call('addHistoryEntry', { path, body, headers: { 'Idempotency-Key': key.current } });
      key.current = crypto.randomUUID();
      remember(NAME_KEY, body.created_by);
      form.reset();
      edit('');
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
        <input
          name="created_by"
          required
          placeholder="Your name"
          aria-label="Your name"
          defaultValue={recall(NAME_KEY)}
        />
      </div>
      <textarea
        name="body"
        required
        rows={2}
        placeholder="Text of the note or message"
        aria-label="Text"
        value={text}
        onInput={(event) => edit(event.currentTarget.value)}
      />
      <button type="submit" disabled={isBusy}>
        Add
      </button>
      <ErrorPanel error={error} />
    </form>
  );
}

/** Messages, notes and e-mails of a purchase, and a form that adds one to the current state. */
export function Notes({
  path,
  entries,
  added,
  isPast,
}: {
  path: PurchasePath;
  entries: readonly HistoryEntry[];
  added: () => void;
  isPast: boolean;
}): JSX.Element {
  return (
    <section class="card">
      <h2>Messages and notes</h2>
      <ul class="plain notes">
        {entries.map((entry, index) => (
          <li key={index}>
            <div class="small muted">
              {label(entry.event_type)} by {entry.created_by ?? entry.sent_by ?? 'unknown'} ·{' '}
              <Time at={entry.created_at} />
            </div>
            <div class="note-body">{entry.body}</div>
          </li>
        ))}
      </ul>
      {may('write') && !isPast && <AddEntry path={path} added={added} />}
    </section>
  );
}
