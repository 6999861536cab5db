import type { PackageMilestone, PackageRef, PurchaseEvent } from './events';
import type { Instant, KeyedPackage, PackageKey, PackageType, Purchase } from './purchase';
import type { LivePurchase, PurchaseState } from './state';

/** The milestone that dates the arrival of items in a package of a type. */
const MILESTONE_OF: Partial<Record<PackageType, PackageMilestone>> = {
  shipment: 'shippedAt',
  refund: 'refundedAt',
  cancelled: 'cancelledAt',
};

/** The sent time if it differs from the stored one. An unchanged time does not date a change. */
const moved = (before: Instant | undefined, after: Instant | undefined): Instant | undefined =>
  after === before ? undefined : after;

/** Limits a time to the time of the request, because an event cannot be in the future. */
const notAfter = (call: Instant, time: Instant): Instant => (time < call ? time : call);

/**
 * The time at which the sender changed the purchase: its `updated_at`, else its `revision_date`, else the time of the
 * request.
 */
export function changedAt(
  before: Pick<Purchase, 'dates' | 'revisionDate'> | undefined,
  after: Pick<Purchase, 'dates' | 'revisionDate'>,
  call: Instant,
): Instant {
  const updated = moved(before?.dates.updatedAt, after.dates.updatedAt);
  return notAfter(call, updated ?? moved(before?.revisionDate, after.revisionDate) ?? call);
}

/** The time that the data of an event contains. */
function ownTimeOf({ data }: PurchaseEvent): Instant | undefined {
  if ('at' in data) return data.at;
  return 'transaction' in data ? data.transaction.happenedAt : undefined;
}

/** The package of an event; for a move, its target. */
function packageOf({ data }: PurchaseEvent): Pick<PackageRef, 'key'> | undefined {
  if ('to' in data && typeof data.to === 'object') return data.to;
  return 'package' in data ? data.package : undefined;
}

/** True if items arrive in the package, or with it: a package that becomes a shipment contains shipped items. */
const isArrival = ({ type }: PurchaseEvent): boolean =>
  type === 'PackageAdded' || type === 'PackageTypeChanged' || type.startsWith('ItemsMovedTo');

const byKey = (purchase: LivePurchase | undefined): Map<PackageKey, KeyedPackage> =>
  new Map(purchase?.packages.map((each) => [each.key, each]));

/** The times of the package that can date an event. */
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
 * Dates the events of one write (docs/events.md). Uses the first available time, limited to the time of the request:
 * - the time in the event: of a milestone, a transaction, a submission or the creation;
 * - in the first PUT, the creation date of the purchase;
 * - for items that arrive in a shipment, refund or cancellation, and for a package that becomes one, its milestone;
 * - the `updated_at` of the package;
 * - the `updated_at` of the purchase, then its `revision_date`;
 * - the time of the request.
 *
 * A milestone, `updated_at` or `revision_date` counts only if this write changed it.
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
