import type { FastifyInstance } from 'fastify';
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { ReadModelStatus } from '@app/read-models/projection/read-model-status';
import { type ObservedAppend, streamKind } from '@app/telemetry/observe-appends';
import { registerReadModelMetrics } from '@app/telemetry/read-model-metrics';
import type { PurchaseCache } from '@app/write-model/purchase-cache';

const HTTP_BUCKETS = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10];
const APPEND_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5];

/** The metrics of an API process. Labels never contain values from requests. */
export class ApiMetrics {
  readonly registry = new Registry();

  private readonly requests = new Histogram({
    name: 'purchasing_http_request_duration_seconds',
    help: 'Time to answer a request, by route pattern.',
    labelNames: ['method', 'route', 'status'],
    buckets: HTTP_BUCKETS,
    registers: [this.registry],
  });

  private readonly appends = new Histogram({
    name: 'purchasing_append_duration_seconds',
    help: 'Time of an append to the event store, by kind of stream and outcome.',
    labelNames: ['stream', 'outcome'],
    buckets: APPEND_BUCKETS,
    registers: [this.registry],
  });

  constructor() {
    collectDefaultMetrics({ register: this.registry });
  }

  /** Observes every request of a server. Requests that match no route have the route `none`. */
  observeRequests(fastify: FastifyInstance): void {
    fastify.addHook('onResponse', async (request, reply) => {
      const { method, is404, routeOptions } = request;
      const route = is404 ? 'none' : (routeOptions.url ?? 'none');
      this.requests.observe(
        { method: is404 ? 'none' : method, route, status: reply.statusCode },
        reply.elapsedTime / 1_000,
      );
    });
  }

  readonly observeAppend = ({ stream, seconds, outcome }: ObservedAppend): void => {
    this.appends.observe({ stream: streamKind(stream), outcome }, seconds);
  };

  /** Reads the use of the cache and the state of the read model at each scrape. */
  watch(cache: PurchaseCache, readModel: ReadModelStatus): void {
    const { registry } = this;
    new Counter({
      name: 'purchasing_cache_lookups_total',
      help: 'Writes whose purchase was found in the cache (hit) or not (miss).',
      labelNames: ['result'],
      registers: [registry],
      collect() {
        this.reset();
        this.inc({ result: 'hit' }, cache.lookups.hits);
        this.inc({ result: 'miss' }, cache.lookups.misses);
      },
    });
    new Gauge({
      name: 'purchasing_cache_bytes',
      help: 'Estimated bytes of cached purchases.',
      registers: [registry],
      collect() {
        this.set(cache.bytes);
      },
    });
    registerReadModelMetrics(registry, readModel);
  }
}
