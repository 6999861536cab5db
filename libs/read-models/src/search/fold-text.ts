/** Letters that Unicode does not decompose, with the letters that people type instead. */
const TYPED_AS: Record<string, string> = {
  ß: 'ss',
  ς: 'σ',
  ı: 'i',
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  ł: 'l',
  đ: 'd',
  ð: 'd',
  þ: 'th',
  ħ: 'h',
  ŧ: 't',
};
const SPECIAL = new RegExp(`[${Object.keys(TYPED_AS).join('')}]`, 'gu');

/** Folds a text for search: removes case, diacritics and compatibility forms (`İSTANBUL` equals `istanbul`, `Straße` equals `STRASSE`). */
export const foldText = (text: string): string =>
  text
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .toLowerCase()
    .replace(SPECIAL, (letter) => TYPED_AS[letter] ?? letter);

const IDEOGRAPH = String.raw`[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]`;
/** A run of letters and digits. An ideograph or kana is a word, because those scripts do not separate words by spaces. */
const WORD = new RegExp(String.raw`${IDEOGRAPH}|(?:(?!${IDEOGRAPH})[\p{L}\p{N}])+`, 'gu');

const ASCII = /^[\0-\x7f]*$/;

/** The folded words of a text, in order. */
export const wordsOf = (text: string): string[] =>
  (ASCII.test(text) ? text.toLowerCase().match(/[a-z0-9]+/g) : foldText(text).match(WORD)) ?? [];
