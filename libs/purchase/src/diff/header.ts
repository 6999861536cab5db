import { diffFiles } from './files';
import { isSubmitted } from '../evolve';
import type { PurchaseEvent, TypeChange } from '../events';
import { changedAt } from '../occurred-at';
import { IDENTIFIER_KINDS, type Instant, type Purchase, type PurchaseType } from '../purchase';
import { isSame } from '../same';
import type { LivePurchase } from '../state';

type TypeChangeEvent = Extract<PurchaseEvent, { data: TypeChange }>['type'];

/** The event type of a change of the purchase type. */
export function typeChangeEvent(before: PurchaseType, after: PurchaseType): TypeChangeEvent {
  if (before === 'order_unconfirmed' && after === 'order') return 'TypeConfirmed';
  if (isSubmitted(after)) return before === 'awaiting_approval' ? 'PurchaseApproved' : 'PurchaseSubmitted';
  if (after === 'awaiting_approval') return 'ApprovalRequested';
  return before === 'cart' && after === 'quote' ? 'QuoteRequested' : 'TypeChanged';
}

function diffType(before: LivePurchase, after: Purchase, at: Instant): PurchaseEvent[] {
  if (before.type === after.type) return [];
  const placedAt = after.dates.placedAt;
  const happened =
    isSubmitted(after.type) && placedAt !== undefined && placedAt !== before.dates.placedAt
      ? placedAt
      : changedAt(before, after, at);
  return [
    { type: typeChangeEvent(before.type, after.type), data: { before: before.type, after: after.type, at: happened } },
  ];
}

function diffIdentifiers(before: LivePurchase, after: Purchase): PurchaseEvent[] {
  return IDENTIFIER_KINDS.flatMap((kind): PurchaseEvent[] => {
    const [was, is] = [before.identifiers[kind], after.identifiers[kind]];
    if (was === is) return [];
    if (was === undefined) return is === undefined ? [] : [{ type: 'IdentifierAssigned', data: { kind, value: is } }];
    return is === undefined
      ? [{ type: 'IdentifierRemoved', data: { kind, value: was } }]
      : [{ type: 'IdentifierChanged', data: { kind, before: was, after: is } }];
  });
}

/** The values that have one event with before and after, in the order of the events. */
const VALUE_EVENTS = [
  ['customer', 'CustomerChanged'],
  ['dates', 'PurchaseDatesChanged'],
  ['paymentMethod', 'PaymentMethodChanged'],
  ['customerReference', 'CustomerReferenceChanged'],
  ['billingAddress', 'BillingAddressChanged'],
  ['customFields', 'CustomFieldsChanged'],
  ['metadata', 'MetadataChanged'],
  ['taxLines', 'TaxLinesChanged'],
  ['totalPaid', 'TotalPaidChanged'],
] as const;

function diffValues(before: LivePurchase, after: Purchase): PurchaseEvent[] {
  return VALUE_EVENTS.flatMap(([key, type]): PurchaseEvent[] =>
    isSame(before[key], after[key])
      ? []
      : [{ type, data: { before: before[key], after: after[key] } } as PurchaseEvent],
  );
}

/**
 * The events of the purchase without its packages, in this order: type, currency, identifiers, the values of
 * VALUE_EVENTS, documents. `at`: the time of the request.
 */
export function diffHeader(before: LivePurchase, after: Purchase, at: Instant): PurchaseEvent[] {
  const { currency } = after;
  return [
    ...diffType(before, after, at),
    ...(before.currency === currency
      ? []
      : [{ type: 'CurrencyChanged', data: { before: before.currency, after: currency } } as const]),
    ...diffIdentifiers(before, after),
    ...diffValues(before, after),
    ...diffFiles(before.accountingFiles, after.accountingFiles),
  ];
}
