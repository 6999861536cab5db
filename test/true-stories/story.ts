import { diff } from '@app/purchase/diff/diff';
import { evolve } from '@app/purchase/evolve';
import type { PurchaseEvent } from '@app/purchase/events';
import { plainPackage } from '@app/purchase/plain';
import type { KeyedPackage, Package, PackageType, Purchase } from '@app/purchase/purchase';
import { canonicalJson } from '@app/purchase/same';
import { initialState, type LivePurchase } from '@app/purchase/state';
import { ambiguityOf, isOdd, netStory, type Ambiguity, type Side } from './net-story';
import { movesTold, possibleWays } from './pieces';
import { Shop, type Random, type Style } from './shop';
import { STEPS } from './steps';

/** The steps between two bodies, and the events of the diff. */
export interface Story {
  done: readonly string[];
  before: Purchase;
  after: Purchase;
  events: readonly PurchaseEvent[];
  /** The articles whose units did not move as in the steps. */
  wrong: readonly string[];
  /** Implausible moves in the events. */
  implausible: readonly string[];
  /** The reason for which the events fit the bodies as well as the steps do, if they differ. */
  ambiguity?: Ambiguity;
  /** The events contain an implausible move, although the steps have none and take at most one event more. */
  isNeedlesslyImplausible: boolean;
}

/** A random source with a state of 32 bits (the algorithm is known as mulberry32). */
export function randomOf(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return { below: (below) => Math.floor(next() * below), chance: (probability) => next() < probability };
}

const at = '2026-02-10T08:00:00.000Z';

function live(purchase: Purchase): LivePurchase {
  const state = diff(undefined, purchase, { at }).reduce(evolve, initialState);
  if (state.phase !== 'live') throw new Error(state.phase);
  return state.purchase;
}

function styleOf(random: Random): Style {
  const kind = random.below(20);
  return {
    names: kind < 6 ? 'all' : kind < 17 ? 'done' : 'none',
    dated: kind >= 17 || random.chance(0.7),
    shuffles: random.chance(0.5),
  };
}

/** Creates an order that is partly processed. */
function openShop(random: Random): Shop {
  const shop = new Shop(random, styleOf(random));
  const articles = Array.from({ length: 1 + random.below(5) }, (_, n) => ({
    article: `A${n}`,
    price: 100 * (n + 1),
    quantity: 1,
  }));
  const fill = (type: PackageType): void => {
    const target = shop.open(type);
    const first = shop.pick(articles);
    for (const each of articles)
      if (each === first || random.chance(0.6))
        shop.put(target, { ...each, quantity: 1 + random.below(type === 'processing' ? 10 : 6) });
    shop.nextDay();
  };
  fill('processing');
  if (random.chance(0.2) && shop.style.names !== 'none') fill('processing');
  for (const [type, probability] of [
    ['shipment', 0.6],
    ['shipment', 0.4],
    ['refund', 0.2],
    ['cancelled', 0.15],
    ['on_hold', 0.15],
    ['incoming', 0.15],
  ] as const)
    if (random.chance(probability)) fill(type);
  if (random.chance(0.2)) STEPS['split a line']?.[1](shop);
  return shop;
}

const total = Object.values(STEPS).reduce((sum, [weight]) => sum + weight, 0);

function stepName(random: Random): string {
  let at_ = random.below(total);
  for (const [name, [weight]] of Object.entries(STEPS)) {
    at_ -= weight;
    if (at_ < 0) return name;
  }
  throw new Error('no step');
}

function play(shop: Shop, steps: number): string[] {
  const done: string[] = [];
  for (let tries = 0; done.length < steps && tries < 200; tries++) {
    const name = stepName(shop.random);
    shop.nextDay();
    const isDone = STEPS[name]?.[1](shop) === true;
    shop.clean();
    if (isDone) done.push(name);
  }
  return done;
}

/** Packages with equal content are indistinguishable. */
const textOf = (each: Package): string => canonicalJson(each);
const textOfKeyed = (each: KeyedPackage): string => textOf(plainPackage(each));

