import { newStepBudget } from './assign-moves';
import { addPackages, diffItems } from './items';
import { diffFiles } from './files';
import type { PackageMilestone, PackageRef, PurchaseEvent } from '../events';
import { choosePairs, type Pairing } from './choose-pairs';
import { matchPackages } from './match-packages';
import { ownDatesOf } from './package-header';
import { compareTexts, shareMostArticles } from './package-similarity';
import { pairBy } from './pair-by';
import type { Instant, KeyedPackage, Package, PackageKey, Tracking } from '../purchase';
import { packageRef } from './refs';
import type { StepBudget } from './route-search';
import type { StepLimit } from './step-limit';
import { BUSINESS_ORDER, costOfEvents, isPending } from './routes';
import { canonicalJson, isSame, isSameInOrder } from '../same';
import type { LivePurchase } from '../state';
import { LineComparison, type PackageChange } from './open-lines';

const MILESTONES = {
  shippedAt: 'PackageShipped',
  deliveredAt: 'PackageDelivered',
  refundedAt: 'PackageRefunded',
  cancelledAt: 'PackageCancelled',
} as const satisfies Record<PackageMilestone, PurchaseEvent['type']>;

const MILESTONE_DATES = Object.keys(MILESTONES) as PackageMilestone[];

const dateOf = ({ dates }: Package): string =>
  dates.shippedAt ?? dates.cancelledAt ?? dates.refundedAt ?? dates.createdAt ?? '';

/** Orders shorter names first, so that S-2 precedes S-10. */
const compareNames = (a: string, b: string): number => a.length - b.length || compareTexts(a, b);

/** Sorts added packages by type in business order, date, name and content, independently of their order in the body. */
function sortInBusinessOrder(packages: readonly Package[]): Package[] {
  const textOf = cachedJson<Package>();
  return packages
    .map((each) => ({ each, name: packageRef(0, each).name ?? '' }))
    .sort(
      (a, b) =>
        BUSINESS_ORDER.indexOf(a.each.type) - BUSINESS_ORDER.indexOf(b.each.type) ||
        compareTexts(dateOf(a.each), dateOf(b.each)) ||
        compareNames(a.name, b.name) ||
        compareTexts(textOf(a.each), textOf(b.each)),
    )
    .map(({ each }) => each);
}

function packageChanges({ pairs, onlyBefore, onlyAfter }: Pairing, nextPackageKey: PackageKey): PackageChange[] {
  return [
    ...pairs.map(([b, a]): PackageChange => ({ key: b.key, before: b, after: a })),
    ...onlyBefore.map((b): PackageChange => ({ key: b.key, before: b })),
  ]
    .sort((a, b) => a.key - b.key)
    .concat(onlyAfter.map((a, index): PackageChange => ({ key: nextPackageKey + index, after: a })));
}

function diffPackageHeader(key: number, before: KeyedPackage, after: Package): PurchaseEvent[] {
  const events: PurchaseEvent[] = [];
  if (before.type !== after.type)
    events.push({
      type: 'PackageTypeChanged',
      data: { package: packageRef(key, before), before: before.type, after: after.type },
    });
  if (!isSame(before.identifiers, after.identifiers))
    events.push({
      type: 'PackageIdentifiersChanged',
      data: {
        package: packageRef(key, { type: after.type, identifiers: before.identifiers }),
        before: before.identifiers,
        after: after.identifiers,
      },
    });
  const [was, is] = [ownDatesOf(before.dates), ownDatesOf(after.dates)];
  if (!isSame(was, is))
    events.push({ type: 'PackageDatesChanged', data: { package: packageRef(key, after), before: was, after: is } });
  return events;
}

/**
 * The keys by which tracking entries are paired, in this order: number and carrier, number, URL, carrier id, carrier,
 * any.
 */
const TRACKING_MATCH_KEYS: readonly ((each: Tracking) => string | undefined)[] = [
  ({ trackingNumber, carrier }) => trackingNumber && JSON.stringify([trackingNumber, carrier]),
  ({ trackingNumber }) => trackingNumber,
  ({ trackingUrl }) => trackingUrl,
  ({ carrierId }) => carrierId,
  ({ carrier }) => carrier,
  () => '',
];

/** Returns a function that serializes a value canonically and caches the text. */
function cachedJson<T extends object>(): (each: T) => string {
  const texts = new Map<T, string>();
  return (each) => {
    const text = texts.get(each) ?? canonicalJson(each);
    texts.set(each, text);
    return text;
  };
}

interface TrackingText {
  tracking: Tracking;
  text: string;
}

const withText = (tracking: Tracking): TrackingText => ({ tracking, text: canonicalJson(tracking) });

/** Sorts by content, so that the order in the body has no influence. */
const sortByText = (list: readonly TrackingText[]): Tracking[] =>
  [...list].sort((a, b) => compareTexts(a.text, b.text)).map(({ tracking }) => tracking);

function diffTrackings(at: PackageRef, before: readonly Tracking[], after: readonly Tracking[]): PurchaseEvent[] {
  if (isSameInOrder(before, after)) return [];
  const differing = pairBy(before.map(withText), after.map(withText), ({ text }: TrackingText) => text);
  let [onlyBefore, onlyAfter] = [sortByText(differing.onlyBefore), sortByText(differing.onlyAfter)];
  const events: PurchaseEvent[] = [];
  for (const keyOf of TRACKING_MATCH_KEYS) {
    const paired = pairBy(onlyBefore, onlyAfter, keyOf);
    for (const [was, is] of paired.pairs)
      events.push({ type: 'TrackingChanged', data: { package: at, before: was, after: is } });
    ({ onlyBefore, onlyAfter } = paired);
  }
  for (const tracking of onlyAfter) events.push({ type: 'TrackingAdded', data: { package: at, tracking } });
  for (const tracking of onlyBefore) events.push({ type: 'TrackingRemoved', data: { package: at, tracking } });
  return events;
}

