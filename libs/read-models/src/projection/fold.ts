import { decode } from '@app/stored-events/codec';
import type { RecordedEvent } from '@app/event-store/event-store';
import { purchaseIdOf } from '@app/stored-events/streams';
import { evolve } from '@app/purchase/evolve';
import type { PurchaseEvent } from '@app/purchase/events';
import { initialState, type LivePurchase, type PurchaseState } from '@app/purchase/state';
import { statusOf } from '@app/purchase/status';
import { totalsOf } from '@app/purchase/totals';
import { changeOf, inWords } from '@app/purchase/words';

/** A purchase on its way into its row. */
export interface FoldedPurchase {
  id: string;
  site: string;
  revision: bigint;
  position: bigint;
  lastUpdated: Date;
  state: PurchaseState;
}

/** An event that could not be folded: its purchase stays as it was before. */
export interface Poisoned {
  purchaseId: string;
  revision: bigint;
  position: bigint;
  type: string;
  error: string;
}

export type SqlRow = Record<string, unknown>;

const currencyOf = (state: PurchaseState): string => (state.phase === 'live' ? state.purchase.currency : '');

/** Asks no clock and nothing outside: what it makes follows from the event and the state before it alone (I11). */
function timelineRow(
  recorded: RecordedEvent,
  event: PurchaseEvent,
  before: PurchaseState,
  after: PurchaseState,
): SqlRow {
  const { id, revision, position, metadata, recordedAt, stream } = recorded;
  const change = changeOf(event);
  return {
    purchase_id: purchaseIdOf(stream),
    revision: String(revision),
    site: metadata.site ?? '',
    commit_position: String(position.commit),
    event_id: id,
    type: event.type,
    occurred_at: metadata.occurredAt ?? recordedAt.toISOString(),
    recorded_at: recordedAt.toISOString(),
    actor: metadata.actor ?? null,
    impersonator: metadata.impersonator ?? null,
    request_id: metadata.requestId ?? null,
    words: inWords(event, currencyOf(after) || currencyOf(before)),
    before: change.before ?? null,
    after: change.after ?? null,
  };
}

/** The form in which words are looked for: one form of Unicode (NFC), lower case. */
export const searchForm = (text: string): string => text.normalize().toLowerCase();

/** The words that `search` looks in: identifiers, the customer's reference, addresses. Sorted: jsonb does not keep an order of keys. */
function searchText({ identifiers, customerReference, billingAddress, packages }: LivePurchase): string {
  const addresses = [billingAddress, ...packages.map((each) => each.shippingAddress)];
  const words = [
    ...Object.values(identifiers),
    customerReference,
    ...addresses.flatMap((each): unknown[] => Object.values(each ?? {})),
  ];
  const distinct = new Set(words.filter((word): word is string => typeof word === 'string'));
  return searchForm([...distinct].sort().join('\n'));
}

/** The rows of purchases. One that was never created, only fenced off, has none. */
export const purchaseRows = (folded: Iterable<FoldedPurchase>): SqlRow[] =>
  [...folded].filter(({ state }) => state.phase !== 'absent').map(purchaseRow);

/** A deleted purchase keeps its row, so that late events of its stream find their state; it is not answered. */
function purchaseRow({ id, site, revision, position, lastUpdated, state }: FoldedPurchase): SqlRow {
  const row = {
    id,
    site,
    revision: String(revision),
    commit_position: String(position),
    last_updated: lastUpdated.toISOString(),
    state,
    search: '',
  };
  if (state.phase !== 'live') return row;
  const { identifiers, customer, type, currency, dates, submittedAt, packages } = state.purchase;
  return {
    ...row,
    ...identifiers,
    type,
    currency,
    status: statusOf(packages),
    customer_sparklayer: customer.sparklayer,
    customer_child: customer.sparklayerChild,
    customer_impersonator: customer.sparklayerImpersonator,
    customer_sales_rep: customer.sparklayerSalesRep,
    placed_at: dates.placedAt,
    submitted_at: submittedAt,
    payable: totalsOf(state.purchase).payable,
    search: searchText(state.purchase),
  };
}

/**
 * Folds events into purchases in memory. An event that was folded before is passed over, by its revision; one that cannot be folded poisons its
 * purchase from there on, and no other.
 */
export class Fold {
  readonly changed = new Map<string, FoldedPurchase>();
  readonly timeline: SqlRow[] = [];
  readonly poisoned = new Map<string, Poisoned>();

  /** @param known the purchases that the events touch, as they were before */
  constructor(
    private readonly known: ReadonlyMap<string, FoldedPurchase>,
    private readonly quarantined: ReadonlySet<string> = new Set(),
  ) {}

  apply(recorded: RecordedEvent): void {
    const id = purchaseIdOf(recorded.stream);
    if (this.quarantined.has(id) || this.poisoned.has(id)) return;
    const found = this.changed.get(id) ?? this.known.get(id);
    if (found !== undefined && recorded.revision <= found.revision) return;
    const before = found?.state ?? initialState;
    const { revision, position, recordedAt, metadata, type } = recorded;
    try {
      const event = decode(recorded);
      const state = evolve(before, event);
      this.timeline.push(timelineRow(recorded, event, before, state));
      const site = found?.site ?? metadata.site ?? '';
      this.changed.set(id, { id, site, revision, position: position.commit, lastUpdated: recordedAt, state });
    } catch (error) {
      this.poisoned.set(id, { purchaseId: id, revision, position: position.commit, type, error: String(error) });
    }
  }
}
