import type { LivePurchase } from '@app/purchase/state';
import { wordsOf } from './fold-text';

/** Characters of one purchase that can be searched; later ones are not found. Limits the index entries of a row. */
export const MAX_SEARCH_LENGTH = 8_000;

/** Maximum number of words of a search. */
export const MAX_SEARCH_WORDS = 32;

const GRAM = 3;

/** The searched texts in a fixed order: identifiers, customer reference, billing address, shipping addresses. */
function searchedTexts({ identifiers, customerReference, billingAddress, packages }: LivePurchase): string[] {
  const { sparklayer, platform, internal, visible } = identifiers;
  const texts: (string | undefined)[] = [visible, internal, platform, sparklayer, customerReference];
  for (const address of [billingAddress, ...packages.map((each) => each.shippingAddress)]) {
    if (address === undefined) continue;
    const { name, company, addressLine1, addressLine2, city, regionCode, postalCode, countryCode, phone } = address;
    texts.push(name, company, addressLine1, addressLine2, city, regionCode, postalCode, countryCode, phone);
  }
  return [...new Set(texts)].filter((text) => text !== undefined);
}

/** The distinct folded words of a purchase, each preceded by a space: `% wor%` matches the beginning of a word, `%ord%` any part. */
export function searchTextOf(purchase: LivePurchase): string {
  const words = new Set<string>();
  let length = 0;
  // Folds no more than is kept, because folding is the slowest step here.
  for (const word of wordsOf(
    searchedTexts(purchase)
      .join(' ')
      .slice(0, MAX_SEARCH_LENGTH - 1),
  )) {
    if (words.has(word)) continue;
    length += word.length + 1;
    if (length > MAX_SEARCH_LENGTH) break;
    words.add(word);
  }
  return joined(words);
}

const joined = (words: Iterable<string>): string => [...words].map((word) => ` ${word}`).join('');

/** Continues 32 bits of FNV-1a over characters. */
function hash(bits: number, text: string, from: number, to: number): number {
  for (let at = from; at < to; at++) bits = Math.imul(bits ^ text.charCodeAt(at), 0x01000193);
  return bits;
}

const hashOfSite = (site: string): number => hash(0x811c9dc5, `${site}\0`, 0, site.length + 1);

/**
 * The key of the three characters at an offset: a hash with the site. A collision only yields an additional row, which the comparison of the text
 * removes.
 */
const keyAt = (siteHash: number, text: string, at: number): string =>
  (hash(siteHash, text, at, at + GRAM) >>> 0).toString(36);

/** The keys of each distinct three consecutive characters of texts. */
function keysOf(site: string, texts: readonly string[]): string[] {
  const siteHash = hashOfSite(site);
  const seen = new Set<number>();
  const keys: string[] = [];
  for (const text of texts)
    for (let at = 0; at + GRAM <= text.length; at++) {
      const gram = text.charCodeAt(at) * 2 ** 32 + text.charCodeAt(at + 1) * 2 ** 16 + text.charCodeAt(at + 2);
      if (seen.has(gram)) continue;
      seen.add(gram);
      keys.push(keyAt(siteHash, text, at));
    }
  return keys;
}

/** The index keys of a search text of a site: one for each three consecutive characters of a word, and one for its beginning. */
export function searchKeys(site: string, searchText: string): string[] {
  const words = searchText.split(' ').filter((word) => word !== '');
  return keysOf(
    site,
    words.map((word) => `  ${word}`),
  );
}

/** The distinct folded words of a search. */
export const searchWords = (search: string): string[] => [...new Set(wordsOf(search))];

export interface SearchCondition {
  /** Keys that the index must find in a matching row. */
  keys: string[];
  /** LIKE patterns that a matching row must all match. */
  patterns: string[];
}

/**
 * The condition of a search in a site: every word must be found, in any order. A word of three or more characters is found in any part of a word, a
 * shorter one at the beginning. Keys that many rows have are left to the patterns, unless there is no other key.
 */
export function searchCondition(
  site: string,
  search: string,
  common: ReadonlySet<string> = new Set(),
): SearchCondition {
  const words = searchWords(search);
  const keys = keysOf(
    site,
    words.map((word) => (word.length >= GRAM ? word : `  ${word}`.slice(-GRAM))),
  );
  const rare = keys.filter((key) => !common.has(key));
  return {
    keys: rare.length > 0 ? rare : keys,
    // Words contain letters and digits only, so LIKE needs no escapes.
    patterns: words.map((word) => (word.length >= GRAM ? `%${word}%` : `% ${word}%`)),
  };
}
