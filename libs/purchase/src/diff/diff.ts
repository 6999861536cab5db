import { gatherClocks } from './clocks';
import { diffHeader } from './header';
import { diffPackages } from './packages';
import { NO_PACKAGES } from '../evolve';
import type { PurchaseEvent } from '../events';
import type { Instant, Purchase, PurchaseHeader } from '../purchase';
import type { LivePurchase } from '../state';

/** What is known of the first sight of a purchase. */
export interface CreationInfo {
  at: Instant;
  /** The id of the deleted purchase that had the identifier of its path before. */
  follows?: string;
}

function diffCreation(after: Purchase, { at, follows }: CreationInfo): PurchaseEvent[] {
  const { packages, ...header } = after;
  const purchase: PurchaseHeader = header;
  const { createdAt, placedAt } = after.dates;
  const created: PurchaseEvent = {
    type: 'PurchaseCreated',
    // When the sender says that it came to be; the time of the call, where it does not say.
    data: { purchase, at: createdAt ?? placedAt ?? at, ...(follows !== undefined && { follows }) },
  };
  return [created, ...diffPackages(NO_PACKAGES, packages)];
}

const EVENTS_WITH_AMOUNTS: ReadonlySet<PurchaseEvent['type']> = new Set([
  'TotalPaidChanged',
  'ShippingMethodChanged',
  'ItemQuantityChanged',
  'ItemRepriced',
]);

/** With the currency said in which the amounts were before, where that is another. */
const withCurrencyBefore = (events: PurchaseEvent[], before: string, after: string): PurchaseEvent[] =>
  before === after
    ? events
    : events.map((event) =>
        EVENTS_WITH_AMOUNTS.has(event.type)
          ? ({ type: event.type, data: { ...event.data, currencyBefore: before } } as PurchaseEvent)
          : event,
      );

/**
 * What happened between two whole purchases, in the words of the business and in one fixed order: the purchase itself, its packages and what
 * is in them, the sender's clocks last. `before` undefined: it was seen for the first time; then PurchaseCreated comes first, and each
 * package as it was found. `at` is the time of the call, used where the body names no time of its own.
 *
 * Folding the events over `before` gives `after`, up to keys and the order within arrays (I1); equal purchases give none (I2); each event
 * changes something (I3); the same input gives the same events (I5).
 */
export function diff(
  before: LivePurchase | undefined,
  after: Purchase,
  creation: CreationInfo,
): readonly PurchaseEvent[] {
  if (before === undefined) return diffCreation(after, creation);
  const changes = [...diffHeader(before, after, creation.at), ...diffPackages(before, after.packages)];
  const events = gatherClocks(before, after, changes);
  return withCurrencyBefore(events, before.currency, after.currency);
}
