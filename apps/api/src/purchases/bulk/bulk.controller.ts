import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { Controller, Inject, Logger, Post, Req, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiBearerAuth, ApiHeader, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Needs } from '../../auth/access';
import { Sites } from '@app/sites/sites';
import { WriteQueue } from '@app/write-model/write-queue';
import { type AuthenticatedRequest, checkCredential } from '../../auth/authenticate';
import { parseBoundedJson } from '../../http/body/bounded-json';
import { readContentEncoding } from '../../http/body/content-headers';
import { Describe } from '../../http/openapi/describe';
import { Problem } from '../../http/problems/problem';
import { toProblem } from '../../http/problems/problem.filter';
import { ByteBudget } from '../../http/body/byte-budget';
import { SMALL_BODY_BYTES } from '../../http/body/collect-bytes';
import { HEAVY_BODY_BYTES, type JsonBody } from '../../http/body/json-body';
import { contextOf, isStrict } from '../calls';
import { readPath } from '../purchase-path';
import { ExecuteWrite } from '../writes/execute-write';
import { inOrder } from './in-order';
import { LineMemory } from './line-memory';
import { type Line, ndjsonLines, type RefusedLine } from './ndjson-lines';

const NDJSON = /^application\/(?:x-)?ndjson\s*(?:;\s*charset\s*=\s*"?utf-?8"?\s*)?$/i;
/** Maximum bytes of one line: a body of 1 MiB plus the path. */
export const MAX_LINE_BYTES = 1_056_768;
/** Maximum time in milliseconds for a large line to arrive. */
const LINE_TIMEOUT_MS = 30_000;
const WINDOW = {
  maxItems: 32,
  maxBytes: 512 * 1024,
  bytesOf: (line: Line | RefusedLine) => ('bytes' in line ? line.bytes.length : 0),
};
/** Maximum wait for the turn of a line, in milliseconds: a day, since its predecessors end by their own time limits. */
const MAX_TURN_MS = 86_400_000;

interface BulkLine {
  lookupBy: string;
  identifier: string;
  purchase: JsonBody;
}

/** @throws Problem */
function readLine({ bytes }: Line): BulkLine {
  const value = parseBoundedJson(bytes) as Record<string, unknown> | null;
  const { lookupBy, identifier, purchase, ...rest } = typeof value === 'object' && value !== null ? value : {};
  const isWhole = typeof lookupBy === 'string' && typeof identifier === 'string' && purchase !== undefined;
  if (!isWhole || Array.isArray(value) || Object.keys(rest).length > 0)
    throw new Problem('invalid-body', 'a line is {"lookupBy":"…","identifier":"…","purchase":{…}}');
  const isLarge = bytes.length > HEAVY_BODY_BYTES;
  return { lookupBy, identifier, purchase: isLarge ? { bytes, member: 'purchase' } : { value: purchase } };
}

/** The body as a stream of bytes. @throws Problem unsupported-media-type */
function bytesOf({ raw, headers }: AuthenticatedRequest): AsyncIterable<Buffer> {
  if (!NDJSON.test(headers['content-type'] ?? ''))
    throw new Problem('unsupported-media-type', 'send application/x-ndjson in UTF-8', {
      headers: { accept: 'application/x-ndjson' },
    });
  const compression = readContentEncoding(headers);
  if (compression === undefined) return raw;
  if (compression !== 'gzip')
    throw new Problem('unsupported-media-type', 'a bulk body may be compressed by gzip', {
      headers: { 'accept-encoding': 'gzip' },
    });
  const inflating = createGunzip();
  raw.on('error', (error) => inflating.destroy(error));
  return raw.pipe(inflating);
}

@ApiTags('purchases')
@ApiBearerAuth()
@ApiHeader({ name: 'Site-Id', required: true })
@Controller('api/v1/purchases')
export class BulkController {
  private readonly logger = new Logger('bulk');

  constructor(
    @Inject(CommandBus) private readonly commands: CommandBus,
    @Inject(Sites) private readonly sites: Sites,
    @Inject(ByteBudget) private readonly budget: ByteBudget,
  ) {}

