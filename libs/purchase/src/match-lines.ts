import { LIKENESSES } from './likeness';
import type { KeyedLine, LineItem } from './purchase';
import { canonicalJson, isSame } from './same';

export interface MatchedLines {
  pairs: readonly (readonly [before: KeyedLine, after: LineItem])[];
  gone: readonly KeyedLine[];
  fresh: readonly LineItem[];
}

type Key = (line: LineItem) => string | undefined;

const alike = (a: LineItem, b: LineItem): boolean =>
  a.quantity === b.quantity && isSame(a.details, b.details) && isSame(a.totals, b.totals);

/** What is wholly equal first; then, by each likeness, what has the same quantity and amount before what has not. */
const KEYS: readonly Key[] = [
  ({ details, quantity, totals }) => canonicalJson({ details, quantity, totals }),
  ...LIKENESSES.flatMap((likeness): Key[] => [
    ({ details, quantity, totals }) => likeness(details)?.concat(` ${quantity} ${totals.gross}`),
    ({ details }) => likeness(details),
  ]),
];

function pairBy(key: Key, open: { gone: KeyedLine[]; fresh: LineItem[] }, pairs: [KeyedLine, LineItem][]): void {
  const waiting = new Map<string, KeyedLine[]>();
  for (const line of open.gone) {
    const name = key(line);
    if (name !== undefined) waiting.set(name, [...(waiting.get(name) ?? []), line]);
  }
  const taken = new Set<KeyedLine>();
  open.fresh = open.fresh.filter((line) => {
    const found = waiting.get(key(line) ?? '\0')?.shift();
    if (found === undefined) return true;
    taken.add(found);
    pairs.push([found, line]);
    return false;
  });
  open.gone = open.gone.filter((line) => !taken.has(line));
}

/**
 * Which line of a package is which in its next version: those that are equal first, then by likeness, the most telling first. Near linear: each
 * likeness is one pass over what is still unmatched.
 */
export function matchLines(before: readonly KeyedLine[], sent: readonly LineItem[]): MatchedLines {
  // Twins may be one object twice: told apart by copies.
  const after = sent.map((line) => ({ ...line }));
  const pairs: [KeyedLine, LineItem][] = [];
  const open = { gone: [] as KeyedLine[], fresh: [] as LineItem[] };
  before.forEach((line, index) => {
    const same = after[index];
    if (same !== undefined && alike(line, same)) pairs.push([line, same]);
    else open.gone.push(line);
  });
  const paired = new Set(pairs.map(([, line]) => line));
  open.fresh = after.filter((line) => !paired.has(line));
  for (const key of KEYS) {
    if (open.gone.length === 0 || open.fresh.length === 0) break;
    pairBy(key, open, pairs);
  }
  return { pairs, ...open };
}
