import { packageRef } from '../diff/refs';
import type { LineRef, MovedItem, PackageRef } from '../events';
import type { KeyedLine, KeyedPackage, PackageType } from '../purchase';
import { listed, MAX_NAMED, ordinal, plainText } from './text';

export const PACKAGE_WORDS: Record<PackageType, string> = {
  incoming: 'Incoming',
  processing: 'Processing',
  on_hold: 'On hold',
  shipment: 'Shipment',
  refund: 'Refund',
  cancelled: 'Cancellation',
};

/** The packages of a purchase immediately before an event. */
export type Packages = Iterable<Pick<KeyedPackage, 'key' | 'type' | 'identifiers'>>;

/** In purchases with more packages, equal names are not numbered, so that the cost of a sentence is bounded. */
const MAX_NUMBERED_PACKAGES = 200;

/** The position of a package among those with its type and name, from 1; undefined if it is the only one. */
function rankOf({ key, type, name }: PackageRef, packages: Packages): number | undefined {
  let [compared, earlier, others] = [0, 0, 0];
  for (const other of packages) {
    if (++compared > MAX_NUMBERED_PACKAGES) return undefined;
    if (other.type !== type || other.key === key || packageRef(other.key, other).name !== name) continue;
    others += 1;
    if (other.key < key) earlier += 1;
  }
  return others === 0 ? undefined : earlier + 1;
}

/** The name of a package: "Shipment S-1", "Shipment", or "second Shipment" if several have one name. */
export function packageName(ref: PackageRef, packages: Packages): string {
  const word = PACKAGE_WORDS[ref.type];
  const name = ref.name === undefined ? word : `${word} ${plainText(ref.name)}`;
  const rank = rankOf(ref, packages);
  return rank === undefined ? name : `${ordinal(rank)} ${name}`;
}

/** An article within an enumeration. `details` distinguish it from others of the same name. */
interface Article {
  quantity: number;
  name: string;
  sku?: string;
  details?: string;
}

/** The name of a single article with its SKU: "Mug (SKU M-1)". */
export const lineName = ({ name, sku }: LineRef): string =>
  sku === undefined ? plainText(name) : `${plainText(name)} (SKU ${plainText(sku)})`;

/** Enumerates articles with their quantities. SKU and attributes are added if names are equal. */
function articles(all: readonly Article[]): string {
  const named = new Map<string, Map<string, Article>>();
  const distinct: Article[] = [];
  for (const { quantity, name, sku, details = '' } of all) {
    const namesakes = named.get(name) ?? new Map<string, Article>();
    named.set(name, namesakes);
    const key = `${sku?.length ?? ''} ${sku ?? ''}${details}`;
    const known = namesakes.get(key);
    if (known !== undefined) known.quantity += quantity;
    else {
      const article = { quantity, name, sku, details };
      namesakes.set(key, article);
      distinct.push(article);
    }
  }
  const told = distinct.map(({ quantity, name, sku, details }, index) => {
    // `listed` shows the number of the others.
    if (index >= MAX_NAMED) return '';
    const isOneOfSeveral = (named.get(name)?.size ?? 0) > 1;
    const apart = [sku === undefined ? undefined : `SKU ${plainText(sku)}`, details].filter(Boolean).join(', ');
    return `${quantity} × ${plainText(name)}${isOneOfSeveral && apart !== '' ? ` (${apart})` : ''}`;
  });
  return listed(told, 'article');
}

const attributesOf = ({ details: { customAttributes } }: KeyedLine): string =>
  customAttributes.map(({ key, value = '' }) => plainText(`${key} ${value}`)).join(', ');

/** The articles of lines: "6 × Lantern, 4 × Mug". */
export const lineArticles = (items: readonly KeyedLine[]): string =>
  articles(
    items.map((line) => {
      const { sku, nameParent, nameChild } = line.details;
      const name = nameChild === undefined ? nameParent : `${nameParent} ${nameChild}`;
      return { quantity: line.quantity, name, sku, details: attributesOf(line) };
    }),
  );

/** The articles of a move: "6 × Lantern, 4 × Mug". */
export const movedArticles = (items: readonly MovedItem[]): string =>
  articles(items.map(({ quantity, to: { line } }) => ({ quantity, name: line.name, sku: line.sku })));
