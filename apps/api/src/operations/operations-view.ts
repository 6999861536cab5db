import type { Released } from '@app/read-models/operations/quarantine-operations';
import type { RebuildRun } from '@app/read-models/operations/rebuild-runs';
import type { QuarantinedPurchase } from '@app/read-models/projection/quarantine';
import type { ReadModelState } from '@app/read-models/projection/read-model-status';

export const viewProjection = (
  name: string,
  version: number,
  { position, lagSeconds, leader }: ReadModelState,
): object => ({
  name,
  version,
  position: position && { commit: String(position.commit), prepare: String(position.prepare) },
  lag_seconds: Math.round(lagSeconds * 10) / 10,
  leader: leader && { name: leader.name, since: leader.since.toISOString() },
});

export const viewQuarantined = (each: QuarantinedPurchase): object => ({
  purchase_id: each.purchaseId,
  revision: Number(each.revision),
  event_id: each.eventId,
  type: each.type,
  error: each.error,
  attempts: each.attempts,
  first_at: each.firstAt.toISOString(),
  last_at: each.lastAt.toISOString(),
});

export const viewReleased = (released: readonly Released[]): object => ({
  released: released.filter(({ stopped }) => stopped === undefined).map(({ purchaseId }) => purchaseId),
  refused_again: released.flatMap(({ purchaseId, stopped }) =>
    stopped === undefined ? [] : [{ purchase_id: purchaseId, type: stopped.type, error: stopped.error }],
  ),
});

export const viewRebuild = (run: RebuildRun): object => ({
  id: run.id,
  projection: run.projection,
  state: run.state,
  events: run.events,
  share: Math.round(run.share * 1_000) / 1_000,
  events_per_second: run.eventsPerSecond,
  eta_seconds: run.etaSeconds,
  error: run.error,
  started_at: run.startedAt.toISOString(),
  finished_at: run.finishedAt?.toISOString(),
});
