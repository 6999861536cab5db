import { signal } from '@preact/signals';
import { call } from './http';
import type { FeedEntry, Identifiers, TimelineEntry } from './types';

/** The display name of a purchase, folded from its own timeline. */
export interface PurchaseName {
  identifiers: Identifiers;
  isDeleted: boolean;
}

/** Events that change the display name of a purchase. */
const NAMING_EVENTS = [
  'PurchaseCreated',
  'IdentifierAssigned',
  'IdentifierChanged',
  'IdentifierRemoved',
  'IdentifierForfeited',
  'PurchaseDeleted',
];
const MAX_KNOWN = 2_000;
const MAX_AT_ONCE = 4;

/** Names by purchase id, as far as they were looked up. */
export const names = signal<ReadonlyMap<string, PurchaseName>>(new Map());

const identifiersIn = (fragment: unknown): Identifiers =>
  (fragment as { purchase_identifiers?: Identifiers } | undefined)?.purchase_identifiers ?? {};

/** Applies naming events in their order. */
export function nameOf(entries: readonly TimelineEntry[]): PurchaseName {
  let identifiers: Identifiers = {};
  let isDeleted = false;
  for (const { type, before, after } of entries) {
    if (type === 'PurchaseDeleted') isDeleted = true;
    if (type === 'IdentifierRemoved' || type === 'IdentifierForfeited') {
      const removed = Object.keys(identifiersIn(before));
      identifiers = Object.fromEntries(Object.entries(identifiers).filter(([kind]) => !removed.includes(kind)));
    } else identifiers = { ...identifiers, ...identifiersIn(after) };
  }
  return { identifiers, isDeleted };
}

const asked = new Set<string>();
const waiting: string[] = [];
let running = 0;

function runNext(): void {
  if (running >= MAX_AT_ONCE) return;
  const purchaseId = waiting.shift();
  if (purchaseId === undefined) return;
  running++;
  call('getTimelineById', { path: { purchaseId }, query: { type: NAMING_EVENTS.join(','), limit: 500 } })
    .then(({ body }) => {
      const next = new Map(names.value).set(purchaseId, nameOf(body));
      if (next.size > MAX_KNOWN) next.delete([...next.keys()][0] ?? '');
      names.value = next;
    })
    .catch(() => {})
    .finally(() => {
      asked.delete(purchaseId);
      running--;
      runNext();
    });
}

/** Looks up the names of the purchases of entries, a few at once, each once until an event changes it. */
export function lookUpNames(entries: readonly FeedEntry[]): void {
  for (const { purchase_id: id, type } of entries) {
    const isStale = type !== undefined && type !== 'PurchaseCreated' && NAMING_EVENTS.includes(type);
    if (asked.has(id) || (names.value.has(id) && !isStale)) continue;
    asked.add(id);
    waiting.push(id);
    runNext();
  }
}
