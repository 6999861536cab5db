import type { FastifyInstance } from 'fastify';
import { matches, readIfNoneMatch } from './purchase-guards';

/** Answers 304 without a body to a GET whose If-None-Match names the ETag of the answer (RFC 9110, 13.1.2). */
export function addConditionalGet(fastify: FastifyInstance): void {
  const conditionOf = ({ method, headers }: { method: string; headers: { 'if-none-match'?: string } }) =>
    method === 'GET' || method === 'HEAD' ? headers['if-none-match'] : undefined;
  fastify.addHook('preHandler', (request, _reply, done) => {
    const condition = conditionOf(request);
    // An unusable header is refused before the work is done.
    if (condition !== undefined) readIfNoneMatch(condition);
    done();
  });
  fastify.addHook('onSend', (request, reply, payload, done) => {
    const condition = conditionOf(request);
    const etag = reply.getHeader('etag');
    if (condition === undefined || reply.statusCode !== 200 || typeof etag !== 'string' || !matches(condition, etag))
      return done(null, payload);
    void reply.status(304).removeHeader('content-type').removeHeader('content-length');
    return done(null, null);
  });
}
