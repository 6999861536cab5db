import { BUSINESS_ORDER, diffItems, headerOf } from './items';
import { diffFiles } from './files';
import type { PackageMilestone, PackageRef, PurchaseEvent } from '../events';
import { matchPackages } from './match-packages';
import { pairBy } from './pair-by';
import type { Instant, KeyedPackage, Package, Tracking } from '../purchase';
import { packageRef } from './refs';
import { isSame, multisetDifference } from '../same';
import type { LivePurchase } from '../state';
import type { PackageStep } from './trace-lines';

const MILESTONES = {
  shippedAt: 'PackageShipped',
  deliveredAt: 'PackageDelivered',
  refundedAt: 'PackageRefunded',
  cancelledAt: 'PackageCancelled',
} as const satisfies Record<PackageMilestone, PurchaseEvent['type']>;

const milestones = Object.keys(MILESTONES) as PackageMilestone[];

function stepsOf(before: LivePurchase, after: readonly Package[]): PackageStep[] {
  const { pairs, gone, fresh } = matchPackages(before.packages, after);
  const inOrder = [...fresh].sort((a, b) => BUSINESS_ORDER.indexOf(a.type) - BUSINESS_ORDER.indexOf(b.type));
  return [
    ...pairs.map(([b, a]): PackageStep => ({ key: b.key, before: b, after: a })),
    ...gone.map((b): PackageStep => ({ key: b.key, before: b })),
  ]
    .sort((a, b) => a.key - b.key)
    .concat(inOrder.map((a, index): PackageStep => ({ key: before.nextPackageKey + index, after: a })));
}

function diffHeader(key: number, before: KeyedPackage, after: Package): PurchaseEvent[] {
  const events: PurchaseEvent[] = [];
  const at = packageRef(key, after);
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
  const [was, is] = [headerOf(before).dates, headerOf(after).dates];
  if (!isSame(was, is)) events.push({ type: 'PackageDatesChanged', data: { package: at, before: was, after: is } });
  return events;
}

/** Which tracking entry became which: that with the same number, else that of the same carrier, else the next one. */
const TRACKING_LIKENESSES: readonly ((each: Tracking) => string | undefined)[] = [
  ({ trackingNumber }) => trackingNumber,
  ({ carrier }) => carrier,
  () => '',
];

function diffTrackings(at: PackageRef, before: readonly Tracking[], after: readonly Tracking[]): PurchaseEvent[] {
  let { onlyInA: gone, onlyInB: fresh } = multisetDifference(before, after);
  const events: PurchaseEvent[] = [];
  for (const likeness of TRACKING_LIKENESSES) {
    const paired = pairBy(gone, fresh, likeness);
    for (const [was, is] of paired.pairs)
      events.push({ type: 'TrackingChanged', data: { package: at, before: was, after: is } });
    ({ gone, fresh } = paired);
  }
  for (const tracking of fresh) events.push({ type: 'TrackingAdded', data: { package: at, tracking } });
  for (const tracking of gone) events.push({ type: 'TrackingRemoved', data: { package: at, tracking } });
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
  if (before === after) return [];
  if (after === undefined)
    return before === undefined
      ? []
      : [{ type: 'PackageMilestoneWithdrawn', data: { package: at, milestone, before } }];
  return before === undefined
    ? [{ type: MILESTONES[milestone], data: { package: at, at: after } }]
    : [{ type: 'PackageMilestoneCorrected', data: { package: at, milestone, before, after } }];
}

const whenOf = ({ data }: PurchaseEvent): Instant => ('at' in data ? data.at : '');

/** All milestones of all packages in the order in which they were reached; corrections and withdrawals first. */
function diffMilestones(steps: readonly PackageStep[]): PurchaseEvent[] {
  return steps
    .flatMap(({ key, before, after }) =>
      after === undefined
        ? []
        : milestones.flatMap((each) =>
            diffMilestone(packageRef(key, after), each, before?.dates[each], after.dates[each]),
          ),
    )
    .sort((a, b) => (whenOf(a) < whenOf(b) ? -1 : whenOf(a) > whenOf(b) ? 1 : 0));
}

/**
 * What happened to the packages, in this order: their headers, their items (added, moved, changed, removed), their shipping, tracking and
 * documents, their milestones by date.
 */
export function diffPackages(before: LivePurchase, after: readonly Package[]): PurchaseEvent[] {
  const steps = stepsOf(before, after);
  const stayed = <T>(tell: (key: number, b: KeyedPackage, a: Package) => T[]): T[] =>
    steps.flatMap(({ key, before: b, after: a }) => (b === undefined || a === undefined ? [] : tell(key, b, a)));
  return [
    ...stayed(diffHeader),
    ...diffItems(steps, before.nextLineKey),
    ...stayed(diffShipping),
    ...diffMilestones(steps),
  ];
}
