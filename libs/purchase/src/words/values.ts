import { formatAmount } from '../money/money';
import type {
  AccountingFile,
  Address,
  CustomAttribute,
  Instant,
  LineDetails,
  Minor,
  NamedValue,
  ShippingMethod,
  TaxLine,
  Totals,
  Tracking,
} from '../purchase';
import { changesIn, changesInList, type Properties, type Property, text, type Whole } from './changes';
import { isSame } from '../same';
import { listed, momentPair, plainPair, plainText } from './text';

/** Formats an amount, in the currency of the purchase unless another is given. */
export type Money = (minor: Minor, currency?: string) => string;

export const moneyIn =
  (currency: string): Money =>
  (minor, its = currency) =>
    `${formatAmount(minor, its)} ${its}`;

export const time = (called: string): Property<Instant> => ({
  called,
  tell: momentPair,
});

const parts = (...values: (string | undefined)[]): string =>
  values
    .flatMap((value) => (value === undefined ? [] : [plainText(value)]))
    .filter(Boolean)
    .join(' ');

const address = ({ company, name, addressLine1, city, countryCode }: Address): string =>
  [company ?? name, addressLine1, city, countryCode]
    .filter((each) => each !== undefined)
    .map(plainText)
    .join(', ');

const ADDRESS: Properties<Address> = {
  name: text('name'),
  company: text('company'),
  addressLine1: text('address line 1'),
  addressLine2: text('address line 2'),
  city: text('city'),
  regionCode: text('region'),
  postalCode: text('postal code'),
  countryCode: text('country'),
  phone: text('phone'),
};

export const tracking = ({ carrier, carrierId, trackingNumber, trackingUrl }: Tracking): string =>
  parts(carrier, trackingNumber ?? trackingUrl ?? carrierId) || 'without details';

const TRACKING: Properties<Tracking> = {
  carrier: text('carrier'),
  carrierId: text('carrier id'),
  trackingNumber: text('number'),
  trackingUrl: text('URL'),
};

export const file = ({ fileType, visible, uri }: AccountingFile): string =>
  parts(fileType ?? 'document', visible ?? uri);

/** A property whose value is an amount; `before` and `after` format it in the currency of each side. */
export const amount = (called: string, before: Money, after: Money): Property<Minor> => ({
  called,
  tell: (from, to) => [before(from), after(to)],
});

/** The properties of totals. */
export const totals = (before: Money, after: Money): Properties<Totals> => ({
  gross: amount('gross', before, after),
  net: amount('net', before, after),
  tax: amount('tax', before, after),
  discount: amount('discount', before, after),
  discountGross: amount('gross discount', before, after),
  taxRate: { called: 'tax rate', tell: (from, to) => [`${from} %`, `${to} %`] },
});

/** An amount with its parts: "6.00 GBP (net 5.00 GBP, tax 1.00 GBP)". */
export function cost(money: Money, { gross, ...split }: Partial<Totals>): string {
  const { net, tax, discount, discountGross, taxRate } = split;
  const amounts = { net, tax, discount, 'gross discount': discountGross };
  const told = Object.entries(amounts).flatMap(([name, each]) =>
    each === undefined ? [] : [`${name} ${money(each)}`],
  );
  const all = taxRate === undefined ? told : [...told, `tax rate ${taxRate} %`];
  return [gross === undefined ? '' : money(gross), all.length === 0 ? '' : `(${all.join(', ')})`]
    .filter(Boolean)
    .join(' ');
}

/** The parts of an amount that a change of its gross does not tell: net and tax follow the gross only when it changes. */
export const untold = (before: Totals, after: Totals): (keyof Totals)[] => [
  ...(before.gross === after.gross ? (['net', 'tax'] as const) : []),
  'discount',
  'discountGross',
  'taxRate',
];

