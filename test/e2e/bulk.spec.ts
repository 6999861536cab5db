import { type ClientRequest, request } from 'node:http';
import { createInterface } from 'node:readline';
import { gzipSync } from 'node:zlib';
import { orderBody, processingBody } from '../bodies';
import { type Service, startService } from './service';

const PATH = '/api/v1/purchases/bulk';
const order = (reference: string): object =>
  orderBody([processingBody()], { type: 'cart', customer_reference: reference });
const line = (identifier: string, purchase: unknown = order('a')): string =>
  JSON.stringify({ lookupBy: 'internal', identifier, purchase });

interface Result {
  line: number;
  status: number;
  etag?: string;
  changed?: boolean;
  problem?: { type: string };
}
const resultsOf = (text: string): Result[] =>
  text
    .split('\n')
    .filter((each) => each !== '')
    .map((each) => JSON.parse(each) as Result);
const briefly = ({ line: number, status, problem }: Result): unknown[] => [
  ...[number, status],
  ...(problem === undefined ? [] : [problem.type.split(':').at(-1)]),
];

describe('bulk', () => {
  let service: Service;
  let token: string;
  let port: number;
  const send = (payload: string | Buffer, headers: Record<string, string> = {}): ReturnType<Service['app']['inject']> =>
    service.app.inject({
      ...{ method: 'POST', url: PATH, payload },
      headers: {
        ...{ authorization: `Bearer ${token}`, 'site-id': 'demo', 'content-type': 'application/x-ndjson' },
        ...headers,
      },
    });
  const open = (): ClientRequest =>
    request({
      ...{ port, method: 'POST', path: PATH },
      headers: { authorization: `Bearer ${token}`, 'site-id': 'demo', 'content-type': 'application/x-ndjson' },
    });

  beforeAll(async () => {
    service = await startService();
    token = await service.tokenFor('demo');
    await service.app.listen(0, '127.0.0.1');
    port = (service.app.getHttpServer().address() as { port: number }).port;
  });
  afterAll(() => service.stop());

  it('returns one result per line in order; an invalid line does not affect others', async () => {
    const lines = [
      ...[line('b1'), 'no json', '', line('b2'), '{"lookupBy":"internal"}', line('b3', { type: 'order' })],
      ...['[]', 'null', JSON.stringify({ lookupBy: 'no', identifier: 'x', purchase: order('a') }), line('b1')],
      ...[line('b1', order('changed')), `{"a":"${'x'.repeat(1_100_000)}"}`, line('b4')],
    ];
    const { statusCode, headers, body } = await send(lines.join('\n'));
    expect([statusCode, headers['content-type']]).toEqual([200, 'application/x-ndjson; charset=utf-8']);
    const results = resultsOf(body);
    expect(results.map(briefly)).toEqual([
      ...[
        [1, 201],
        [2, 400, 'malformed-json'],
        [4, 201],
        [5, 400, 'invalid-body'],
        [6, 400, 'invalid-body'],
      ],
      ...[
        [7, 400, 'invalid-body'],
        [8, 400, 'invalid-body'],
        [9, 400, 'invalid-parameter'],
        [10, 200],
      ],
      ...[
        [11, 200],
        [12, 413, 'body-too-large'],
        [13, 201],
      ],
    ]);
    expect([results[8]?.changed, results[9]?.changed]).toEqual([false, true]);
    const single = await service.call('PUT', '/api/v1/purchases/internal/b1', { body: order('changed') });
    expect([single.headers.etag, single.headers['purchase-changed']]).toEqual([results[9]?.etag, 'false']);
  });

  it('accepts a gzip body and reports where a damaged body ends', async () => {
    const text = [line('g1'), line('g2')].join('\n');
    const gzip = { 'content-encoding': 'gzip' };
    expect(resultsOf((await send(gzipSync(text), gzip)).body).map(briefly)).toEqual([
      [1, 201],
      [2, 201],
    ]);
    const damaged = resultsOf((await send(Buffer.from('no gzip'), gzip)).body);
    expect(damaged.map(({ status }) => status)).toEqual([400]);
  });

  it.each([
    ['application/json', 415],
    ['application/x-ndjson; charset=latin1', 415],
    ['application/ndjson', 200],
  ])('of type %s answers %i', async (type, status) => {
    expect((await send(line('t1'), { 'content-type': type })).statusCode).toBe(status);
  });

  it('requires the scope write', async () => {
    const readOnly = await service.tokenFor('demo', ['read']);
    expect((await send(line('s1'), { authorization: `Bearer ${readOnly}` })).statusCode).toBe(403);
  });

  it('streams: returns the result of a line before the next line is sent', async () => {
    const call = open();
    call.write(`${line('d0')}\n`);
    const answer = await new Promise<NodeJS.ReadableStream>((resolve) => call.on('response', resolve));
    let n = 0;
    for await (const result of createInterface({ input: answer })) {
      expect(briefly(JSON.parse(result) as Result)).toEqual([n + 1, 201]);
      if (++n === 5) call.end();
      else call.write(`${line(`d${n}`)}\n`);
    }
    expect(n).toBe(5);
  });

  it('refuses the lines after its credential was revoked', async () => {
    const { clientId, clientSecret } = await service.sites.issue('demo');
    const body = { grant_type: 'client_credentials', client_id: clientId, client_secret: clientSecret };
    const issued = (await service.call('POST', '/api/auth/token', { body })).json<{ access_token: string }>();
    const call = request({
      ...{ port, method: 'POST', path: PATH },
      headers: {
        ...{ authorization: `Bearer ${issued.access_token}`, 'site-id': 'demo' },
        'content-type': 'application/x-ndjson',
      },
    });
    call.write(`${line('r0')}\n`);
    const answer = await new Promise<NodeJS.ReadableStream>((resolve) => call.on('response', resolve));
    const results: unknown[][] = [];
    for await (const result of createInterface({ input: answer })) {
      results.push(briefly(JSON.parse(result) as Result));
      if (results.length > 1) continue;
      await service.sites.revoke('demo', clientId);
      call.end(line('r1'));
    }
    expect(results).toEqual([
      [1, 201],
      [2, 401, 'invalid-token'],
    ]);
    expect((await service.call('GET', '/api/v1/purchases/internal/r1')).statusCode).toBe(404);
  });

  it('stops when the client disconnects', async () => {
    const call = open();
    call.on('error', () => {});
    for (let n = 0; n < 3; n++) call.write(`${line(`h${n}`)}\n`);
    await new Promise<void>((resolve) => call.on('response', (answer) => answer.once('data', () => resolve())));
    call.write(line('never').slice(0, -1));
    call.destroy();
    const after = await service.call('PUT', '/api/v1/purchases/internal/h0', { body: order('a') });
    expect(after.statusCode).toBe(200);
    expect((await service.call('GET', '/api/v1/purchases/internal/never')).statusCode).toBe(404);
  });
});
