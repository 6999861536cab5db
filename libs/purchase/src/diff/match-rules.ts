import type { LineDetails } from '../purchase';
import { canonicalJson } from '../same';

type Key = (details: LineDetails) => string | undefined;

/**
 * A rule by which two lines are the same article: their keys are equal. A line without a key matches no line by this
 * rule.
 */
export interface MatchRule {
  /** Index in MATCH_RULES. */
  rank: number;
  before: Key;
  after: Key;
  /** True if units may be regrouped between lines of one package by this rule. Otherwise they are removed and added. */
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
const sameOnBothSides = (of: Key, regroups = false): Omit<MatchRule, 'rank'> => ({ before: of, after: of, regroups });

const RULES: readonly Omit<MatchRule, 'rank'>[] = [
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

/**
 * The match rules, the most specific first: all details; identifiers and attributes; SKU and attributes; all
 * identifiers; one identifier; for lines without identifiers, names and attributes, then names. The last two match a
 * line that got its first identifiers, or lost all of them, by its names.
 */
export const MATCH_RULES: readonly MatchRule[] = RULES.map((rule, rank) => ({ ...rule, rank }));