type Holdings = Map<string, Map<number, number>>;

function byArticle(held: Iterable<readonly [id: number, articles: ReadonlyMap<string, number>]>): Holdings {
  const holdings: Holdings = new Map();
  for (const [id, articles] of held)
    for (const [article, quantity] of articles)
      holdings.set(article, (holdings.get(article) ?? new Map<number, number>()).set(id, quantity));
  return holdings;
}

function held({ items }: KeyedPackage): Map<string, number> {
  const pieces = new Map<string, number>();
  for (const { details, quantity } of items)
    pieces.set(details.nameParent, (pieces.get(details.nameParent) ?? 0) + quantity);
  return pieces;
}

const namesOf = (ids: readonly number[], packages: readonly Package[]): Map<number, string> =>
  new Map(ids.map((id, index) => [id, packages[index] === undefined ? '' : textOf(packages[index])]));

const waysOf = (side: Side, article: string): Set<string> =>
  possibleWays(
    side.held.get(article) ?? new Map<number, number>(),
    side.moves.filter((move) => move.article === article),
    (id) => side.origins.get(id) ?? '',
    (id) => side.places.get(id) ?? '',
  );

const typesOf = (ids: readonly number[], packages: readonly Package[]): Map<number, PackageType> =>
  new Map(ids.map((id, index) => [id, packages[index]?.type ?? 'processing']));

function wrongArticles(truth: Side, told: Side): string[] {
  const articles = new Set([...truth.held.keys(), ...[...truth.moves, ...told.moves].map(({ article }) => article)]);
  return [...articles].filter((article) => {
    const ways = waysOf(truth, article);
    return ![...waysOf(told, article)].some((way) => ways.has(way));
  });
}

/** Generates the case of one seed. */
export function storyOf(seed: number, steps: number): Story {
  const shop = openShop(randomOf(seed));
  shop.moves = [];
  const first = shop.message();
  const holdings = byArticle(shop.holdings());
  const done = play(shop, steps);
  const second = shop.message();
  const before = live(first.purchase);
  const events = diff(before, second.purchase, { at });
  const state = events.reduce(evolve, { phase: 'live', purchase: before });
  if (state.phase !== 'live') throw new Error(state.phase);
  const truth: Side = {
    held: holdings,
    moves: shop.moves,
    origins: namesOf(first.ids, first.purchase.packages),
    places: namesOf(second.ids, second.purchase.packages),
    typesBefore: typesOf(first.ids, first.purchase.packages),
    typesAfter: typesOf(second.ids, second.purchase.packages),
  };
  const told: Side = {
    held: byArticle(before.packages.map((each) => [each.key, held(each)] as const)),
    moves: events.flatMap(movesTold),
    origins: new Map(before.packages.map((each) => [each.key, textOfKeyed(each)])),
    places: new Map(state.purchase.packages.map((each) => [each.key, textOfKeyed(each)])),
    typesBefore: new Map(before.packages.map((each) => [each.key, each.type])),
    typesAfter: new Map(state.purchase.packages.map((each) => [each.key, each.type])),
  };
  const [happened, said] = [netStory(truth), netStory(told)];
  const wrong = wrongArticles(truth, told);
  const implausible = events.flatMap(({ type, data }) =>
    type.startsWith('ItemsMoved') && 'to' in data && 'from' in data && isOdd(data.from.type, data.to.type)
      ? [`${data.from.type} → ${data.to.type}`]
      : [],
  );
  const ambiguity = wrong.length === 0 ? undefined : ambiguityOf(happened, said, wrong);
  return {
    done,
    before: first.purchase,
    after: second.purchase,
    events,
    wrong,
    ...(ambiguity !== undefined && { ambiguity }),
    implausible,
    isNeedlesslyImplausible:
      implausible.length > 0 && happened.isPlausible && happened.parts.size <= said.parts.size + 1,
  };
}
