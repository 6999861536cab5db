import type { PackageType } from '@app/purchase/purchase';
import type { Shop, ShopLine, ShopPackage } from './shop';

/** One everyday step. Returns false if the order does not allow it. */
export type Step = (shop: Shop) => boolean;

const some = (shop: Shop, most: number): number => 1 + shop.random.below(most);

/** Moves at least one unit: some lines, completely or in part. */
function moveSome(shop: Shop, source: ShopPackage, target: ShopPackage): void {
  const lines = shop.shuffled(source.lines);
  const first = shop.pick(lines);
  for (const each of lines)
    if (each === first || shop.random.chance(0.5))
      shop.move(source, each, shop.random.chance(0.4) ? each.quantity : some(shop, each.quantity), target);
}

/** Moves items from a package of one of these types to a new package. */
const part =
  (from: readonly PackageType[], to: PackageType): Step =>
  (shop) => {
    const source = shop.pick(shop.of(...from));
    if (source === undefined) return false;
    moveSome(shop, source, shop.open(to));
    return true;
  };

const all =
  (from: readonly PackageType[], to: PackageType): Step =>
  (shop) => {
    const source = shop.pick(shop.of(...from));
    if (source === undefined) return false;
    shop.moveAll(source, shop.open(to));
    return true;
  };

/** Moves items from a package of one type to an existing pending package or to a new one. */
const transferred =
  (from: PackageType, to: PackageType): Step =>
  (shop) => {
    const source = shop.pick(shop.of(from));
    if (source === undefined) return false;
    const target = shop.pick(shop.of(to).filter((each) => each !== source)) ?? shop.open(to);
    moveSome(shop, source, target);
    return true;
  };

const twoParcels: Step = (shop) => {
  const source = shop.pick(shop.of('processing').filter(({ lines }) => lines.some((each) => each.quantity > 1)));
  if (source === undefined) return false;
  const [first, second] = [shop.open('shipment'), shop.open('shipment')];
  for (const each of [...source.lines]) {
    const half = Math.ceil(each.quantity / 2);
    const rest = each.quantity - half;
    shop.move(source, each, half, first);
    if (rest > 0) shop.move(source, each, rest, second);
  }
  return second.lines.length > 0;
};

/** Changes the type of a package, which keeps its number. */
const becomes =
  (from: PackageType, to: PackageType): Step =>
  (shop) => {
    const source = shop.pick(shop.of(from).filter(({ name }) => name !== undefined));
    if (source === undefined) return false;
    source.type = to;
    shop.date(source);
    return true;
  };

/** Splits a fulfilment order: the shipped part keeps the number, the remainder gets another one. */
const splitFulfilment: Step = (shop) => {
  const source = shop.pick(
    shop.of('processing').filter(({ name, lines }) => name !== undefined && lines.some((each) => each.quantity > 1)),
  );
  const divisible = source?.lines.find((each) => each.quantity > 1);
  if (source === undefined || divisible === undefined) return false;
  const shipped = shop.open('shipment', source.name);
  source.name = shop.newNumber('processing');
  shop.move(source, divisible, some(shop, divisible.quantity - 1), shipped);
  return true;
};

const refund: Step = part(['shipment'], 'refund');

const exchange: Step = (shop) => {
  const source = shop.pick(shop.of('shipment'));
  const returned = source && shop.pick(source.lines);
  if (source === undefined || returned === undefined) return false;
  const { article, price } = returned;
  const quantity = some(shop, Math.min(2, returned.quantity));
  shop.move(source, returned, quantity, shop.open('refund'));
  const replacement = shop.random.chance(0.7)
    ? (shop.pick(shop.of('processing')) ?? shop.open('processing'))
    : shop.open('shipment');
  shop.order(replacement, { article, price, quantity });
  return true;
};

const waitingLine = (shop: Shop): [ShopPackage, ShopLine] | undefined => {
  const source = shop.pick(shop.of('processing', 'on_hold', 'incoming'));
  const found = source && shop.pick(source.lines);
  return source === undefined || found === undefined ? undefined : [source, found];
};

