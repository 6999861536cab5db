import { createHash } from 'node:crypto';
import { isIPv6 } from 'node:net';
import rateLimit from '@fastify/rate-limit';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { AuthenticatedRequest } from '../auth/authenticate';
import { Problem, retryAfter } from './problems/problem';

/** Requests per minute; 0: no limit. */
export interface RateLimitSettings {
  tokenRatePerAddress: number;
  tokenRatePerClient: number;
  credentialRate: number;
}

/** Counts a request. @throws Problem too-many-requests */
type Limiter = (request: FastifyRequest, reply: FastifyReply) => Promise<void>;

export interface RateLimits {
  /** Limit of token calls from one address. */
  tokenByAddress: Limiter;
  /** Limit of token calls for one client of a site. */
  tokenByClient: Limiter;
  /** Limit of calls with tokens of one credential. */
  byCredential: Limiter;
}

const WINDOW_MS = 60_000;
/** Maximum number of keys that are counted, by limit. */
const MAX_TRACKED_KEYS = 50_000;

/** The address by which calls are counted: for IPv6 the first 64 bits, which usually belong to one subscriber. */
export function networkOf(address: string): string {
  if (!isIPv6(address)) return address;
  const [, mapped] = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address) ?? [];
  if (mapped !== undefined) return mapped;
  const [head = '', tail] = address.split('::');
  const groups = (text: string): string[] => text.split(':').filter((group) => group !== '');
  const [before, after] = [groups(head), groups(tail ?? '')];
  const zeros = Array<string>(Math.max(0, 8 - before.length - after.length)).fill('0');
  return [...before, ...zeros, ...after]
    .slice(0, 4)
    .map((group) => parseInt(group, 16).toString(16))
    .join(':');
}

/** A hash of site and client id: no token is required, so both can be as long as a head and a body may be, and the keys are kept. */
export const clientOf = ({ headers, body }: Pick<FastifyRequest, 'headers' | 'body'>): string => {
  const { client_id: clientId } = (body ?? {}) as { client_id?: unknown };
  const client = JSON.stringify([headers['site-id'], typeof clientId === 'string' ? clientId : null]);
  return createHash('sha256').update(client).digest('base64');
};

const credentialOf = (request: FastifyRequest): string => {
  const { site, clientId } = (request as AuthenticatedRequest).caller;
  return `${site} ${clientId}`;
};

/** Counts requests in fixed windows of a minute, in the memory of this process. */
export async function createRateLimits(fastify: FastifyInstance, settings: RateLimitSettings): Promise<RateLimits> {
  await fastify.register(rateLimit, { global: false });
  const limiter = (max: number, keyGenerator: (request: FastifyRequest) => string): Limiter => {
    if (max === 0) return () => Promise.resolve();
    // The types of the plugin lack `cache`, the maximum number of keys.
    const options = { max, timeWindow: WINDOW_MS, keyGenerator, cache: MAX_TRACKED_KEYS };
    const count = fastify.createRateLimit(options);
    return async (request, reply) => {
      const counted = await count(request);
      if (counted.isAllowed) return;
      const { remaining, ttlInSeconds, isExceeded } = counted;
      void reply.headers({
        'ratelimit-limit': max,
        'ratelimit-remaining': remaining,
        'ratelimit-reset': ttlInSeconds,
      });
      if (isExceeded)
        throw new Problem('too-many-requests', `at most ${max} a minute are answered`, retryAfter(ttlInSeconds));
    };
  };
  return {
    tokenByAddress: limiter(settings.tokenRatePerAddress, ({ ip }) => networkOf(ip)),
    tokenByClient: limiter(settings.tokenRatePerClient, clientOf),
    byCredential: limiter(settings.credentialRate, credentialOf),
  };
}