  /** Creates or replaces many purchases: one result line for each input line, in order. */
  @Describe({
    id: 'putPurchases',
    summary: 'Create or replace many purchases',
    description:
      'NDJSON: a line is `{"lookupBy","identifier","purchase"}`, its result `{"line","status",…}` with what the same `PUT` would return in ' +
      '`etag`, `purchase_id`, `changed` and `consistency_token`, or `problem`. Results come in the order of the lines, while the body is still ' +
      'being sent; a line that is refused does not affect the others. Lines of one call are written several at once: two lines for one ' +
      'purchase are applied in their order when both name it by the same identifier.',
    body: 'BulkLine',
    mediaType: 'application/x-ndjson',
    answers: { 200: { description: 'One result per line', schema: 'BulkResult' } },
  })
  @Post('bulk')
  @Needs('write', { streamsBody: true })
  bulk(@Req() request: AuthenticatedRequest, @Res() reply: FastifyReply): void {
    const body = bytesOf(request);
    const memory = new LineMemory(this.budget, request.caller.site, MAX_LINE_BYTES);
    reply.raw.once('close', () => memory.end());
    const lines = ndjsonLines(body, {
      maxBytes: MAX_LINE_BYTES,
      smallBytes: SMALL_BODY_BYTES,
      reserve: () => memory.reserve(),
      timeoutMs: LINE_TIMEOUT_MS,
    });
    const strict = isStrict(request.headers as Record<string, string | undefined>);
    void reply
      .status(200)
      .header('content-type', 'application/x-ndjson; charset=utf-8')
      .send(Readable.from(this.results(lines, request, strict), { highWaterMark: 16 }));
  }

  private async *results(
    lines: AsyncIterable<Line | RefusedLine>,
    request: AuthenticatedRequest,
    strict: boolean,
  ): AsyncGenerator<string> {
    try {
      const turns = new WriteQueue({ maxWaitMs: MAX_TURN_MS });
      const results = inOrder(lines, (line) => this.put(line, request, strict, turns), WINDOW);
      for await (const result of results) yield `${JSON.stringify(result)}\n`;
    } catch (error) {
      // The client disconnected or the compressed body is corrupt: the rest cannot be read.
      if (!request.raw.destroyed || request.raw.complete) yield `${JSON.stringify(this.failure(error))}\n`;
    }
  }

  /** Lines of one path take turns, because a large body is written by another thread than a small one. */
  private async put(
    line: Line | RefusedLine,
    request: AuthenticatedRequest,
    strict: boolean,
    turns: WriteQueue,
  ): Promise<object> {
    try {
      if ('problem' in line) throw line.problem;
      const { lookupBy, identifier, purchase } = readLine(line);
      const target = readPath(lookupBy, identifier);
      const [context, guards] = [contextOf(request), {}];
      const write = { type: 'put', target, guards, body: purchase, strict, dryRun: false, context } as const;
      const path = JSON.stringify([target.lookupBy, target.identifier]);
      const { status, headers } = await turns.run(path, async () => {
        await checkCredential(request.caller, this.sites);
        return this.commands.execute(new ExecuteWrite(write));
      });
      const { etag, 'purchase-id': purchase_id, 'consistency-token': consistency_token } = headers;
      const changed = headers['purchase-changed'] === 'true';
      return { line: line.number, status, purchase_id, etag, changed, consistency_token };
    } catch (error) {
      return { line: line.number, ...this.failure(error) };
    } finally {
      if ('release' in line) line.release();
    }
  }

  private failure(error: unknown): { status: number; problem: Problem } {
    const isDamaged = (error as NodeJS.ErrnoException).code?.startsWith('Z_') === true;
    const problem = isDamaged ? new Problem('invalid-request', 'the body is not gzip') : toProblem(error);
    if (problem.status === 500) this.logger.error(error instanceof Error ? error.stack : String(error));
    return { status: problem.status, problem };
  }
}
