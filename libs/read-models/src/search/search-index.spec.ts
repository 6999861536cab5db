import { foldText, wordsOf } from './fold-text';
import { searchKeys, MAX_SEARCH_LENGTH, searchCondition, searchTextOf } from './search-index';
import type { LivePurchase } from '@app/purchase/state';

const purchase = (more: object): LivePurchase =>
  ({ identifiers: {}, packages: [], ...more }) as unknown as LivePurchase;
const textOf = (text: string): string => searchTextOf(purchase({ customerReference: text }));

/** Matches like the query: by the index first, then by the text. */
const finds = (search: string, text: string): boolean => {
  const searched = textOf(text);
  const indexed = new Set(searchKeys('site', searched));
  const { keys, patterns } = searchCondition('site', search);
  return keys.every((key) => indexed.has(key)) && patterns.every((pattern) => searched.includes(pattern.slice(1, -1)));
};

describe('foldText', () => {
  it.each([
    ['ΘΕΣΣΑΛΟΝΙΚΗΣ', 'θεσσαλονικησ'],
    ['İSTANBUL ısparta', 'istanbul isparta'],
    ['Straße STRASSE', 'strasse strasse'],
    ['Łódź Ærø Þór Đặng', 'lodz aero thor dang'],
    ['Ｆｕｌｌ ① ﬁ', 'full 1 fi'],
  ])('folds %s to %s', (text, folded) => {
    expect(foldText(text)).toBe(folded);
  });
});

describe('wordsOf', () => {
  it.each([
    ["O'Brien & Sons, Ltd.", ['o', 'brien', 'sons', 'ltd']],
    ['ERP-71053/2', ['erp', '71053', '2']],
    ['東京都 Shibuya', ['東', '京', '都', 'shibuya']],
    [' -- \u{1f600} ', []],
  ])('finds the words of %s', (text, words) => {
    expect(wordsOf(text)).toEqual(words);
  });
});

describe('search', () => {
  it.each([
    ['ΘΕΣ', 'ΘΕΣΣΑΛΟΝΙΚΗ'],
    ['θεσσαλονικης', 'ΘΕΣΣΑΛΟΝΙΚΗΣ'],
    ['istanbul', 'İstanbul'],
    ['strasse', 'Hauptstraße 5'],
    ['STRAẞE', 'strasse'],
    ['  london   acme ', 'Acme Ltd, 1 Street, London'],
    ['Zürich', 'zurich'],
    ['71053', 'ERP-71053'],
    ['0123', 'INV2026000123'],
    ['e-10', 'E-10'],
    ['gb', 'London GB'],
    ['京都', '東京都'],
  ])('finds %s in %s', (search, text) => {
    expect(finds(search, text)).toBe(true);
  });

  it.each([
    ['london paris', 'London'],
    ['bc', 'abc'],
    ['abd', 'abc'],
    ['ltdlondon', 'ltd london'],
  ])('does not find %s in %s', (search, text) => {
    expect(finds(search, text)).toBe(false);
  });

  it('asks the index for the keys that few rows have, if there are any', () => {
    const keysOf = (search: string): string[] => searchCondition('site', search).keys;
    const common = new Set(keysOf('london erp'));
    expect(searchCondition('site', 'erp-10418 london', common)).toEqual({
      keys: keysOf('10418'),
      patterns: ['%erp%', '%10418%', '%london%'],
    });
    expect(searchCondition('site', 'london', common).keys).toEqual(keysOf('london'));
  });

  it('covers identifiers, the customer reference and addresses', () => {
    const address = { addressLine1: '1 Street', city: 'Example City', countryCode: 'GB' };
    const text = searchTextOf(
      purchase({
        identifiers: { visible: 'V-1', internal: 'I-2' },
        customerReference: 'PO 3',
        billingAddress: address,
        packages: [{ shippingAddress: { ...address, city: 'Elsewhere' } }],
      }),
    );
    expect(text).toBe(' v 1 i 2 po 3 street example city gb elsewhere');
  });

  it('limits the indexed text of one purchase', () => {
    const text = textOf(Array.from({ length: 4_000 }, (_, index) => `word${index}`).join(' '));
    expect(text.length).toBeLessThanOrEqual(MAX_SEARCH_LENGTH);
    expect(searchKeys('site', text).length).toBeLessThanOrEqual(MAX_SEARCH_LENGTH);
    expect(textOf('x'.repeat(100_000))).toHaveLength(MAX_SEARCH_LENGTH);
    expect(textOf('\ufdfa'.repeat(8_000)).length).toBeLessThanOrEqual(MAX_SEARCH_LENGTH);
  });

  it('indexes equal texts of two sites under different keys', () => {
    const [one, two] = [searchKeys('one', ' london'), searchKeys('two', ' london')];
    expect(one.some((key) => two.includes(key))).toBe(false);
  });
});
