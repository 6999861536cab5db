import type { Address } from './purchase';
import type { HistoryEntry, LivePurchase } from './state';

/** Stands where a personal value was that cannot be absent. */
export const ERASED = '[erased]';

const erasedAddress = ({ countryCode }: Address): Address => ({ addressLine1: ERASED, city: ERASED, countryCode });

function erasedEntry(entry: HistoryEntry): HistoryEntry {
  const { at, idempotencyKey } = entry.data;
  return { type: entry.type, data: { body: ERASED, at, ...(idempotencyKey !== undefined && { idempotencyKey }) } };
}

/** What is left of a purchase when the person is gone from it: what was bought, when, for how much, and in which country. */
export function withoutPerson(purchase: LivePurchase): LivePurchase {
  const { billingAddress, customerReference: _, ...rest } = purchase;
  return {
    ...rest,
    customer: {},
    ...(billingAddress !== undefined && { billingAddress: erasedAddress(billingAddress) }),
    customFields: [],
    metadata: [],
    packages: purchase.packages.map(({ shippingAddress, ...each }) => ({
      ...each,
      ...(shippingAddress !== undefined && { shippingAddress: erasedAddress(shippingAddress) }),
    })),
    transactions: purchase.transactions.map(({ particulars: _particulars, ...each }) => each),
    history: purchase.history.map(erasedEntry),
  };
}
