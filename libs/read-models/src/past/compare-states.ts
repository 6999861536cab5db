import type { LivePurchase } from '@app/purchase/state';
import { viewHistoryEntry, viewTransaction } from '../views/entry-view';
import { viewPurchase } from '../views/purchase-view';
import { viewTimelineEntry } from '../views/timeline-view';
import { compareDocuments, type ShownValues } from './compare-documents';
import type { PastState, StatesBetween } from './past-state';

const viewRevision = ({ revision, recordedAt }: PastState): object => ({
  revision: Number(revision),
  recorded_at: recordedAt.toISOString(),
});

/** All that GETs answer of a purchase, without its revision: that differs always. */
const documentOf = (purchase: LivePurchase | undefined): object =>
  purchase === undefined
    ? {}
    : {
        ...viewPurchase(purchase, 0n),
        calculated_revision: undefined,
        transactions: purchase.transactions.map((each) => viewTransaction(each, purchase.currency)),
        history: purchase.history.map(viewHistoryEntry),
      };

/** Two states of a purchase, the events between them and the values that differ, as the API returns them. */
export const compareStates = (
  { before, after, entries, hasMoreEntries }: StatesBetween,
  show?: ShownValues,
): object => ({
  from: before === undefined ? null : viewRevision(before),
  to: viewRevision(after),
  events: entries.map((each) => viewTimelineEntry(each)),
  has_more_events: hasMoreEntries,
  changes: compareDocuments(documentOf(before?.purchase), documentOf(after.purchase), show),
});