function diffShipping(key: number, before: KeyedPackage, after: Package): PurchaseEvent[] {
  const at = packageRef(key, after);
  const events: PurchaseEvent[] = [];
  if (!isSame(before.shippingMethod, after.shippingMethod))
    events.push({
      type: 'ShippingMethodChanged',
      data: { package: at, before: before.shippingMethod, after: after.shippingMethod },
    });
  if (!isSame(before.shippingAddress, after.shippingAddress))
    events.push({
      type: 'ShippingAddressChanged',
      data: { package: at, before: before.shippingAddress, after: after.shippingAddress },
    });
  events.push(...diffTrackings(at, before.trackings, after.trackings));
  events.push(...diffFiles(before.accountingFiles, after.accountingFiles, at));
  return events;
}

function diffMilestone(
  at: PackageRef,
  milestone: PackageMilestone,
  before: Instant | undefined,
  after: Instant | undefined,
): PurchaseEvent[] {
  if (before === undefined)
    return after === undefined ? [] : [{ type: MILESTONES[milestone], data: { package: at, at: after } }];
  if (after === undefined) return [{ type: 'PackageMilestoneWithdrawn', data: { package: at, milestone, before } }];
  return before === after
    ? []
    : [{ type: 'PackageMilestoneCorrected', data: { package: at, milestone, before, after } }];
}

const timeOf = ({ data }: PurchaseEvent): Instant => ('at' in data ? data.at : '');

/** The milestone events of all packages by date; corrections and withdrawals first. */
function diffMilestones(steps: readonly PackageChange[]): PurchaseEvent[] {
  return steps
    .flatMap(({ key, before, after }) =>
      after === undefined
        ? []
        : MILESTONE_DATES.flatMap((each) =>
            diffMilestone(packageRef(key, after), each, before?.dates[each], after.dates[each]),
          ),
    )
    .sort((a, b) => compareTexts(timeOf(a), timeOf(b)));
}

/**
 * The cost of a pairing that removes a package and adds the same one: more than the events of any pairing. A pending
 * package of a type and identifiers stays the same whatever it contains. Any other stays the same if it has the same
 * milestones too, and most of its articles.
 */
const REPLACEMENT_COST = 1_000_000;

function countReplaced({ onlyBefore, onlyAfter }: Pairing): number {
  if (onlyBefore.length === 0 || onlyAfter.length === 0) return 0;
  const nameOf = ({ type, identifiers, dates }: Package): string =>
    canonicalJson([type, identifiers, isPending(type) ? [] : MILESTONE_DATES.map((each) => `${each} ${dates[each]}`)]);
  return pairBy<Package, Package, Package>(onlyBefore, onlyAfter, nameOf).pairs.filter(
    ([before, after]) => isPending(before.type) || shareMostArticles(before, after),
  ).length;
}

/** The events that follow from one pairing. */
interface PairingResult {
  items: readonly PurchaseEvent[];
  milestones: readonly PurchaseEvent[];
  /** The cost of the item, header and milestone events (routes.ts) and of replaced packages. */
  cost: number;
}

const eventsOfKept = <T>(
  steps: readonly PackageChange[],
  each: (key: number, b: KeyedPackage, a: Package) => T[],
): T[] => steps.flatMap(({ key, before: b, after: a }) => (b === undefined || a === undefined ? [] : each(key, b, a)));

/**
 * The events of all packages, in this order: items added or moved before a type change; types, identifiers and dates;
 * items moved or changed afterwards; shipping, tracking and documents; milestones by date. If identifiers do not prove
 * the pairing of packages, the pairing with the cheapest events is used (choose-pairs.ts).
 */
export function diffPackages(
  before: Pick<LivePurchase, 'packages' | 'nextPackageKey' | 'nextLineKey'>,
  after: readonly Package[],
  limit?: StepLimit,
): PurchaseEvent[] {
  if (before.packages.length === 0) {
    const steps = sortInBusinessOrder(after).map((each, index) => ({
      key: before.nextPackageKey + index,
      after: each,
    }));
    return [...addPackages(steps, before.nextLineKey), ...diffMilestones(steps)];
  }
  const lines = new LineComparison();
  const diffPairing = (pairing: Pairing, budget?: StepBudget): PairingResult => {
    const steps = packageChanges(pairing, before.nextPackageKey);
    const headers = eventsOfKept(steps, diffPackageHeader);
    const newBudget = budget === undefined ? newStepBudget : (): StepBudget => budget;
    const items = diffItems(steps, before.nextLineKey, { headers, lines, newBudget, limit });
    const milestoneEvents = diffMilestones(steps);
    const cost = items.cost + costOfEvents(milestoneEvents) + REPLACEMENT_COST * countReplaced(pairing);
    return { items: items.events, milestones: milestoneEvents, cost };
  };
  const { pairing, result } = choosePairs(
    matchPackages(before.packages, after),
    sortInBusinessOrder,
    diffPairing,
    limit,
  );
  const shipping = eventsOfKept(packageChanges(pairing, before.nextPackageKey), diffShipping);
  return [...result.items, ...shipping, ...result.milestones];
}
