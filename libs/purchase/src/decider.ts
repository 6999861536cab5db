import { diff } from './diff/diff';
import { evolve, isSubmitted } from './evolve';
import type { PurchaseEvent, Transaction, UsdRate } from './events';
import { MAX_AMOUNT } from './money/money';
import type { Instant, Purchase, PurchaseType } from './purchase';
import { isSameIdentifier } from './identifier-value';
import { isSame } from './same';
import { initialState, type HistoryEntry, type LivePurchase, type PurchaseState } from './state';

export type PurchaseCommand =
  /**
   * The whole purchase as sent. `usdRate`: the operator's rate of the day, if there is one. `follows`: the deleted
   * purchase that had the identifier. `maxSteps`: those that the diff may take.
   */
  | { type: 'PutPurchase'; purchase: Purchase; at: Instant; follows?: string; usdRate?: UsdRate; maxSteps?: number }
  | { type: 'DeletePurchase'; at: Instant }
  /** A payment or refund, identified by its platform id: recorded if new, otherwise changed. */
  | { type: 'RecordTransaction'; transaction: Transaction; currency: string }
  /** A message, a note or an e-mail. A repeated idempotency key adds nothing. */
  | { type: 'AddHistoryEntry'; entry: HistoryEntry }
  | { type: 'ErasePersonalData'; at: Instant };

export type Refusal =
  | { code: 'sparklayer-id-is-immutable'; stored: string; sent: string }
  | { code: 'type-change-refused'; before: PurchaseType; after: PurchaseType }
  | { code: 'stale-revision'; stored: Instant; sent: Instant }
  | { code: 'currency-mismatch'; stored: string; sent: string }
  | { code: 'currency-change-refused'; stored: string; sent: string }
  | { code: 'sum-too-large'; currency: string }
  | { code: 'idempotency-key-reused' }
  | { code: 'purchase-not-found' };

export type Decision = { accepted: true; events: readonly PurchaseEvent[] } | { accepted: false; refusal: Refusal };

/** The allowed changes of the purchase type (docs/contract.md). An order never becomes a cart again. */
const TYPE_CHANGES: Record<PurchaseType, readonly PurchaseType[]> = {
  cart: ['quote', 'awaiting_approval', 'order_unconfirmed', 'order'],
  quote: ['cart', 'awaiting_approval', 'order_unconfirmed', 'order'],
  awaiting_approval: ['cart', 'order_unconfirmed', 'order'],
  order_unconfirmed: ['order'],
  order: [],
};

type Rule = (before: LivePurchase, sent: Purchase) => Refusal | undefined;

const sparklayerIdIsImmutable: Rule = (before, sent) => {
  const [stored, value] = [before.identifiers.sparklayer, sent.identifiers.sparklayer];
  return stored !== undefined && value !== undefined && stored !== value
    ? { code: 'sparklayer-id-is-immutable', stored, sent: value }
    : undefined;
};

const revisionIsNotStale: Rule = (before, sent) =>
  before.revisionDate !== undefined && sent.revisionDate !== undefined && sent.revisionDate < before.revisionDate
    ? { code: 'stale-revision', stored: before.revisionDate, sent: sent.revisionDate }
    : undefined;

const typeMayChange: Rule = (before, sent) =>
  before.type === sent.type || TYPE_CHANGES[before.type].includes(sent.type)
    ? undefined
    : { code: 'type-change-refused', before: before.type, after: sent.type };

/** The currency cannot change once a payment or refund is recorded. */
const currencyStaysOncePaid: Rule = ({ currency, transactions }, sent) =>
  transactions.length > 0 && sent.currency !== currency
    ? { code: 'currency-change-refused', stored: currency, sent: sent.currency }
    : undefined;

/** Checked in this order; the first refusal is returned. */
const RULES: readonly Rule[] = [sparklayerIdIsImmutable, revisionIsNotStale, typeMayChange, currencyStaysOncePaid];

/** The purchase that a body asks for. Identifiers and the revision date that the body omits are kept (ADR 7). */
function targetOf(before: LivePurchase, sent: Purchase): Purchase {
  const { sparklayer } = before.identifiers;
  const target = sparklayer === undefined ? sent : { ...sent, identifiers: { sparklayer, ...sent.identifiers } };
  return before.revisionDate === undefined || sent.revisionDate !== undefined
    ? target
    : { ...target, revisionDate: before.revisionDate };
}

