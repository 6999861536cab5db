import type { LineDetails } from '../purchase';
import { canonicalJson } from '../same';

type Key = (details: LineDetails) => string | undefined;

/** One way in which two lines are the same article: their names by it are equal. A line without a name is like no other in this way. */
export interface MatchRule {
  before: Key;
  after: Key;
  /** So alike that pieces may go from one line to another of the same package; else they came and went. */
  regroups: boolean;
}

const key = (...parts: unknown[]): string => JSON.stringify(parts);
const hasIdentifier = ({ sku, platform, internal }: LineDetails): boolean =>
  (sku ?? platform ?? internal) !== undefined;
const identifiers = ({ sku, platform, internal }: LineDetails): unknown[] => [sku, platform, internal];
const names = ({ nameParent, nameChild }: LineDetails): string => key(nameParent, nameChild);
const attributes = ({ customAttributes }: LineDetails): string => canonicalJson(customAttributes);

const withIdentifier =
  (of: Key): Key =>
  (details) =>
    hasIdentifier(details) ? of(details) : undefined;
const withoutIdentifier =
  (of: Key): Key =>
  (details) =>
    hasIdentifier(details) ? undefined : of(details);
const sameOnBothSides = (of: Key, regroups = false): MatchRule => ({ before: of, after: of, regroups });

/**
 * The ways in which two lines are the same article, the most telling first: everything they say; their identifiers with their attributes; the
 * SKU with its attributes; all identifiers; one of them; and where there are none, the names with the attributes, then the names. Last, a line
 * that got its first identifiers, or lost them all, and kept its names.
 */
export const MATCH_RULES: readonly MatchRule[] = [
  sameOnBothSides((details) => canonicalJson(details), true),
  sameOnBothSides(
    withIdentifier((details) => key(identifiers(details), attributes(details))),
    true,
  ),
  sameOnBothSides((details) => details.sku && key(details.sku, attributes(details)), true),
  sameOnBothSides(withIdentifier((details) => key(identifiers(details)))),
  sameOnBothSides(({ platform }) => platform),
  sameOnBothSides(({ internal }) => internal),
  sameOnBothSides(({ sku }) => sku),
  sameOnBothSides(
    withoutIdentifier((details) => key(names(details), attributes(details))),
    true,
  ),
  sameOnBothSides(withoutIdentifier(names)),
  { before: withoutIdentifier(names), after: withIdentifier(names), regroups: false },
  { before: withIdentifier(names), after: withoutIdentifier(names), regroups: false },
];
