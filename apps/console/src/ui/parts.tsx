import type { ComponentChildren, JSX } from 'preact';
import { useState } from 'preact/hooks';
import { ApiProblem, ConnectionLost } from '../api/http';
import type { Money as MoneyBody } from '../api/types';
import { ago, fullTime, label, money, safeUrl, shortDate, shortTime } from './format';
import { useNow } from './use-load';

const TONES: Record<string, string> = {
  ok: 'good',
  'not ready': 'off',
  complete: 'good',
  shipped: 'good',
  paid: 'good',
  part_shipped: 'busy',
  part_paid: 'busy',
  processing: 'busy',
  incoming: 'busy',
  on_hold: 'warn',
  unpaid: 'warn',
  overpaid: 'warn',
  awaiting_approval: 'warn',
  order_unconfirmed: 'warn',
  cancelled: 'off',
  returned: 'off',
  refund: 'off',
};

export const Badge = ({ value }: { value: string | undefined }): JSX.Element | null =>
  value === undefined ? null : <span class={`badge badge-${TONES[value] ?? 'plain'}`}>{label(value)}</span>;

export const Amount = ({ value }: { value: MoneyBody | undefined }): JSX.Element => (
  <span class="amount">{value === undefined ? '–' : money(value)}</span>
);

export const Time = ({ at, dateOnly = false }: { at: string | undefined; dateOnly?: boolean }): JSX.Element =>
  at === undefined ? (
    <span class="muted">–</span>
  ) : (
    <time dateTime={at} title={fullTime(at)}>
      {dateOnly ? shortDate(at) : shortTime(at)}
    </time>
  );

/** Who made a change: the label of a credential with its client id as a tooltip, or the id of one without a label. */
export const Actor = ({ id, label: name }: { id: string; label: string | undefined }): JSX.Element =>
  name === undefined ? <span>{id}</span> : <span title={id}>{name}</span>;

/** A link to another site, or plain text where the address is not http or https. */
export function SafeLink({ href, children }: { href: string | undefined; children: ComponentChildren }): JSX.Element {
  const url = safeUrl(href);
  if (url === undefined) return <span>{children}</span>;
  return (
    <a href={url} rel="noreferrer noopener" target="_blank">
      {children}
    </a>
  );
}

export function CopyButton({ text, name }: { text: string; name: string }): JSX.Element {
  const [isCopied, setCopied] = useState(false);
  const copy = (): void => {
    void navigator.clipboard.writeText(text).then(() => {
      setCopied(true);
      setTimeout(() => setCopied(false), 1_500);
    });
  };
  return (
    <button type="button" class="button-quiet copy" onClick={copy} aria-label={`Copy ${name}`} title={`Copy ${name}`}>
      {isCopied ? 'Copied' : 'Copy'}
    </button>
  );
}

/** Shows an error with its code, its values and the request id. */
export function ErrorPanel({ error, retry }: { error: unknown; retry?: () => void }): JSX.Element | null {
  if (error === undefined || error === null) return null;
  const isProblem = error instanceof ApiProblem;
  const title = isProblem
    ? error.problem.title
    : error instanceof ConnectionLost
      ? 'No connection'
      : 'This did not work';
  // One error about no value says what the detail says.
  const named = isProblem
    ? error.problem.errors.filter(({ property, message }) => Boolean(property) || message !== error.problem.detail)
    : [];
  const detail = isProblem ? error.problem.detail : error instanceof Error ? error.message : 'Unknown error';
  return (
    <div class="panel panel-error" role="alert">
      <strong>{title}</strong>
      <p>{detail}</p>
      {named.length > 0 && (
        <ul class="problems">
          {named.map(({ code, message, property }) => (
            <li key={`${property ?? ''} ${code}`}>
              <code>{property === undefined || property === '' ? 'body' : property}</code> {message}{' '}
              <span class="muted">({code})</span>
            </li>
          ))}
        </ul>
      )}
      {isProblem && (
        <p class="muted small">
          {error.status} {error.code} · request {error.headers.get('x-request-id') ?? 'unknown'}
        </p>
      )}
      {retry !== undefined && (
        <button type="button" onClick={retry}>
          Try again
        </button>
      )}
    </div>
  );
}

/** When the page was read, or that something changed since then, and a button that reads it again. */
export function Freshness({
  at,
  changedAt,
  reload,
}: {
  at: number;
  changedAt: string | undefined;
  reload: () => void;
}): JSX.Element {
  const now = useNow();
  return (
    <span class={changedAt === undefined ? 'freshness small muted' : 'freshness small is-changed'}>
      {changedAt === undefined ? (
        at > 0 && `Read ${ago(new Date(at).toISOString(), now)}`
      ) : (
        <>
          <span role="status">Changed</span> {ago(changedAt, now)}
        </>
      )}{' '}
      <button type="button" class="button-quiet" onClick={reload}>
        Reload
      </button>
    </span>
  );
}

export const Empty = ({ title, children }: { title: string; children?: ComponentChildren }): JSX.Element => (
  <div class="empty">
    <strong>{title}</strong>
    <div class="muted">{children}</div>
  </div>
);

/** Grey rows of the size that the content will have. */
export const Skeleton = ({ rows = 6 }: { rows?: number }): JSX.Element => (
  <div class="skeleton" aria-busy="true" aria-label="Loading">
    {Array.from({ length: rows }, (_, index) => (
      <div key={index} class="skeleton-row" />
    ))}
  </div>
);

export const Progress = ({ share, text }: { share: number; text: string }): JSX.Element => (
  <div class="progress-row">
    <progress max={1} value={share} aria-label={text} />
    <span class="small">{text}</span>
  </div>
);
