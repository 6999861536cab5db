import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type OperationId, PurchasingClient } from './client';

describe('the typed client', () => {
  let server: Server;
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  /** A client of a server that answers calls, except for tokens, with this function; `calls` tells method and path of each call. */
  async function clientOf(
    answer: (request: IncomingMessage, response: ServerResponse) => void,
  ): Promise<{ client: PurchasingClient; calls: string[] }> {
    const calls: string[] = [];
    server = createServer((request, response) => {
      calls.push(`${request.method} ${request.url}`);
      if (request.url === '/api/auth/token') {
        const tokens = calls.filter((each) => each === TOKEN_CALL).length;
        request.resume();
        response.end(JSON.stringify({ access_token: `token-${tokens}`, expires_in: 3_600 }));
      } else answer(request, response);
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    return { client: new PurchasingClient(url, { site: 's', clientId: 'c', clientSecret: 'x' }), calls };
  }
  const TOKEN_CALL = 'POST /api/auth/token';
  const answerList = (request: IncomingMessage, response: ServerResponse): void => {
    request.resume();
    response.end('[]');
  };

  it.each<[string, OperationId, object]>([
    ['the list instead of a purchase', 'getPurchase', { path: { lookupBy: 'internal', identifier: '..' } }],
    ['the list instead of a credential', 'getCredential', { path: { clientId: '' } }],
    ['the list when the path is missing', 'getCredential', {}],
    ['a retry of all purchases', 'retryQuarantinedPurchase', { path: { name: 'purchases', purchase: '.' } }],
  ])('calls no other operation: %s', async (_name, id, options) => {
    const { client, calls } = await clientOf(answerList);
    await expect(client.call(id, options)).rejects.toMatchObject({ status: 400, code: 'invalid-parameter' });
    expect(calls.filter((each) => each !== TOKEN_CALL)).toEqual([]);
  });
});
