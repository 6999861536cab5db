import type { LineDetails } from './purchase';
import { canonicalJson } from './same';

/** What two lines must share to be the same article; undefined where the line does not say. */
type Likeness = (details: LineDetails) => string | undefined;

const key = (...parts: unknown[]): string => JSON.stringify(parts);
const named = ({ sku, platform, internal }: LineDetails): boolean => Boolean(sku ?? platform ?? internal);

/**
 * The ways in which two lines are the same article, the most telling first: everything they say; all their identifiers; the SKU with its
 * attributes; one identifier; and for lines without identifiers the names with their attributes.
 */
export const LIKENESSES: readonly Likeness[] = [
  (details) => canonicalJson(details),
  (details) => (named(details) ? key(details.sku, details.platform, details.internal) : undefined),
  (details) => (details.sku ? key(details.sku, canonicalJson(details.customAttributes)) : undefined),
  (details) => details.platform,
  (details) => details.internal,
  (details) => details.sku,
  (details) =>
    named(details) ? undefined : key(details.nameParent, details.nameChild, canonicalJson(details.customAttributes)),
];
