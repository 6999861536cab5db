import { types } from 'node:util';
import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AppendTooLarge, EventStoreUnavailable } from '@app/event-store/event-store';
import { ReadModelUnavailable } from '@app/read-models/queries/read-model-unavailable';
import { WriteDeadlineExceeded } from '@app/write-model/write-deadline';
import { describeError, type Log } from '../log';
import { answerProblem } from './answer-problem';
import { Problem, retryAfter } from './problem';

const RETRY_SOON = 2;

const isConnectionError = (error: Error & { code?: string }): boolean =>
  /ECONNREFUSED|ENOENT|ECONNRESET|EPIPE|^57|^08|^3D000|^42P01|^3F000/.test(error.code ?? '') ||
  /timeout (expired|exceeded when trying to connect)|Query read timeout|Connection terminated|the database system is|not connected/i.test(
    error.message,
  );

/** Converts an error to a problem. An unexpected error discloses no internals. */
export function toProblem(thrown: unknown): Problem {
  if (thrown instanceof Problem) return thrown;
  if (thrown instanceof WriteDeadlineExceeded)
    return new Problem(
      'overloaded',
      'the write did not finish in time; the purchase was not changed',
      retryAfter(RETRY_SOON),
    );
  if (thrown instanceof EventStoreUnavailable)
    return new Problem('store-unavailable', 'try again soon', retryAfter(RETRY_SOON));
  if (thrown instanceof AppendTooLarge)
    return new Problem('purchase-too-large', `its changes take more than ${thrown.maxBytes} bytes`);
  if (!types.isNativeError(thrown)) return new Problem('internal-error', 'the error was logged');
  if (thrown instanceof HttpException) return ofHttp(thrown);
  if (thrown instanceof ReadModelUnavailable || isConnectionError(thrown))
    return new Problem('read-model-unavailable', 'try again soon', retryAfter(RETRY_SOON));
  return new Problem('internal-error', 'the error was logged with the request id');
}

/** Fastify's own errors arrive as an HttpException of Nest, without their code. */
function ofHttp(thrown: HttpException): Problem {
  const { message } = thrown;
  switch (thrown.getStatus()) {
    case 404:
      return new Problem('not-found', 'no route matches this path');
    case 413:
      return new Problem('body-too-large', 'the body is too large');
    case 415:
      return new Problem('unsupported-media-type', 'send application/json');
    default:
      return thrown.getStatus() < 500
        ? new Problem('invalid-request', message)
        : new Problem('internal-error', 'the error was logged');
  }
}

/** Responds to every error with application/problem+json. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(private readonly log: Log) {}

  catch(thrown: unknown, host: ArgumentsHost): void {
    const problem = toProblem(thrown);
    const { method, routeOptions, id } = host.switchToHttp().getRequest<FastifyRequest>();
    if (problem.status === 500)
      this.log.error({ method, route: routeOptions.url, request_id: id, ...describeError(thrown) }, 'request failed');
    answerProblem(host.switchToHttp().getResponse<FastifyReply>(), problem);
  }
}
