import type { Address } from './purchase';
import type { HistoryEntry, LivePurchase } from './state';

/** Replaces a personal value that is required. */
export const ERASED = '[erased]';

const erasedAddress = ({ countryCode }: Address): Address => ({ addressLine1: ERASED, city: ERASED, countryCode });

function erasedEntry(entry: HistoryEntry): HistoryEntry {
  const { at, idempotencyKey } = entry.data;
  return { type: entry.type, data: { body: ERASED, at, ...(idempotencyKey !== undefined && { idempotencyKey }) } };
}

/** Returns the purchase without personal data. Items, amounts, dates and the country stay. */
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
