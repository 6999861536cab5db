import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { Time } from '../ui/parts';
import { addShortcuts } from '../ui/shortcuts';

/** A slider over the revisions of a purchase; the arrow keys step. The last revision is the state of now. */
export function Travel({
  revision,
  last,
  at,
  goTo,
  compareHref,
  children,
}: {
  revision: number;
  last: number;
  /** When the chosen revision was recorded. */
  at: string | undefined;
  goTo: (revision: number) => void;
  compareHref: string | undefined;
  children?: ComponentChildren;
}): JSX.Element {
  // A key pressed before the page has rendered the last step continues from that step.
  const latest = useRef({ revision, last, goTo });
  latest.current = { revision, last, goTo };
  useEffect(() => {
    const step = (by: number): void => {
      const { revision: from, last: end, goTo: go } = latest.current;
      const to = Math.min(end, Math.max(0, from + by));
      latest.current.revision = to;
      go(to);
    };
    return addShortcuts([
      { key: 'ArrowLeft', does: 'one revision back', run: () => step(-1) },
      { key: 'ArrowRight', does: 'one revision forward', run: () => step(1) },
    ]);
  }, []);
  return (
    <div class="travel">
      <button type="button" disabled={revision <= 0} onClick={() => goTo(revision - 1)} aria-label="One revision back">
        ←
      </button>
      <input
        type="range"
        min={0}
        max={last}
        value={revision}
        aria-label="Revision"
        onInput={(event) => goTo(Number(event.currentTarget.value))}
      />
      <button
        type="button"
        disabled={revision >= last}
        onClick={() => goTo(revision + 1)}
        aria-label="One revision forward"
      >
        →
      </button>
      <span class="small travel-now">
        Revision {revision} of {last}
        {at !== undefined && (
          <>
            {' '}
            · <Time at={at} />
          </>
        )}
      </span>
      {revision < last ? (
        <button type="button" class="button-quiet" onClick={() => goTo(last)}>
          Back to now
        </button>
      ) : null}
      {compareHref !== undefined && (
        <a class="small" href={compareHref}>
          What changed here
        </a>
      )}
      {children}
    </div>
  );
}
