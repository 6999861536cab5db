import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { answerProblem, PROBLEM_TYPE } from './answer-problem';
import { Problem } from './problem';

const inPath = (message: string): Problem =>
  new Problem('invalid-parameter', message, {
    errors: [{ code: 'invalid-parameter', message, property: 'path' }],
  });

/** A path that no route was looked up for. */
export function answerBadPath(error: FastifyError, _request: FastifyRequest, reply: FastifyReply): void {
  const isLong = error.code === 'FST_ERR_MAX_PARAM_LENGTH';
  answerProblem(reply, inPath(isLong ? 'the path is too long' : 'the path is not UTF-8 in percent encoding'));
}

/** What came in was not even a request; nothing but the socket is there to answer. */
export function answerBadConnection(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return;
  const problem =
    error.code === 'HPE_HEADER_OVERFLOW'
      ? new Problem('head-too-large', 'path and headers together are larger than 16 KiB')
      : error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? new Problem('request-timeout', 'the request did not arrive in time')
        : new Problem('invalid-request', 'this is not HTTP');
  const body = JSON.stringify(problem);
  const head = [
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status] ?? ''}`,
    `Content-Type: ${PROBLEM_TYPE}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
  ];
  if (socket.writable) socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
  else socket.destroy();
}
