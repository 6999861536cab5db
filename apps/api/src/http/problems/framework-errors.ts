import { randomUUID } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import type { Log } from '../log';
import { standardHeaders } from '../standard-headers';
import { answerProblem, PROBLEM_TYPE } from './answer-problem';
import { Problem } from './problem';

const inPath = (message: string): Problem =>
  new Problem('invalid-parameter', message, {
    errors: [{ code: 'invalid-parameter', message, property: 'path' }],
  });

/** Answers a path that the router rejects before it looks up a route. */
export const answerBadPath =
  (log: Log) =>
  (error: FastifyError, { method, id }: FastifyRequest, reply: FastifyReply): void => {
    const isLong = error.code === 'FST_ERR_MAX_PARAM_LENGTH';
    const problem = inPath(isLong ? 'the path is too long' : 'the path is not UTF-8 in percent encoding');
    log.info({ method, status: problem.status, request_id: id }, 'request');
    void reply.headers(standardHeaders(id));
    answerProblem(reply, problem);
  };

/** The problem of bytes that are not an HTTP request. */
function problemOf(code: string | undefined): Problem {
  if (code === 'HPE_HEADER_OVERFLOW')
    return new Problem('head-too-large', 'path and headers together are larger than 16 KiB');
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return new Problem('request-timeout', 'the request did not arrive in time');
  return new Problem('invalid-request', 'the request is not HTTP');
}

/** Answers on the socket a request that could not be parsed, and closes the connection. */
export const answerBadConnection =
  (log: Log) =>
  (error: Error & { code?: string }, socket: Socket): void => {
    if (error.code === 'ECONNRESET' || !socket.writable) {
      socket.destroy();
      return;
    }
    const problem = problemOf(error.code);
    const id = randomUUID();
    const body = JSON.stringify(problem);
    const headers = {
      ...standardHeaders(id),
      'content-type': PROBLEM_TYPE,
      'content-length': String(Buffer.byteLength(body)),
      connection: 'close',
    };
    log.info({ status: problem.status, request_id: id }, 'request');
    const head = [
      `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status] ?? ''}`,
      ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    ];
    socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
    // Closes the connection even if the client does not close its side.
    setTimeout(() => socket.destroy(), 1_000).unref();
  };
