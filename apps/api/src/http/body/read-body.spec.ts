import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import type { FastifyRequest } from 'fastify';
import { BudgetExhausted, ByteBudget } from './byte-budget';
import { readBody } from './read-body';

const MIB = 2 ** 20;

describe('the memory of a large body', () => {
  const budget = new ByteBudget(MIB, 50);
  let server: Server;
  beforeAll(async () => {
    server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterAll(() => void server.close());

  it.each<[string, Record<string, string>, (body: Buffer) => Uint8Array]>([
    ['as it is', {}, (body) => body],
    ['compressed to a small one', { 'content-encoding': 'gzip' }, (body) => gzipSync(body)],
  ])('is held until the answer is sent: %s', async (_case, encoding, encode) => {
    const body = encode(Buffer.from(JSON.stringify('x'.repeat(MIB / 2))));
    const headers = { 'content-type': 'application/json', ...encoding };
    const { port } = server.address() as AddressInfo;
    const sent = fetch(`http://127.0.0.1:${port}`, { method: 'POST', headers, body: Uint8Array.from(body) });
    const [raw, answer] = (await once(server, 'request')) as [IncomingMessage, ServerResponse];
    const request = { raw, headers: raw.headers, routeOptions: { config: {} } } as unknown as FastifyRequest;
    await readBody(request, answer, { bodyLimit: MIB, timeoutMs: 1_000, budget });
    await expect(budget.reserve('other', MIB)).rejects.toThrow(BudgetExhausted);
    answer.end();
    await sent;
    (await budget.reserve('other', MIB))();
  });
});