type PutCommand = Extract<PurchaseCommand, { type: 'PutPurchase' }>;

/**
 * Adds UsdRateFixed at the first submission if the rate is for the currency of the purchase. Later rates have no
 * effect.
 */
function withUsdRate(
  events: readonly PurchaseEvent[],
  state: PurchaseState,
  { purchase, usdRate }: PutCommand,
): Decision {
  const wasSubmitted = state.phase === 'live' && state.purchase.submittedAt !== undefined;
  const isFixed = usdRate?.currency === purchase.currency && isSubmitted(purchase.type) && !wasSubmitted;
  return { accepted: true, events: isFixed ? [...events, { type: 'UsdRateFixed', data: usdRate }] : events };
}

function put(command: PutCommand, state: PurchaseState): Decision {
  const { purchase: sent, at, follows, maxSteps } = command;
  if (state.phase !== 'live') return withUsdRate(diff(undefined, sent, { at, follows }), state, command);
  const before = state.purchase;
  for (const rule of RULES) {
    const refusal = rule(before, sent);
    if (refusal !== undefined) return { accepted: false, refusal };
  }
  return withUsdRate(diff(before, targetOf(before, sent), { at, maxSteps }), state, command);
}

/** `particulars` are opaque, so the order within their arrays is significant. */
const isSameTransaction = (a: Transaction, b: Transaction): boolean =>
  isSame(a, b) && JSON.stringify(a.particulars) === JSON.stringify(b.particulars);

/** Applies the limit on sums (MAX_AMOUNT in money.ts) to the transactions. */
const isSumExact = (transactions: readonly Transaction[]): boolean =>
  transactions.reduce((sum, { amount }) => Math.min(sum + amount, MAX_AMOUNT + 1), 0) <= MAX_AMOUNT;

function record(transaction: Transaction, currency: string, purchase: LivePurchase): Decision {
  if (currency !== purchase.currency)
    return { accepted: false, refusal: { code: 'currency-mismatch', stored: purchase.currency, sent: currency } };
  const before = purchase.transactions.find(({ platformId }) => isSameIdentifier(platformId, transaction.platformId));
  if (!isSumExact([...purchase.transactions.filter((each) => each !== before), transaction]))
    return { accepted: false, refusal: { code: 'sum-too-large', currency } };
  if (before !== undefined)
    return {
      accepted: true,
      events: isSameTransaction(before, transaction)
        ? []
        : [{ type: 'TransactionChanged', data: { before, after: transaction } }],
    };
  const type = transaction.type === 'payment' ? 'PaymentRecorded' : 'RefundRecorded';
  return { accepted: true, events: [{ type, data: { transaction } }] };
}

/** No event if the purchase contains no personal data. */
function erase(state: PurchaseState, at: Instant): PurchaseEvent[] {
  const erased: PurchaseEvent = { type: 'PersonalDataErased', data: { at } };
  return isSame(evolve(state, erased), state) ? [] : [erased];
}

function addEntry(entry: HistoryEntry, { history }: LivePurchase): Decision {
  const { idempotencyKey } = entry.data;
  const known = history.find(({ data }) => idempotencyKey !== undefined && data.idempotencyKey === idempotencyKey);
  if (known === undefined) return { accepted: true, events: [entry] };
  // `at` is the time of the request and differs in a repeat.
  const isRepeat = known.type === entry.type && isSame({ ...known.data, at: '' }, { ...entry.data, at: '' });
  return isRepeat ? { accepted: true, events: [] } : { accepted: false, refusal: { code: 'idempotency-key-reused' } };
}

/**
 * Returns the events of a command, or the reason for a refusal. Pure: times and ids are part of the command.
 * @throws TooManySteps
 */
export function decide(command: PurchaseCommand, state: PurchaseState): Decision {
  if (command.type === 'PutPurchase') return put(command, state);
  if (state.phase !== 'live') return { accepted: false, refusal: { code: 'purchase-not-found' } };
  switch (command.type) {
    case 'DeletePurchase':
      return { accepted: true, events: [{ type: 'PurchaseDeleted', data: { at: command.at } }] };
    case 'RecordTransaction':
      return record(command.transaction, command.currency, state.purchase);
    case 'AddHistoryEntry':
      return addEntry(command.entry, state.purchase);
    case 'ErasePersonalData':
      return { accepted: true, events: erase(state, command.at) };
  }
}

export const decider = { initialState, decide, evolve };
