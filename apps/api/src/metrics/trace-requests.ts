import type { FastifyInstance } from 'fastify';
import type { Tracing } from '@app/telemetry/tracing';

/**
 * Records a span for every request that matches a route. Its attributes are those of the route, never of the URL, which may contain personal data.
 */
export function traceRequests(fastify: FastifyInstance, tracing: Tracing): void {
  fastify.addHook('onResponse', async ({ id, method, is404, routeOptions: { url } }, reply) => {
    if (is404 || url === undefined) return;
    const { elapsedTime, statusCode } = reply;
    tracing.recordRequest({
      name: `${method} ${url}`,
      correlationId: id,
      kind: 'server',
      startedAt: Date.now() - elapsedTime,
      seconds: elapsedTime / 1_000,
      attributes: { 'http.request.method': method, 'http.route': url, 'http.response.status_code': statusCode },
      failed: statusCode >= 500,
    });
  });
}
