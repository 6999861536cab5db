import { pairBy } from '../diff/pair-by';
import { isSame, multisetDifference } from '../same';
import { capital, listed, NONE, plainPair, plainText } from './text';

/** Describes the values of one property. Values that differ have different texts. */
export interface Property<T> {
  called: string;
  /** The texts of the value before and after. For the text of one value, pass it twice. */
  tell: (before: T, after: T) => [before: string, after: string];
}

/** A property whose value is a text of the sender. */
export const text = (called: string): Property<string> => ({ called, tell: plainPair });

/** The described properties of an object by name. */
export type Properties<T> = { [K in keyof T]-?: Property<NonNullable<T[K]>> };

/** "colour from red to blue", "phone set to 0123", "phone 0123 removed"; `verb` stands before "from". */
export function changeOfOne<T>(
  { called, tell }: Property<T>,
  before: T | undefined,
  after: T | undefined,
  verb = '',
): string {
  if (before === undefined) return after === undefined ? '' : `${called} set to ${tell(after, after)[1]}`;
  if (after === undefined) return `${called} ${tell(before, before)[0]} removed`;
  const [from, to] = tell(before, after);
  return `${called}${verb} from ${from} to ${to}`;
}

/** The change of one value as a sentence: "Customer reference changed from PO 1 to PO 2". */
export const changed = <T>(property: Property<T>, before: T | undefined, after: T | undefined): string =>
  capital(changeOfOne(property, before, after, ' changed'));

/** Describes the differing properties of two objects, in the order of `properties` or of `keys`. */
export function changesIn<T extends object>(
  properties: Partial<Properties<T>>,
  before: T,
  after: T,
  keys: readonly (keyof T)[] = Object.keys(properties) as (keyof T)[],
): string[] {
  return keys
    .filter((key) => !isSame(before[key], after[key]))
    .map((key) => changeOfOne(properties[key] as Property<unknown>, before[key], after[key]));
}

export interface Whole<T extends object> {
  /** The name of the value: "Billing address". */
  subject: string;
  /** The short text of the value. */
  short: (value: T, isBefore: boolean) => string;
  properties: Properties<T>;
  /** Properties that the short text does not contain. */
  hidden: readonly (keyof T)[];
}

/** Describes the change of a value by its short text and its hidden properties. */
export function changeOfWhole<T extends object>(
  { subject, short, properties, hidden }: Whole<T>,
  before: T | undefined,
  after: T | undefined,
): string {
  if (before === undefined) return `${subject} set to ${after === undefined ? NONE : short(after, false)}`;
  if (after === undefined) return `${subject} removed: ${short(before, true)}`;
  const [from, to] = [short(before, true), short(after, false)];
  if (from === to) return `${subject} changed: ${changesIn(properties, before, after).join('; ')}`;
  return [`${subject} changed from ${from} to ${to}`, ...changesIn(properties, before, after, hidden)].join('; ');
}

interface Entries<T> {
  /** The noun of one entry: "field". */
  one: string;
  /** The name of an entry. */
  nameOf: (entry: T) => string;
  /** The remaining text of an entry before and after; '' for none. */
  tell: (before: T, after: T) => [before: string, after: string];
}

/** Describes the changes of a list of named values, entry by entry; '' for no change. */
export function changesInList<T extends object>(
  { one, nameOf, tell }: Entries<T>,
  before: readonly T[],
  after: readonly T[],
): string {
  const differing = multisetDifference(before, after);
  const { pairs, onlyBefore, onlyAfter } = pairBy(differing.onlyInA, differing.onlyInB, nameOf);
  const whole = (entry: T, text: string): string => [plainText(nameOf(entry)), text].filter(Boolean).join(' ');
  const changes = [
    ...pairs.map(([was, is]) => {
      const [from, to] = tell(was, is);
      return `${plainText(nameOf(was))} from ${from || NONE} to ${to || NONE}`;
    }),
    ...onlyAfter.map((entry) => `${whole(entry, tell(entry, entry)[1])} added`),
    ...onlyBefore.map((entry) => `${whole(entry, tell(entry, entry)[0])} removed`),
  ];
  return listed(changes, one, '; ');
}

/** Joins changes into one sentence: "Mug in Processing changed: …". */
export const changedIn = (subject: string, changes: readonly string[]): string =>
  [`${capital(subject)} changed`, changes.join('; ')].filter(Boolean).join(': ');
