import { signal } from '@preact/signals';

export interface Shortcut {
  key: string;
  /** The description in the help. */
  does: string;
  /** Returns false if it did nothing; the key then keeps its default action. */
  run: () => void | false;
}

const active = signal<readonly Shortcut[]>([]);
export const shortcuts = active;

/** Adds shortcuts while a page is open. Returns the function that removes them. */
export function addShortcuts(added: readonly Shortcut[]): () => void {
  active.value = [...active.value, ...added];
  return () => {
    active.value = active.value.filter((each) => !added.includes(each));
  };
}

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));

/** Enter belongs to a link or a button that has the focus. */
const isEnterOnControl = ({ key, target }: KeyboardEvent): boolean =>
  key === 'Enter' && target instanceof Element && target.closest('a[href], button, summary') !== null;

/** An open dialog covers the page, so the shortcuts of the page rest. */
const isDialogOpen = (): boolean => document.querySelector('dialog[open]') !== null;

export function handleKey(event: KeyboardEvent): void {
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
  if (isEnterOnControl(event) || isDialogOpen()) return;
  const found = active.value.findLast(({ key }) => key === event.key);
  if (found === undefined) return;
  if (found.run() !== false) event.preventDefault();
}
