import type { LivePurchase } from '@app/purchase/state';
import { wordsOf } from './fold-text';

/** Characters of one purchase that are searched; what comes after is not found. Bounds the index entries of a row. */
export const MAX_SEARCH_LENGTH = 8_000;

/** The most words that a search may have. */
export const MAX_SEARCH_WORDS = 32;

const GRAM = 3;

/** What `search` looks in, in a fixed order: identifiers, the customer's reference, the billing address, the shipping addresses. */
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

/** The distinct folded words of a purchase, each with a space before it: `% wor%` finds the beginning of a word, `%ord%` any part. */
export function searchTextOf(purchase: LivePurchase): string {
  const words = new Set<string>();
  let length = 0;
  // No more is folded than is kept: folding takes longer than anything else here.
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

/** 32 bits of FNV-1a over a site and three characters. A collision only makes the index name a row too many, which the text then leaves out. */
function hash(site: string, gram: string): number {
  let bits = 0x811c9dc5;
  const text = `${site}\0${gram}`;
  for (let at = 0; at < text.length; at++) bits = Math.imul(bits ^ text.charCodeAt(at), 0x01000193);
  return bits;
}

function gramsIn(text: string): string[] {
  return Array.from({ length: Math.max(0, text.length - GRAM + 1) }, (_, at) => text.slice(at, at + GRAM));
}

const keyOf = (site: string, gram: string): string => (hash(site, gram) >>> 0).toString(36);

/** What the index holds of a search text of a site: a key for each three characters that follow each other in a word, and for its beginning. */
export function searchKeys(site: string, searchText: string): string[] {
  const grams = new Set<string>();
  for (const word of searchText.split(' ')) if (word !== '') for (const gram of gramsIn(`  ${word}`)) grams.add(gram);
  return [...grams].map((gram) => keyOf(site, gram));
}

/** The distinct folded words of a search. */
export const searchWords = (search: string): string[] => [...new Set(wordsOf(search))];

export interface SearchCondition {
  /** All of these are among the keys of a text that matches. */
  keys: string[];
  /** Patterns for LIKE, all of which match. */
  patterns: string[];
}

/**
 * What a search of a site asks: every word of it is found, in any order. A word of three characters or more is found in any part of a word, a shorter
 * one at the beginning.
 */
export function searchCondition(site: string, search: string): SearchCondition {
  const words = searchWords(search);
  const grams = words.flatMap((word) => gramsIn(word.length >= GRAM ? word : `  ${word}`.slice(-GRAM)));
  return {
    keys: [...new Set(grams)].map((gram) => keyOf(site, gram)),
    // Words hold letters and digits only, nothing that LIKE reads otherwise.
    patterns: words.map((word) => (word.length >= GRAM ? `%${word}%` : `% ${word}%`)),
  };
}
