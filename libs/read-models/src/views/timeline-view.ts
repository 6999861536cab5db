import type { TimelineRow } from '../queries/timeline';

/** A timeline entry as the API returns it. `actorLabel` is not part of the history: it is the label that the credential of the actor has now. */
export const viewTimelineEntry = (row: TimelineRow, actorLabel?: string): object => ({
  revision: Number(row.revision),
  event_id: row.eventId,
  type: row.type,
  occurred_at: row.occurredAt.toISOString(),
  recorded_at: row.recordedAt.toISOString(),
  actor: row.actor,
  actor_label: actorLabel,
  impersonator: row.impersonator ?? undefined,
  request_id: row.requestId,
  words: row.words,
  before: row.before,
  after: row.after,
});
