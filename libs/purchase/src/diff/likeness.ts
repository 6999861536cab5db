import type { LineDetails } from '../purchase';
import { canonicalJson } from '../same';

type Key = (details: LineDetails) => string | undefined;

/** One way in which two lines are the same article: their names by it are equal. A line without a name is like no other in this way. */
export interface Likeness {
  before: Key;
  after: Key;
  /** So alike that pieces may go from one line to another of the same package; else they came and went. */
  regroups: boolean;
}

const key = (...parts: unknown[]): string => JSON.stringify(parts);
const isNamed = ({ sku, platform, internal }: LineDetails): boolean => (sku ?? platform ?? internal) !== undefined;
const identifiers = ({ sku, platform, internal }: LineDetails): unknown[] => [sku, platform, internal];
const names = ({ nameParent, nameChild }: LineDetails): string => key(nameParent, nameChild);
const attributes = ({ customAttributes }: LineDetails): string => canonicalJson(customAttributes);

const whenNamed =
  (of: Key): Key =>
  (details) =>
    isNamed(details) ? of(details) : undefined;
const whenUnnamed =
  (of: Key): Key =>
  (details) =>
    isNamed(details) ? undefined : of(details);
const onBoth = (of: Key, regroups = false): Likeness => ({ before: of, after: of, regroups });

/**
 * The ways in which two lines are the same article, the most telling first: everything they say; their identifiers with their attributes; the
 * SKU with its attributes; all identifiers; one of them; and where there are none, the names with the attributes, then the names. Last, a line
 * that got its first identifiers, or lost them all, and kept its names.
 */
export const LIKENESSES: readonly Likeness[] = [
  onBoth((details) => canonicalJson(details), true),
  onBoth(
    whenNamed((details) => key(identifiers(details), attributes(details))),
    true,
  ),
  onBoth((details) => details.sku && key(details.sku, attributes(details)), true),
  onBoth(whenNamed((details) => key(identifiers(details)))),
  onBoth(({ platform }) => platform),
  onBoth(({ internal }) => internal),
  onBoth(({ sku }) => sku),
  onBoth(
    whenUnnamed((details) => key(names(details), attributes(details))),
    true,
  ),
  onBoth(whenUnnamed(names)),
  { before: whenUnnamed(names), after: whenNamed(names), regroups: false },
  { before: whenNamed(names), after: whenUnnamed(names), regroups: false },
];
