import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** Maximum number of requests that wait on a connection. Browsers and HTTP libraries send none; load generators send up to some tens. */
const MAX_WAITING = 100;

const waiting = new WeakMap<Socket, number>();

/**
 * Waits until the requests before this one on the same connection are answered (pipelining, RFC 9112, 9.3.2). Node.js passes requests on as they arrive,
 * and an answer gets the socket when the one before it is sent. Until then nothing tells the answer that its client has left, so that all that a request
 * holds until its end (a place among the requests in flight, memory of a body, a stream of the feed) would be held for ever. Does not return when
 * the client leaves before. Closes a connection on which more than MAX_WAITING requests wait.
 */
export async function turnOfConnection({ socket }: IncomingMessage, answer: ServerResponse): Promise<void> {
  const count = (waiting.get(socket) ?? 0) + 1;
  waiting.set(socket, count);
  if (count > MAX_WAITING) socket.destroy();
  await once(answer, 'socket');
  waiting.set(socket, (waiting.get(socket) ?? 1) - 1);
}
