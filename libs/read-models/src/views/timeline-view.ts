import type { TimelineRow } from '../queries/timeline';

/** A timeline entry as the API returns it. */
export const viewTimelineEntry = (row: TimelineRow): object => ({
  revision: Number(row.revision),
  event_id: row.eventId,
  type: row.type,
  occurred_at: row.occurredAt.toISOString(),
  recorded_at: row.recordedAt.toISOString(),
  actor: row.actor,
  impersonator: row.impersonator ?? undefined,
  request_id: row.requestId,
  words: row.words,
  before: row.before,
  after: row.after,
});
