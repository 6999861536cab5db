import type { LivePurchase } from '@app/purchase/state';
import { wordsOf } from './fold-text';

/** Characters of one purchase that are searched; what comes after is not found. Bounds the index entries of a row. */
export const MAX_SEARCH_LENGTH = 8_000;

/** Words of one search. */
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
  return bits | 0;
}

function gramsIn(text: string): string[] {
  return Array.from({ length: Math.max(0, text.length - GRAM + 1) }, (_, at) => text.slice(at, at + GRAM));
}

/** What the index holds of a search text of a site: a number for each three characters that follow each other in a word, and for its beginning. */
export function gramsOf(site: string, searchText: string): number[] {
  const grams = new Set<number>();
  for (const word of searchText.split(' '))
    if (word !== '') for (const gram of gramsIn(`  ${word}`)) grams.add(hash(site, gram));
  return [...grams].sort((a, b) => a - b);
}

export interface SearchCondition {
  /** All of these are in `gramsOf` a text that matches. */
  grams: number[];
  /** Patterns for LIKE, all of which match. */
  patterns: string[];
}

/**
 * What a search of a site asks: every word of it is found, in any order. A word of three characters or more is found in any part of a word, a shorter
 * one at the beginning.
 */
export function searchCondition(site: string, search: string): SearchCondition {
  const words = [...new Set(wordsOf(search))].slice(0, MAX_SEARCH_WORDS);
  const grams = words.flatMap((word) => gramsIn(word.length >= GRAM ? word : `  ${word}`.slice(-GRAM)));
  return {
    grams: [...new Set(grams.map((gram) => hash(site, gram)))],
    // Words hold letters and digits only, nothing that LIKE reads otherwise.
    patterns: words.map((word) => (word.length >= GRAM ? `%${word}%` : `% ${word}%`)),
  };
}
