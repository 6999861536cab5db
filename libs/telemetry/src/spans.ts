import type { EventBatch } from '@app/event-store/event-store';
import type { ProjectorObserver } from '@app/read-models/projection/projector';
import { type AppendObserver, streamKind } from './observe-appends';
import type { Tracing } from './tracing';

/** Events older than this are replayed, so they get no span. */
const MAX_AGE_MS = 60_000;

/** Records a span for every append that stores events, below the request that wrote them. Attributes contain no personal data. */
export const traceAppends =
  (tracing: Tracing): AppendObserver =>
  ({ stream, events, correlationId, startedAt, seconds, outcome }) => {
    if (correlationId === undefined) return;
    tracing.recordStep({
      name: `append ${streamKind(stream)}`,
      correlationId,
      kind: 'client',
      startedAt,
      seconds,
      attributes: { 'purchasing.events': events, 'purchasing.outcome': outcome },
      failed: outcome === 'unavailable' || outcome === 'failed',
    });
  };

/** Records a span for every request whose events a batch writes to the read model: from the start of the batch to its commit. */
export class ProjectorSpans implements ProjectorObserver {
  constructor(private readonly tracing: Tracing) {}

  projected({ events }: EventBatch, { startedAt, seconds }: { startedAt: number; seconds: number }): void {
    const requests = new Map<string, { events: number; recordedAt: number }>();
    for (const { metadata, recordedAt } of events) {
      const age = startedAt - recordedAt.getTime();
      if (metadata.$correlationId === undefined || age > MAX_AGE_MS) continue;
      const request = requests.get(metadata.$correlationId);
      if (request === undefined) requests.set(metadata.$correlationId, { events: 1, recordedAt: recordedAt.getTime() });
      else request.events += 1;
    }
    for (const [correlationId, request] of requests)
      this.tracing.recordStep({
        name: 'project',
        correlationId,
        kind: 'consumer',
        startedAt,
        seconds,
        attributes: {
          'purchasing.events': request.events,
          'purchasing.batch_events': events.length,
          'purchasing.visible_after_ms': Math.max(0, Math.round(startedAt + seconds * 1_000 - request.recordedAt)),
        },
      });
  }
}
