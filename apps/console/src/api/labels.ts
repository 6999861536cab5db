import { signal } from '@preact/signals';
import { call } from './http';
import type { FeedEntry } from './types';

/** Labels of credentials by client id, as far as they are known; undefined for a credential without one. */
export const labels = signal<ReadonlyMap<string, string | undefined>>(new Map());

const asked = new Set<string>();

/** Keeps the labels of the entries of a timeline. */
export function keepLabels(entries: readonly FeedEntry[]): void {
  const next = new Map(labels.value);
  for (const { actor, actor_label: label } of entries) if (actor !== undefined) next.set(actor, label);
  labels.value = next;
}

/** Looks up the label of the actor of an entry of the feed, which has none, in the timeline of the site. */
export function lookUpLabel({ actor }: FeedEntry): void {
  if (actor === undefined || labels.value.has(actor) || asked.has(actor)) return;
  asked.add(actor);
  call('getSiteTimeline', { query: { actor, limit: 1, include: 'clocks' } })
    .then(({ body }) => keepLabels(body))
    .catch(() => {})
    .finally(() => asked.delete(actor));
}
