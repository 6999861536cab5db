import type { FastifyReply } from 'fastify';
import type { Problem } from './problem';

export const PROBLEM_TYPE = 'application/problem+json; charset=utf-8';

/** How to authenticate. A request without a token is told no error (RFC 6750, 3.1). */
const challengeOf = ({ code }: Problem): string =>
  code === 'invalid-token' || code === 'expired-token' ? 'Bearer error="invalid_token"' : 'Bearer';

/** Responds with a problem: application/problem+json with the headers of the problem. */
export function answerProblem(reply: FastifyReply, problem: Problem): void {
  if (problem.status === 401) void reply.header('www-authenticate', challengeOf(problem));
  // A string, so that it is not serialized again.
  void reply
    .status(problem.status)
    .headers({ ...problem.options.headers, 'content-type': PROBLEM_TYPE })
    .send(JSON.stringify(problem));
}