export function shippingMethod(money: Money, { name, totals: amount }: ShippingMethod): string {
  const price = amount === undefined ? undefined : money(amount.gross);
  if (name === undefined) return price ?? 'without details';
  return price === undefined ? plainText(name) : `${plainText(name)} for ${price}`;
}

/** Describes changes of an address. */
export const wholeAddress = (subject: string): Whole<Address> => ({
  subject,
  short: address,
  properties: ADDRESS,
  hidden: ['addressLine2', 'regionCode', 'postalCode', 'phone'],
});

/** Describes changes of a tracking entry. */
export const wholeTracking = (subject: string): Whole<Tracking> => ({
  subject,
  short: tracking,
  properties: TRACKING,
  hidden: ['carrierId', 'trackingUrl'],
});

/** Describes a change of an opaque value by the names of the members that differ. */
export function opaqueChange(called: string, before: unknown, after: unknown): string[] {
  if (isSame(before, after)) return [];
  const members = (value: unknown): Record<string, unknown> =>
    typeof value === 'object' && value !== null ? { ...value } : {};
  const [was, is] = [members(before), members(after)];
  const names = [...new Set([...Object.keys(was), ...Object.keys(is)])].filter((name) => !isSame(was[name], is[name]));
  return [names.length === 0 ? `${called} changed` : `${called} changed: ${listed(names.map(plainText), 'member')}`];
}

/** Joins changes into one sentence that names the first of them. */
export const listedChanges = (subject: string, changes: readonly string[], one: string): string =>
  `${subject} changed: ${listed(changes, one, '; ')}`;

const amountAndRate =
  (money: Money) =>
  ({ amount, rate }: TaxLine): string =>
    parts(amount === undefined ? undefined : money(amount), rate === undefined ? undefined : `at ${rate} %`);

/** Describes the changes of tax lines; `were` formats the amounts before them. */
export function taxLineChanges(
  were: Money,
  money: Money,
  before: readonly TaxLine[],
  after: readonly TaxLine[],
): string {
  const [said, say] = [amountAndRate(were), amountAndRate(money)];
  const nameOf = ({ title }: TaxLine): string => title ?? 'untitled tax';
  return changesInList({ one: 'tax line', nameOf, tell: (a, b) => [said(a), say(b)] }, before, after);
}

/** Two texts, each of which may be absent. */
function optionalPair(before: string | undefined, after: string | undefined): [string, string] {
  if (before !== undefined && after !== undefined) return plainPair(before, after);
  return [plainText(before ?? ''), plainText(after ?? '')];
}

/** Describes the changes of custom fields or metadata. */
export const namedValueChanges = (one: string, before: readonly NamedValue[], after: readonly NamedValue[]): string =>
  changesInList({ one, nameOf: ({ name }) => name, tell: (a, b) => optionalPair(a.value, b.value) }, before, after);

const attributeChanges = (before: readonly CustomAttribute[], after: readonly CustomAttribute[]): string =>
  changesInList(
    { one: 'attribute', nameOf: ({ key }) => key, tell: (a, b) => optionalPair(a.value, b.value) },
    before,
    after,
  );

const detailProperties = (were: Money, money: Money): Partial<Properties<LineDetails>> => ({
  nameParent: text('name'),
  nameChild: text('variant'),
  sku: text('SKU'),
  platform: text('platform id'),
  internal: text('internal id'),
  barcode: text('barcode'),
  productSlug: text('product page'),
  imageUrl: text('image'),
  unitTotal: { called: 'unit price', tell: (from, to) => [cost(were, from), cost(money, to)] },
  rrp: amount('recommended retail price', were, money),
});

/** Describes the changes of line details; `were` formats the amounts before them. */
export const detailChanges = (were: Money, money: Money, before: LineDetails, after: LineDetails): string[] =>
  [
    ...changesIn(detailProperties(were, money), before, after),
    attributeChanges(before.customAttributes, after.customAttributes),
    taxLineChanges(were, money, before.taxLines, after.taxLines),
  ].filter((changes) => changes !== '');
