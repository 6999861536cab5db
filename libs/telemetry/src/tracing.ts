import { createHash, randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import type { Attributes, Context, SpanKind, Tracer } from '@opentelemetry/api';
import type { IdGenerator } from '@opentelemetry/sdk-trace-base';

export interface TraceSettings {
  /** Base URL of the collector. */
  endpoint: string;
  /** Share of the traces that are exported, from 0 to 1. */
  ratio: number;
}

export interface SpanData {
  name: string;
  /** The id of the request that the span belongs to. */
  correlationId: string;
  kind: 'server' | 'client' | 'consumer';
  /** Milliseconds since 1970. */
  startedAt: number;
  seconds: number;
  attributes: Attributes;
  failed?: boolean;
}

const EXPORT_TIMEOUT_MS = 5_000;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * The ids of the trace of a request and of its root span. They are derived from the request id, which every event stores as its correlation id, so
 * that a projector in another process finds the trace of the PUT of an event. The trace id is the request id when that is a UUID.
 */
function traceIdsOf(correlationId: string): { traceId: string; spanId: string } {
  const hash = createHash('sha256').update(correlationId).digest('hex');
  const traceId = UUID.test(correlationId) ? correlationId.toLowerCase().replaceAll('-', '') : hash.slice(0, 32);
  return { traceId, spanId: hash.slice(32, 48) };
}

/** Gives the root span of a request its ids; all other ids are random. */
class TraceIds implements IdGenerator {
  next?: { traceId: string; spanId: string };
  generateTraceId = (): string => this.next?.traceId ?? randomBytes(16).toString('hex');
  generateSpanId = (): string => this.next?.spanId ?? randomBytes(8).toString('hex');
}

/** Exports spans to an OpenTelemetry collector in the background. While the collector is unavailable, spans beyond a bounded queue are dropped. */
export class Tracing {
  private constructor(
    private readonly tracer: Tracer,
    private readonly ids: TraceIds,
    private readonly parentOf: (correlationId: string) => Context,
    private readonly root: Context,
    private readonly kinds: Record<SpanData['kind'], SpanKind>,
    private readonly shutdown: () => Promise<void>,
  ) {}

  /** Loads the OpenTelemetry libraries only when tracing is on. @param service value of `service.name` */
  static async start(service: string, { endpoint, ratio }: TraceSettings): Promise<Tracing> {
    const [api, sdk, exporter, resources] = await Promise.all([
      import('@opentelemetry/api'),
      import('@opentelemetry/sdk-trace-base'),
      import('@opentelemetry/exporter-trace-otlp-http'),
      import('@opentelemetry/resources'),
    ]);
    const ids = new TraceIds();
    const provider = new sdk.BasicTracerProvider({
      resource: resources.resourceFromAttributes({
        'service.name': service,
        'service.instance.id': `${hostname()}:${process.pid}`,
      }),
      // Sampling depends on the trace id only, so every process decides alike.
      sampler: new sdk.TraceIdRatioBasedSampler(ratio),
      idGenerator: ids,
      spanProcessors: [
        new sdk.BatchSpanProcessor(
          new exporter.OTLPTraceExporter({
            url: `${endpoint.replace(/\/+$/, '')}/v1/traces`,
            timeoutMillis: EXPORT_TIMEOUT_MS,
          }),
          { scheduledDelayMillis: 1_000 },
        ),
      ],
    });
    const { ROOT_CONTEXT, SpanKind: kinds, trace, TraceFlags } = api;
    return new Tracing(
      provider.getTracer('purchasing'),
      ids,
      (correlationId) =>
        trace.setSpanContext(ROOT_CONTEXT, {
          ...traceIdsOf(correlationId),
          traceFlags: TraceFlags.SAMPLED,
          isRemote: true,
        }),
      ROOT_CONTEXT,
      { server: kinds.SERVER, client: kinds.CLIENT, consumer: kinds.CONSUMER },
      () => provider.shutdown(),
    );
  }

  /** Records the root span of a request. */
  recordRequest(span: SpanData): void {
    this.ids.next = traceIdsOf(span.correlationId);
    try {
      this.record(span, this.root);
    } finally {
      this.ids.next = undefined;
    }
  }

  /** Records a child span of the span of its request. */
  recordStep(span: SpanData): void {
    this.record(span, this.parentOf(span.correlationId));
  }

  /** Exports the queued spans, for at most EXPORT_TIMEOUT_MS. */
  async close(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, EXPORT_TIMEOUT_MS);
    });
    await Promise.race([this.shutdown().catch(() => {}), timeout]);
    clearTimeout(timer);
  }

  private record({ name, kind, startedAt, seconds, attributes, failed = false }: SpanData, context: Context): void {
    const span = this.tracer.startSpan(name, { kind: this.kinds[kind], startTime: startedAt, attributes }, context);
    if (failed) span.setStatus({ code: 2 });
    span.end(startedAt + seconds * 1_000);
  }
}
