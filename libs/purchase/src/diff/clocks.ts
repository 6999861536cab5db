import type { PurchaseEvent, SenderClocks } from '../events';
import type { Instant, Purchase } from '../purchase';

type Dated = { updatedAt?: Instant };
type DatesEvent = Extract<PurchaseEvent, { type: 'PurchaseDatesChanged' | 'PackageDatesChanged' }>;

const isDatesEvent = (event: PurchaseEvent): event is DatesEvent =>
  event.type === 'PurchaseDatesChanged' || event.type === 'PackageDatesChanged';

function withUpdatedAt<T extends Dated>(dates: T, updatedAt: Instant | undefined): T {
  const { updatedAt: _, ...rest } = dates;
  return (updatedAt === undefined ? rest : { ...rest, updatedAt }) as T;
}

const updatedAtOf = (updatedAt: Instant | undefined): Dated => (updatedAt === undefined ? {} : { updatedAt });

/** The event without `updatedAt`, or nothing if no other date changes. */
function otherDates(event: DatesEvent): PurchaseEvent[] {
  const { before, after } = event.data as { before: Dated & Record<string, Instant>; after: typeof before };
  const rest = withUpdatedAt(after, before.updatedAt);
  const keys = new Set([...Object.keys(before), ...Object.keys(rest)]);
  if ([...keys].every((key) => before[key] === rest[key])) return [];
  return [{ ...event, data: { ...event.data, after: rest } } as PurchaseEvent];
}

/** One SenderClocksChanged event for all changed timestamps, or nothing. */
function clocksEvent(before: SenderClocks, after: SenderClocks): PurchaseEvent[] {
  const isMoved = Object.keys(before).length + Object.keys(after).length > 0;
  return isMoved ? [{ type: 'SenderClocksChanged', data: { before, after } }] : [];
}

/**
 * Moves all changes of sender timestamps (`revision_date`, `updated_at` of the purchase and its packages) into one
 * SenderClocksChanged event at the end (ADR 54), because senders change them with every message.
 */
export function gatherClocks(
  before: Pick<Purchase, 'revisionDate'>,
  after: Pick<Purchase, 'revisionDate'>,
  events: readonly PurchaseEvent[],
): PurchaseEvent[] {
  const [was, is]: [SenderClocks, SenderClocks] = [{}, {}];
  const packagesBefore: NonNullable<SenderClocks['packages']> = [];
  const packagesAfter: NonNullable<SenderClocks['packages']> = [];
  const others = events.flatMap((event) => {
    if (!isDatesEvent(event) || event.data.before.updatedAt === event.data.after.updatedAt) return [event];
    const [from, to] = [updatedAtOf(event.data.before.updatedAt), updatedAtOf(event.data.after.updatedAt)];
    if (event.type === 'PurchaseDatesChanged') {
      Object.assign(was, from);
      Object.assign(is, to);
    } else {
      packagesBefore.push({ key: event.data.package.key, ...from });
      packagesAfter.push({ key: event.data.package.key, ...to });
    }
    return otherDates(event);
  });
  if (before.revisionDate !== after.revisionDate) {
    if (before.revisionDate !== undefined) was.revisionDate = before.revisionDate;
    if (after.revisionDate !== undefined) is.revisionDate = after.revisionDate;
  }
  if (packagesAfter.length > 0) {
    was.packages = packagesBefore;
    is.packages = packagesAfter;
  }
  return [...others, ...clocksEvent(was, is)];
}
