import { applyDecorators, type CanActivate, type ExecutionContext, Injectable, UseGuards } from '@nestjs/common';
import { ApiHeader } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Problem } from '../../http/problems/problem';
import { CONSISTENCY_TOKEN, decodeConsistencyToken } from '../consistency-token';
import { PurchaseReader } from './purchase-reader';

const MAX_WAIT_SECONDS = 30;

/** The seconds of `Prefer: wait=N` (RFC 7240), at most 30; 0 when absent. */
function waitSecondsOf(prefer: string | string[] | undefined): number {
  const [, seconds = '0'] = /(?:^|[,;\s])wait\s*=\s*"?(\d{1,9})"?(?=$|[,;\s])/i.exec(String(prefer ?? '')) ?? [];
  return Math.min(MAX_WAIT_SECONDS, Number(seconds));
}

/** Serves a read with a Consistency-Token only from a read model that includes that write; else responds 503. */
@Injectable()
export class ConsistencyGuard implements CanActivate {
  constructor(private readonly reader: PurchaseReader) {}

  async canActivate(context: ExecutionContext): Promise<true> {
    const { headers } = context.switchToHttp().getRequest<FastifyRequest>();
    const token = headers[CONSISTENCY_TOKEN];
    if (token === undefined) return true;
    const position = typeof token === 'string' ? decodeConsistencyToken(token) : undefined;
    if (position === undefined) throw unusableToken();
    const seconds = waitSecondsOf(headers.prefer);
    if (seconds > 0)
      void context.switchToHttp().getResponse<FastifyReply>().header('preference-applied', `wait=${seconds}`);
    await this.reader.waitFor(position, seconds * 1_000);
    return true;
  }
}

/** Makes the reads of a controller honour `Consistency-Token` and `Prefer: wait=N`. */
export const HonoursConsistencyToken = (): ClassDecorator =>
  applyDecorators(
    UseGuards(ConsistencyGuard),
    ApiHeader({
      name: 'Consistency-Token',
      required: false,
      description: 'The token of a write: the response includes that write, or is 503',
    }),
    ApiHeader({
      name: 'Prefer',
      required: false,
      description: `\`wait=N\`: with a Consistency-Token, waits N seconds (at most ${MAX_WAIT_SECONDS}) for the write`,
    }),
  );

function unusableToken(): Problem {
  const message = 'must be the Consistency-Token that a write answered';
  return new Problem('invalid-parameter', message, {
    errors: [{ code: 'invalid-parameter', message, property: 'Consistency-Token' }],
  });
}