const inWaitingLine =
  (change: (shop: Shop, source: ShopPackage, found: ShopLine) => boolean): Step =>
  (shop) => {
    const found = waitingLine(shop);
    return found !== undefined && change(shop, ...found);
  };

const orderMore: Step = (shop) => {
  const target = shop.pick(shop.of('processing')) ?? shop.open('processing');
  const known = shop.pick(target.lines);
  const article =
    known !== undefined && shop.random.chance(0.7)
      ? { article: known.article, price: known.price }
      : { article: `N${shop.random.below(3)}`, price: 250 };
  shop.order(target, { ...article, quantity: some(shop, 3) });
  return true;
};

const orderLess: Step = inWaitingLine((shop, source, found) => {
  shop.strike(source, found, some(shop, found.quantity));
  return true;
});

const substitute: Step = inWaitingLine((shop, source, found) => {
  const { price, quantity } = found;
  shop.strike(source, found, quantity);
  shop.order(source, { article: `Sub${shop.random.below(99)}`, price, quantity });
  return true;
});

const splitLine: Step = inWaitingLine((shop, source, found) => {
  if (found.quantity < 2) return false;
  const quantity = some(shop, found.quantity - 1);
  found.quantity -= quantity;
  source.lines.push({ ...found, quantity });
  return true;
});

const mergeLines: Step = (shop) => {
  for (const source of shop.packages)
    for (const [index, each] of source.lines.entries()) {
      const twin = source.lines.slice(index + 1).find(({ article }) => article === each.article);
      if (twin === undefined) continue;
      each.quantity += twin.quantity;
      source.lines = source.lines.filter((other) => other !== twin);
      return true;
    }
  return false;
};

const reprice: Step = inWaitingLine((_, source, found) => {
  const price = found.price + 10;
  if (source.lines.some((each) => each.article === found.article && each.price === price)) return false;
  found.price = price;
  return true;
});

const renumber: Step = (shop) => {
  const target = shop.pick(shop.packages.filter(({ name }) => name !== undefined));
  if (target === undefined) return false;
  target.name = shop.newNumber(target.type);
  return true;
};

const getsNumber: Step = (shop) => {
  const target = shop.pick(shop.packages.filter(({ name }) => name === undefined));
  if (target === undefined) return false;
  target.name = shop.newNumber(target.type);
  return true;
};

const deliver: Step = (shop) => {
  const target = shop.pick(shop.of('shipment').filter(({ delivered }) => delivered === undefined));
  if (target === undefined) return false;
  shop.deliver(target);
  return true;
};

/** The steps with their relative frequency. */
export const STEPS: Readonly<Record<string, readonly [weight: number, step: Step]>> = {
  'ship a part': [5, part(['processing'], 'shipment')],
  'ship all': [4, all(['processing'], 'shipment')],
  'ship under its number': [1, becomes('processing', 'shipment')],
  'two parcels': [2, twoParcels],
  'split a fulfilment order': [1, splitFulfilment],
  'cancel a part': [1, part(['processing', 'incoming', 'on_hold'], 'cancelled')],
  'cancel the rest': [2, all(['processing'], 'cancelled')],
  refund: [4, refund],
  'refund all': [1, all(['shipment'], 'refund')],
  exchange: [3, exchange],
  'back-order': [2, transferred('processing', 'incoming')],
  receive: [2, transferred('incoming', 'processing')],
  transfer: [2, transferred('processing', 'processing')],
  hold: [1, all(['processing'], 'on_hold')],
  'hold under its number': [1, becomes('processing', 'on_hold')],
  release: [2, all(['on_hold'], 'processing')],
  'order more': [1, orderMore],
  'order less': [1, orderLess],
  substitute: [1, substitute],
  'split a line': [1, splitLine],
  'merge lines': [1, mergeLines],
  reprice: [1, reprice],
  renumber: [1, renumber],
  'get a number': [1, getsNumber],
  deliver: [2, deliver],
};
