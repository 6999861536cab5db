import { decode } from '@app/stored-events/codec';
import type { RecordedEvent } from '@app/event-store/event-store';
import { purchaseIdOf } from '@app/stored-events/streams';
import { PurchaseFold } from '@app/purchase/evolve';
import type { PurchaseEvent } from '@app/purchase/events';
import type { PurchaseState } from '@app/purchase/state';
import { currencyAfter, inWords } from '@app/purchase/words/words';
import { isPurchaseId } from './purchase-id';
import { type SqlRow, sortableTime, storableText } from './sql-values';

/** The state of a purchase at `revision`. */
export interface FoldedPurchase {
  id: string;
  site: string;
  revision: bigint;
  position: bigint;
  lastUpdated: Date;
  state: PurchaseState;
}

/** The result of folding events: the state after them and a timeline row for each. */
export interface Folded {
  after: FoldedPurchase;
  timeline: SqlRow[];
}

export const notAPurchase = ({ stream }: RecordedEvent): Error =>
  new Error(`${stream} is not the stream of a purchase`);

/** True for JSON with white space that this service never writes, and that COPY would need to escape. */
const isFormatted = (json: string): boolean => json.includes('\n') || json.includes('\r') || json.includes('\t');

/** The data of an event as JSON: the stored text, unless an upcaster changed the data. */
const dataText = ({ data, json }: RecordedEvent, event: PurchaseEvent): string =>
  json === undefined || event.data !== data || isFormatted(json) ? JSON.stringify(event.data) : json;

/** A pure function of the event and the purchase before it (I11). */
export function timelineRow(recorded: RecordedEvent, event: PurchaseEvent, before: PurchaseFold, site: string): SqlRow {
  const { id, revision, position, metadata, recordedAt, stream } = recorded;
  const currency = currencyAfter(event, before.header?.currency);
  return {
    purchase_id: purchaseIdOf(stream),
    revision: String(revision),
    site,
    commit_position: String(position.commit),
    event_id: id,
    type: event.type,
    occurred_at: sortableTime(metadata.occurredAt) ?? recordedAt.toISOString(),
    recorded_at: recordedAt.toISOString(),
    actor: storableText(metadata.actor),
    impersonator: storableText(metadata.impersonator),
    request_id: storableText(metadata.requestId),
    words: storableText(inWords(event, { currency, packages: before.packages })),
    data: dataText(recorded, event),
    currency: storableText(currency),
  };
}

/** Groups events by purchase, in the order in which the purchases first appear. */
export function byPurchase(events: readonly RecordedEvent[]): Map<string, RecordedEvent[]> {
  const groups = new Map<string, RecordedEvent[]>();
  for (const event of events) {
    const id = purchaseIdOf(event.stream);
    const group = groups.get(id);
    if (group === undefined) groups.set(id, [event]);
    else group.push(event);
  }
  return groups;
}

/**
 * Folds events of one purchase in order. Skips events that `known` already includes; returns undefined when it includes all.
 * @param known the purchase before the events
 * @throws Error for an event that cannot be folded
 */
export function fold(known: FoldedPurchase | undefined, events: readonly RecordedEvent[]): Folded | undefined {
  const timeline: SqlRow[] = [];
  const purchase = new PurchaseFold(known?.state);
  let current: Omit<FoldedPurchase, 'state'> | undefined = known;
  for (const recorded of events) {
    if (current !== undefined && recorded.revision <= current.revision) continue;
    const id = purchaseIdOf(recorded.stream);
    if (!isPurchaseId(id)) throw notAPurchase(recorded);
    if (current !== undefined && recorded.revision !== current.revision + 1n)
      throw new Error(`revision ${recorded.revision} follows revision ${current.revision}: events are missing`);
    const event = decode(recorded);
    const site = current?.site ?? recorded.metadata.site ?? '';
    timeline.push(timelineRow(recorded, event, purchase, site));
    purchase.apply(event);
    const { revision, position, recordedAt } = recorded;
    current = { id, site, revision, position: position.commit, lastUpdated: recordedAt };
  }
  return current === undefined || timeline.length === 0
    ? undefined
    : { after: { ...current, state: purchase.state }, timeline };
}
