import type { ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import { gunzip, inflate } from 'node:zlib';
import type { FastifyRequest } from 'fastify';
import type { AuthenticatedRequest } from '../../auth/authenticate';
import { Problem, retryAfter } from '../problems/problem';
import { parseBoundedJson } from './bounded-json';
import { UnparsedJson } from './json-body';
import { BudgetExhausted, type ByteBudget } from './byte-budget';
import { collectBytes, SMALL_BODY_BYTES, tooLarge } from './collect-bytes';
import { checkContentType, type Compression, readContentEncoding } from './content-headers';

export interface BodyLimits {
  /** Maximum bytes of a body, compressed and inflated, unless the route sets a lower limit. */
  bodyLimit: number;
  /** Maximum time for the whole body to arrive. */
  timeoutMs: number;
  /** The memory that all large bodies share. */
  budget: ByteBudget;
}

type Reserve = (bytes: number) => Promise<void>;

const DECODERS = { gzip: promisify(gunzip), deflate: promisify(inflate) };

const isAboveLimit = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE';

/** @throws Problem body-too-large, invalid-request */
async function decode(bytes: Buffer, compression: 'gzip' | 'deflate', maxOutputLength: number): Promise<Buffer> {
  try {
    return await DECODERS[compression](bytes, { maxOutputLength });
  } catch (error) {
    throw isAboveLimit(error)
      ? tooLarge(maxOutputLength)
      : new Problem('invalid-request', `the body is not ${compression}`);
  }
}

/** Inflates a body. A body that turns out to be large first reserves its share of the budget. */
async function inflated(bytes: Buffer, compression: Compression, limit: number, reserve: Reserve): Promise<Buffer> {
  if (compression === undefined) return bytes;
  const small = Math.min(SMALL_BODY_BYTES, limit);
  if (bytes.length < small)
    try {
      return await decode(bytes, compression, small);
    } catch (error) {
      if (small === limit || !(error instanceof Problem && error.code === 'body-too-large')) throw error;
    }
  await reserve(limit);
  return decode(bytes, compression, limit);
}

/** Reserves memory for a request at most once, until its response is sent. @throws Problem overloaded */
function reserver(
  { caller }: FastifyRequest & Partial<AuthenticatedRequest>,
  answer: ServerResponse,
  budget: ByteBudget,
): Reserve {
  let isReserved = false;
  return async (bytes: number): Promise<void> => {
    if (isReserved) return;
    isReserved = true;
    try {
      const release = await budget.reserve(caller?.site ?? '', bytes);
      // Not the request, which is destroyed as soon as its body is read.
      if (answer.destroyed) release();
      else answer.once('close', release);
    } catch (error) {
      if (!(error instanceof BudgetExhausted)) throw error;
      throw new Problem('overloaded', 'too many large bodies are being worked on', retryAfter(2));
    }
  };
}

/**
 * Reads the JSON value of a request body, or UnparsedJson for a route that parses it itself. An empty body is none: many clients name a media type for every
 * request.
 * @throws Problem for another media type, or a body that is too large, too slow, incomplete, badly compressed, too complex, or not JSON in UTF-8
 */
export async function readBody(
  request: FastifyRequest,
  answer: ServerResponse,
  { bodyLimit, timeoutMs, budget }: BodyLimits,
): Promise<unknown> {
  const { headers, raw, routeOptions } = request;
  checkContentType(headers['content-type']);
  const compression = readContentEncoding(headers);
  const limit = Math.min(routeOptions.config.bodyLimit ?? bodyLimit, bodyLimit);
  const reserve = reserver(request, answer, budget);
  const bytes = await collectBytes(raw, {
    limit,
    timeoutMs,
    reserve: (size) => reserve(compression === undefined ? size : limit),
  });
  const json = await inflated(bytes, compression, limit, reserve);
  if (routeOptions.config.parsesBody === true) return new UnparsedJson(json);
  return json.length === 0 ? undefined : parseBoundedJson(json);
}
