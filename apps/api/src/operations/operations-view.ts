import type { FromPosition } from '@app/event-store/event-store';
import type { Released } from '@app/read-models/operations/quarantine-operations';
import type { VerificationRun } from '@app/read-models/operations/verification-runs';
import type { RebuildRun } from '@app/read-models/operations/rebuild-runs';
import type { QuarantinedPurchase } from '@app/read-models/projection/quarantine';
import type { ReadModelState } from '@app/read-models/projection/read-model-status';
import { ALL_PROJECTIONS, PROJECTION, VERSION } from '@app/read-models/tables';

const viewPosition = (position: FromPosition): object | undefined =>
  position && { commit: String(position.commit), prepare: String(position.prepare) };

/** The projections share one checkpoint, so they are one entry. */
export const viewProjections = (state: ReadModelState): object => ({
  name: PROJECTION,
  version: VERSION,
  includes: ALL_PROJECTIONS,
  position: viewPosition(state.position),
  end_position: viewPosition(state.end),
  lag_events: state.lagEvents,
  lag_seconds: Math.round(state.lagSeconds * 10) / 10,
  events_per_second: state.eventsPerSecond && Math.round(state.eventsPerSecond * 10) / 10,
  quarantined: state.quarantined,
  leader: state.leader && { ...state.leader, since: state.leader.since.toISOString() },
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

export const viewVerification = (projection: string, run: VerificationRun): object => ({
  id: run.id,
  projection,
  state: run.state,
  verified: run.verified,
  total: run.total,
  share: run.total === 0 ? 0 : Math.round((run.verified / run.total) * 1_000) / 1_000,
  quarantined: run.quarantined,
  differences: run.differences,
  found: run.found.map(({ purchaseId, table, kind, revision, partsAfter, columns }) => ({
    purchase_id: purchaseId,
    table,
    kind,
    revision: Number(revision),
    parts_after: partsAfter && { revision: Number(partsAfter.revision), type: partsAfter.type },
    columns,
  })),
  error: run.error,
  started_at: run.startedAt.toISOString(),
  finished_at: run.finishedAt?.toISOString(),
});
