import type { ProjectorObserver, ProjectorStatus } from '@app/read-models/projection/projector';
import { ProjectorMetrics } from './projector-metrics';
import { ProjectorSpans } from './spans';
import { type TraceSettings, Tracing } from './tracing';

/** Metrics and traces of a projector, in any process or thread. */
export interface ProjectorTelemetry {
  observers: readonly ProjectorObserver[];
  watch: (projector: { status(): ProjectorStatus }) => void;
  /** The metrics of the projector in the text format of Prometheus; empty without metrics. */
  collect: () => Promise<string>;
  close: () => Promise<void>;
}

export async function startProjectorTelemetry({
  hasMetrics,
  traces,
}: {
  hasMetrics: boolean;
  traces?: TraceSettings;
}): Promise<ProjectorTelemetry> {
  const metrics = hasMetrics ? new ProjectorMetrics() : undefined;
  const tracing = traces && (await Tracing.start('purchasing-projector', traces));
  return {
    observers: [...(metrics ? [metrics] : []), ...(tracing ? [new ProjectorSpans(tracing)] : [])],
    watch: (projector) => metrics?.watch(projector),
    collect: async () => (await metrics?.registry.metrics()) ?? '',
    close: async () => tracing?.close(),
  };
}
