import { diff } from './diff';
import { evolve } from './evolve';
import type { PurchaseEvent, Transaction } from './events';
import type { Instant, Purchase, PurchaseType } from './purchase';
import { isSame } from './same';
import { initialState, type HistoryEntry, type LivePurchase, type PurchaseState } from './state';

export type PurchaseCommand =
  /** The whole purchase as a sender sees it now. */
  | { type: 'PutPurchase'; purchase: Purchase; at: Instant; follows?: string }
  | { type: 'DeletePurchase'; at: Instant }
  /** Payments and refunds by their platform id: new ones are recorded, others changed, those not named stay. */
  | { type: 'RecordTransactions'; transactions: readonly Transaction[] }
  | { type: 'AddHistoryEntry'; entry: HistoryEntry };

export type Refusal =
  | { code: 'sparklayer-id-is-immutable'; stored: string; sent: string }
  | { code: 'type-change-refused'; before: PurchaseType; after: PurchaseType }
  | { code: 'stale-revision'; stored: Instant; sent: Instant }
  | { code: 'purchase-not-found' };

export type Decision = { accepted: true; events: readonly PurchaseEvent[] } | { accepted: false; refusal: Refusal };

/** Which type may become which (contract.md, Types): an order never turns back into a cart. */
export const TYPE_CHANGES: Record<PurchaseType, readonly PurchaseType[]> = {
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

/** The first that refuses wins. */
const RULES: readonly Rule[] = [sparklayerIdIsImmutable, revisionIsNotStale, typeMayChange];

/** What a body means for a purchase that is there: what it may leave out without taking it away (docs/adr/0007). */
export function targetOf(before: LivePurchase, sent: Purchase): Purchase {
  const { sparklayer } = before.identifiers;
  const target = sparklayer === undefined ? sent : { ...sent, identifiers: { sparklayer, ...sent.identifiers } };
  return before.revisionDate === undefined || sent.revisionDate !== undefined
    ? target
    : { ...target, revisionDate: before.revisionDate };
}

function put(
  { purchase: sent, at, follows }: Extract<PurchaseCommand, { type: 'PutPurchase' }>,
  state: PurchaseState,
): Decision {
  if (state.phase !== 'live') return { accepted: true, events: diff(undefined, sent, { at, follows }) };
  const before = state.purchase;
  for (const rule of RULES) {
    const refusal = rule(before, sent);
    if (refusal !== undefined) return { accepted: false, refusal };
  }
  return { accepted: true, events: diff(before, targetOf(before, sent), { at }) };
}

function recordTransactions(sent: readonly Transaction[], { transactions }: LivePurchase): PurchaseEvent[] {
  const known = new Map(transactions.map((each) => [each.platformId, each]));
  return sent.flatMap((transaction): PurchaseEvent[] => {
    const before = known.get(transaction.platformId);
    known.set(transaction.platformId, transaction);
    if (before === undefined)
      return [{ type: transaction.type === 'payment' ? 'PaymentRecorded' : 'RefundRecorded', data: { transaction } }];
    return isSame(before, transaction) ? [] : [{ type: 'TransactionChanged', data: { before, after: transaction } }];
  });
}

/** What happens because of a command, or why nothing does. Pure: time and ids come in the command. */
export function decide(command: PurchaseCommand, state: PurchaseState): Decision {
  if (command.type === 'PutPurchase') return put(command, state);
  if (state.phase !== 'live') return { accepted: false, refusal: { code: 'purchase-not-found' } };
  switch (command.type) {
    case 'DeletePurchase':
      return { accepted: true, events: [{ type: 'PurchaseDeleted', data: { at: command.at } }] };
    case 'RecordTransactions':
      return { accepted: true, events: recordTransactions(command.transactions, state.purchase) };
    case 'AddHistoryEntry':
      return { accepted: true, events: [command.entry] };
  }
}

export const decider = { initialState, decide, evolve };
