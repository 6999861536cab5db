import { gatherClocks } from './clocks';
import { diffHeader } from './header';
import { diffPackages } from './packages';
import { hasSamePackages } from './same-packages';
import { NO_PACKAGES } from '../evolve';
import type { PurchaseEvent } from '../events';
import type { Instant, Purchase, PurchaseHeader } from '../purchase';
import type { LivePurchase } from '../state';
import { StepLimit } from './step-limit';

/** What a creation needs besides the sent purchase. `at`: the time of the request. */
export interface CreationInfo {
  at: Instant;
  /** The id of the deleted purchase that had the identifier of the request path. */
  follows?: string;
}

/** What a change needs besides both purchases. */
export interface ChangeInfo extends CreationInfo {
  /** The steps that the search for the best story may take. Absent: no limit, beside the budgets of its searches. */
  maxSteps?: number;
}

function diffCreation(after: Purchase, { at, follows }: CreationInfo): PurchaseEvent[] {
  const { packages, ...header } = after;
  const purchase: PurchaseHeader = header;
  const { createdAt, placedAt } = after.dates;
  const created: PurchaseEvent = {
    type: 'PurchaseCreated',
    // The creation or placement date of the body, else the time of the request.
    data: { purchase, at: createdAt ?? placedAt ?? at, ...(follows !== undefined && { follows }) },
  };
  return [created, ...diffPackages(NO_PACKAGES, packages)];
}

const EVENTS_WITH_AMOUNTS: ReadonlySet<PurchaseEvent['type']> = new Set([
  'TaxLinesChanged',
  'TotalPaidChanged',
  'PackageRemoved',
  'ShippingMethodChanged',
  'ItemsRemoved',
  'ItemQuantityChanged',
  'ItemRepriced',
  'ItemDetailsChanged',
  'ItemsMovedToIncoming',
  'ItemsMovedToProcessing',
  'ItemsMovedToOnHold',
  'ItemsMovedToShipment',
  'ItemsMovedToRefund',
  'ItemsMovedToCancelled',
  'ItemsRegrouped',
]);

/** Adds the stored currency to events with amounts before the change if the currency changes. */
const withCurrencyBefore = (events: PurchaseEvent[], before: string, after: string): PurchaseEvent[] =>
  before === after
    ? events
    : events.map((event) =>
        EVENTS_WITH_AMOUNTS.has(event.type)
          ? ({ type: event.type, data: { ...event.data, currencyBefore: before } } as PurchaseEvent)
          : event,
      );

/**
 * Computes the events that lead from the stored purchase to the sent one: the purchase first, then its packages and
 * items, then sender timestamps. If `before` is undefined, the result is PurchaseCreated and one PackageAdded for each
 * package, with their milestones. The algorithm is described in ADR 8.
 *
 * Invariants: folding the events over `before` gives `after`, except for keys and the order within arrays (I1); equal
 * purchases give no events (I2); each event has an effect (I3); equal input gives equal events (I5).
 * @throws TooManySteps
 */
export function diff(
  before: LivePurchase | undefined,
  after: Purchase,
  { maxSteps, ...creation }: ChangeInfo,
): readonly PurchaseEvent[] {
  if (before === undefined) return diffCreation(after, creation);
  const limit = maxSteps === undefined ? undefined : new StepLimit(maxSteps);
  const packages = hasSamePackages(before.packages, after.packages) ? [] : diffPackages(before, after.packages, limit);
  const changes = [...diffHeader(before, after, creation.at), ...packages];
  const events = gatherClocks(before, after, changes);
  return withCurrencyBefore(events, before.currency, after.currency);
}
