import type { PackageMilestone, PackageRef, PurchaseEvent } from './events';
import type { Instant, KeyedPackage, PackageKey, PackageType, Purchase } from './purchase';
import type { LivePurchase, PurchaseState } from './state';

/** The milestone that says when items came to be in a package of this type. */
const MILESTONE_OF: Partial<Record<PackageType, PackageMilestone>> = {
  shipment: 'shippedAt',
  refund: 'refundedAt',
  cancelled: 'cancelledAt',
};

/** A time of the sender, where this PUT moved it. An old one says nothing about what is new. */
const moved = (before: Instant | undefined, after: Instant | undefined): Instant | undefined =>
  after === before ? undefined : after;

/** Never later than the call: what is dated later has not happened yet, or the sender's clock is wrong. */
const notAfter = (call: Instant, time: Instant): Instant => (time < call ? time : call);

/** When a purchase changed, as its sender says: its `updated_at`, its `revision_date`, else the time of the call. */
export function changedAt(
  before: Pick<Purchase, 'dates' | 'revisionDate'> | undefined,
  after: Pick<Purchase, 'dates' | 'revisionDate'>,
  call: Instant,
): Instant {
  const updated = moved(before?.dates.updatedAt, after.dates.updatedAt);
  return notAfter(call, updated ?? moved(before?.revisionDate, after.revisionDate) ?? call);
}

/** The time that an event says itself: a milestone's date, a transaction's, that of a call. */
function ownTimeOf({ data }: PurchaseEvent): Instant | undefined {
  if ('at' in data) return data.at;
  return 'transaction' in data ? data.transaction.happenedAt : undefined;
}

/** The package that an event is about: of a move, the one that the items came to. */
function packageOf({ data }: PurchaseEvent): Pick<PackageRef, 'key'> | undefined {
  if ('to' in data && typeof data.to === 'object') return data.to;
  return 'package' in data ? data.package : undefined;
}

const isArrival = ({ type }: PurchaseEvent): boolean => type === 'PackageAdded' || type.startsWith('ItemsMovedTo');

const byKey = (purchase: LivePurchase | undefined): Map<PackageKey, KeyedPackage> =>
  new Map(purchase?.packages.map((each) => [each.key, each]));

/** What the package that an event is about says of when it happened. */
function packageTimes(
  before: LivePurchase | undefined,
  after: LivePurchase | undefined,
): (event: PurchaseEvent) => Instant | undefined {
  const [packagesBefore, packagesAfter] = [byKey(before), byKey(after)];
  return (event) => {
    const found = packagesAfter.get(packageOf(event)?.key ?? 0);
    if (found === undefined) return undefined;
    const dates = packagesBefore.get(found.key)?.dates;
    const milestone = isArrival(event) ? MILESTONE_OF[found.type] : undefined;
    const reached = milestone && moved(dates?.[milestone], found.dates[milestone]);
    return reached ?? moved(dates?.updatedAt, found.dates.updatedAt);
  };
}

const purchaseOf = (state: PurchaseState): LivePurchase | undefined =>
  state.phase === 'live' ? state.purchase : undefined;

/**
 * When each event of one write happened in the business (docs/events.md). The first of these that the write says, and never later than the call:
 *
 * 1. the time in the event itself: of a milestone, a transaction, a submission, the creation of the purchase;
 * 2. in the first PUT: when the purchase was created;
 * 3. for items that arrive in a shipment, a refund or a cancellation: its milestone;
 * 4. the `updated_at` of the package that the event is about;
 * 5. the `updated_at` of the purchase, then its `revision_date`;
 * 6. the time of the call.
 *
 * Times in 3 to 5 count where this write changed them.
 */
export function occurredAt(
  events: readonly PurchaseEvent[],
  before: PurchaseState,
  after: PurchaseState,
  call: Instant,
): Instant[] {
  const [first] = events;
  if (first?.type === 'PurchaseCreated')
    return events.map((event) => notAfter(call, ownTimeOf(event) ?? first.data.at));
  const [was, is] = [purchaseOf(before), purchaseOf(after)];
  const fallback = is === undefined ? call : changedAt(was, is, call);
  const packageTime = packageTimes(was, is);
  return events.map((event) => notAfter(call, ownTimeOf(event) ?? packageTime(event) ?? fallback));
}
