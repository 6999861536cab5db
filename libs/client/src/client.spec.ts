import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { type BulkLine, type OperationId, PurchasingClient } from './client';

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

  it('requests one token for calls at the same time', async () => {
    const { client, calls } = await clientOf(answerList);
    await Promise.all(Array.from({ length: 20 }, () => client.call('listPurchases')));
    expect(calls.filter((each) => each === TOKEN_CALL)).toHaveLength(1);
  });

  it('requests a token again after a request for one failed', async () => {
    const { client, calls } = await clientOf(answerList);
    server.once('connection', (socket) => socket.destroy());
    await expect(client.call('listPurchases')).rejects.toMatchObject({ name: 'TypeError' });
    expect((await client.call('listPurchases')).body).toEqual([]);
    expect(calls).toContain(TOKEN_CALL);
  });

  /** Answers that a token is not valid any more. */
  const refuseToken = (request: IncomingMessage, response: ServerResponse): void => {
    request.resume();
    response.statusCode = 401;
    response.end(JSON.stringify({ type: 'urn:purchasing:problem:invalid-token', title: 'The token', status: 401 }));
  };

  it('gets a new token when the service does not know the old one any more', async () => {
    const { client } = await clientOf((request, response) =>
      (request.headers.authorization === 'Bearer token-1' ? refuseToken : answerList)(request, response),
    );
    expect((await client.call('listPurchases')).body).toEqual([]);
  });

  it('gives up when the new token is refused too', async () => {
    const { client, calls } = await clientOf(refuseToken);
    await expect(client.call('listPurchases')).rejects.toMatchObject({ status: 401, code: 'invalid-token' });
    expect(calls).toHaveLength(4);
  });

  it('ends a call by its signal while it waits for a token', async () => {
    const { client } = await clientOf(answerList);
    server.removeAllListeners('request');
    const aborted = client.call('listPurchases', { signal: AbortSignal.timeout(50) });
    await expect(aborted).rejects.toMatchObject({ name: 'TimeoutError' });
  });

  it('explains a problem of a proxy, which may have a title only', async () => {
    const { client } = await clientOf((request, response) => {
      request.resume();
      response.statusCode = 502;
      response.end('{"title":"Bad gateway"}');
    });
    const problem = { code: 'about:blank', message: 'Bad gateway: Bad Gateway', problem: { status: 502, errors: [] } };
    await expect(client.call('listPurchases')).rejects.toMatchObject(problem);
  });

  describe('sending many purchases', () => {
    const purchase: BulkLine['purchase'] = { type: 'cart', currency_code: 'GBP', packages: [] };
    /** Lines without end; tells when nobody reads them any more. */
    function endless(): { lines: AsyncGenerator<BulkLine>; ended: Promise<void> } {
      let end = (): void => {};
      const ended = new Promise<void>((resolve) => (end = resolve));
      async function* lines(): AsyncGenerator<BulkLine> {
        try {
          for (let n = 0; ; n++) {
            yield { lookupBy: 'internal', identifier: `${n}`, purchase };
            await pause(5);
          }
        } finally {
          end();
        }
      }
      return { lines: lines(), ended };
    }
    const results =
      (text: string, ends: boolean) =>
      (request: IncomingMessage, response: ServerResponse): void => {
        request.resume().on('error', () => {});
        response.write(text);
        if (ends) response.end();
      };

    it('stops reading the lines when the caller stops', async () => {
      const { client } = await clientOf(results('{"line":1,"status":200}\n', false));
      const { lines, ended } = endless();
      for await (const { line } of client.putMany(lines)) {
        expect(line).toBe(1);
        break;
      }
      await ended;
    }, 5_000);

    it('reports results that end within a line', async () => {
      const { client } = await clientOf(results('{"line":1,"status":200}\n{"line":2,"sta', true));
      const found: unknown[] = [];
      const read = async (): Promise<void> => {
        for await (const { line } of client.putMany(endless().lines)) found.push(line);
      };
      await expect(read()).rejects.toThrow('the response ended within a line');
      expect(found).toEqual([1]);
    });
  });
});
