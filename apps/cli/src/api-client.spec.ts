import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ApiClient } from './api-client';

describe('the client of the API', () => {
  let server: Server;
  afterEach(() => server.close());

  /** A client of a server that answers calls, except for tokens, with these statuses in turn. */
  async function clientOf(statuses: number[]): Promise<ApiClient> {
    server = createServer((request, response) => {
      request.resume();
      const isToken = request.url === '/api/auth/token';
      const status = isToken ? 200 : (statuses.shift() ?? 200);
      const type = status < 400 ? 'application/json' : 'application/problem+json';
      response.writeHead(status, { 'content-type': type, ...(status === 503 && { 'retry-after': '0' }) });
      response.end(JSON.stringify(isToken ? { access_token: 't' } : { status }));
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    return new ApiClient({ url, site: 's', clientId: 'c', clientSecret: 'x' });
  }

  it('gets a new token also after many retries: a service that was restarted may not know the old one', async () => {
    const client = await clientOf([503, 503, 503, 503, 503, 503, 401]);
    expect(await client.call('listPurchases', {})).toMatchObject({ status: 200 });
  });

  it('gives up when its tokens are refused again and again', async () => {
    const client = await clientOf(Array.from({ length: 20 }, () => 401));
    expect(await client.call('listPurchases', {})).toMatchObject({ status: 401 });
  });
});
