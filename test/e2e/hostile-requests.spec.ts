import { existsSync, readFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { type Answer, call } from '../processes';
import { type RealService, startRealService } from '../real-service';

/** Allows for a slow or busy machine. */
jest.setTimeout(120_000);

const MIB = 1_048_576;
const CART = { type: 'cart', currency_code: 'GBP', packages: [{ type: 'processing' }] };
const JSON_TYPE = { 'content-type': 'application/json' };
const GZIP = { ...JSON_TYPE, 'content-encoding': 'gzip' };

const fill = (bytes: number, before: string, element: string, after: string): string =>
  `${before}${element},`.padEnd(bytes - after.length - element.length, `${element},`).replace(/,[^,]*$/, '') + after;

/** An array `[{},{},…]` of the given length in bytes, as a member of a body. */
const emptyObjects = (bytes: number, before: string, after: string): string =>
  `${before}${Array.from({ length: Math.floor((bytes - before.length - after.length) / 3) }, () => '{}').join(',')}${after}`;

interface Sent {
  method?: string;
  path?: string;
  headers?: Record<string, string>;
  body?: string | Buffer;
}

describe('hostile requests', () => {
  let service: RealService;
  let authorised: Record<string, string>;
  let url: string;
  let count = 0;
  const agent = new Agent({ keepAlive: false });
  const fresh = (): string => `/api/v1/purchases/internal/H-${++count}`;

  /** Sends bytes unchanged. */
  const send = ({ method = 'PUT', path = fresh(), headers = {}, body }: Sent): Promise<Answer> =>
    new Promise((done, failed) => {
      const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
      const sent = request(`${url}${path}`, { method, agent, headers: { ...length, ...headers } }, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
        response.on('end', () => done({ status: response.statusCode ?? 0, headers: response.headers, text }));
        response.on('error', failed);
      });
      sent.on('error', failed).end(body);
    });

  /** Writes text to a socket and collects what comes back until the server closes it. */
  const raw = (text: string): Promise<string> =>
    new Promise((done, failed) => {
      const socket = connect(Number(new URL(url).port), '127.0.0.1', () => socket.write(text));
      let said = '';
      socket.on('data', (chunk: Buffer) => (said += chunk.toString()));
      socket.on('error', failed).on('close', () => done(said));
    });

  /** Peak memory of the API process in KB; 0 on systems that do not report it. */
  const peakMemory = (): number => {
    const file = `/proc/${service.apis[0]!.pid}/status`;
    return existsSync(file) ? Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(file, 'utf8'))?.[1]) : 0;
  };

  const codesOf = ({ text }: Answer): string[] =>
    (JSON.parse(text) as { errors: { code: string }[] }).errors.map(({ code }) => code);

  const expectProblem = (answer: Answer, status: number, code?: string): void => {
    expect([answer.status, answer.headers['content-type']]).toEqual([
      status,
      'application/problem+json; charset=utf-8',
    ]);
    if (code !== undefined) expect(codesOf(answer)).toEqual([code]);
  };

  beforeAll(async () => {
    service = await startRealService({ more: { REQUEST_TIMEOUT: '5', TOKEN_RATE_PER_ADDRESS: '0' } });
    ({ url } = service.apis[0]!);
    authorised = service.headers;
  });
  afterAll(async () => {
    agent.destroy();
    await service.stop();
  });
  // The same process still answers the next client.
  afterEach(async () => {
    const answer = await call(`${url}${fresh()}`, { method: 'PUT', headers: authorised, body: CART });
    expect([answer.status, service.apis[0]!.complaints]).toEqual([201, '']);
  });

  describe('with a Content-Encoding that does not match the body', () => {
    it.each<[string, string, number]>([
      ['GET', '/health/live', 200],
      ['HEAD', '/health/live', 200],
      ['OPTIONS', '/health/live', 204],
      ['DELETE', '/health/live', 405],
      ['PATCH', '/health/live', 405],
      ['GET', '/nowhere', 404],
      ['POST', '/nowhere', 404],
      ['PUT', '/%zz', 400],
      ['GET', '/api/openapi.json', 200],
    ])('%s %s', async (method, path, status) => {
      for (const body of [undefined, 'not gzip', gzipSync(Buffer.alloc(3 * MIB))])
        expect((await send({ method, path, headers: GZIP, body })).status).toBe(status);
    });

    it.each<[string, string | Buffer]>([
      ['no gzip at all', 'not gzip'],
      ['a second member that is not whole', Buffer.concat([gzipSync('{}'), gzipSync('{}').subarray(0, 12)])],
      ['an end too soon', gzipSync(JSON.stringify(CART)).subarray(0, 30)],
    ])('%s', async (_case, body) => {
      expectProblem(await send({ headers: { ...authorised, ...GZIP }, body }), 400, 'invalid-request');
    });

    it('get a problem for a missing Host header and an Expect header that nobody knows', async () => {
      const answers = [
        await raw('GET /health/live HTTP/1.1\r\nConnection: close\r\n\r\n'),
        await raw('PUT / HTTP/1.1\r\nHost: a\r\nExpect: tea\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}'),
      ];
      expect(answers[0]).toMatch(/^HTTP\/1.1 400 .*application\/problem\+json.*"the Host header is missing"/s);
      expect(answers[1]).toMatch(/^HTTP\/1.1 417 .*application\/problem\+json.*:expectation-failed"/s);
    });

    it('are accepted for DELETE, which has no body', async () => {
      const path = fresh();
      await send({ path, headers: { ...authorised, ...JSON_TYPE }, body: JSON.stringify(CART) });
      const headers = { ...authorised, ...GZIP };
      expect((await send({ method: 'DELETE', path, headers, body: 'x' })).status).toBe(204);
    });
  });

  describe('that exceed a limit', () => {
    const bomb = gzipSync(emptyObjects(8 * MIB, '{"packages":[', ']}'));

    it('are refused when the body inflates beyond the limit', async () => {
      expectProblem(await send({ headers: { ...authorised, ...GZIP }, body: bomb }), 413, 'body-too-large');
    });

    it.each<[string, string, string]>([
      ['a million empty packages', '{"type":"order","currency_code":"GBP","packages":[', ']}'],
      ['a million empty lines', '{"type":"order","packages":[{"type":"processing","line_items":[', ']}]}'],
    ])('have %s', async (_case, before, after) => {
      const body = emptyObjects(MIB - 10, before, after);
      expectProblem(await send({ headers: { ...authorised, ...JSON_TYPE }, body }), 400, 'too-many-values');
      expectProblem(await send({ headers: { ...authorised, ...GZIP }, body: gzipSync(body) }), 400, 'too-many-values');
    });

    it.each<[string, string, string]>([
      ['arrays', '[', ']'],
      ['objects', '{"a":', '}'],
    ])('nest %s', async (_case, open, close) => {
      const depth = Math.floor((MIB - 64) / (open.length + close.length));
      for (const [before, after] of [
        ['', ''],
        ['{"full_transaction":', '}'],
      ] as const)
        expectProblem(
          await send({
            path: `${fresh()}/transactions`,
            headers: { ...authorised, ...JSON_TYPE },
            body: `${before}${open.repeat(depth)}1${close.repeat(depth)}${after}`,
          }),
          400,
          'too-deep',
        );
    });

    it('with 64 compression bombs and 64 large bodies in flight: a small PUT is answered and memory is bounded', async () => {
      const large = Buffer.from(fill(0.95 * MIB, '{"metadata":[', '{"name":"n","value":"vvvvvvvvvvvvvvvvvvvv"}', ']}'));
      const hostile = Array.from({ length: 128 }, (_, n) =>
        n % 2 === 0
          ? send({ headers: { ...authorised, ...GZIP }, body: bomb })
          : send({ headers: { ...authorised, ...JSON_TYPE }, body: large }),
      );
      const small = await call(`${url}${fresh()}`, { method: 'PUT', headers: authorised, body: CART });
      expect(small.status).toBe(201);
      for (const answer of await Promise.all(hostile)) {
        expect([400, 413, 503]).toContain(answer.status);
        if (answer.status === 503)
          expect([answer.headers['retry-after'], codesOf(answer)]).toEqual(['2', ['overloaded']]);
      }
      expect(peakMemory()).toBeLessThan(1_000_000);
    });
  });

  describe('without a token', () => {
    it.each<[string, string]>([
      ['PUT', '/api/v1/purchases/internal/X'],
      ['PUT', '/api/v1/purchases/internal/X/transactions'],
      ['POST', '/api/v1/purchases/internal/X/history'],
    ])('%s %s is refused before its body is read', async (method, path) => {
      // Announces 1 MiB and never sends it.
      const headers = { ...JSON_TYPE, 'content-length': String(MIB) };
      const answer = await new Promise<Answer>((done, failed) => {
        const sent = request(`${url}${path}`, { method, agent, headers }, (response) => {
          done({ status: response.statusCode ?? 0, headers: response.headers, text: '' });
          sent.destroy();
        });
        sent.on('error', failed);
        sent.write('{');
      });
      expect(answer.status).toBe(401);
    });

    it('accepts at most 4 KB for a token request', async () => {
      const body = JSON.stringify({ grant_type: 'client_credentials', client_id: 'x'.repeat(4_096) });
      const headers = { ...JSON_TYPE, 'site-id': 'real' };
      expectProblem(await send({ method: 'POST', path: '/api/auth/token', headers, body }), 413, 'body-too-large');
      const zipped = { headers: { ...GZIP, 'site-id': 'real' }, body: gzipSync(body) };
      expectProblem(await send({ method: 'POST', path: '/api/auth/token', ...zipped }), 413, 'body-too-large');
    });
  });

  describe('that arrive slowly', () => {
    it('get 408 for incomplete headers or an incomplete body, and the connection is closed', async () => {
      const head = `PUT ${fresh()} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n`;
      const auth = `Site-Id: ${authorised['site-id']}\r\nAuthorization: ${authorised.authorization}\r\n`;
      for (const said of await Promise.all([raw(`${head}${auth}\r\n{`), raw(`${head}X-Slow: `)])) {
        expect(said).toMatch(/^HTTP\/1.1 408 /);
        expect(said).toContain('urn:purchasing:problem:request-timeout');
      }
    });

    it('are discarded when the client disconnects', async () => {
      const headers = { ...authorised, ...JSON_TYPE, 'content-length': String(MIB) };
      for (const bytes of [1, 100_000]) {
        const sent = request(`${url}${fresh()}`, { method: 'PUT', agent, headers });
        sent.on('error', () => {});
        sent.write('x'.repeat(bytes));
        await pause(100);
        sent.destroy();
      }
    });
  });

  describe('that are not valid HTTP or JSON', () => {
    it.each<[string, string, number]>([
      ['no HTTP', 'hello\r\n\r\n', 400],
      ['an unknown method', 'BREW /health/live HTTP/1.1\r\nHost: x\r\n\r\n', 400],
      ['two lengths', 'PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n', 400],
      ['a head that is too large', `GET / HTTP/1.1\r\nHost: x\r\nX-Large: ${'x'.repeat(20_000)}\r\n\r\n`, 431],
    ])('%s is answered as a problem, and the connection ends', async (_case, text, status) => {
      const said = await raw(text);
      expect(said).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
      expect(said).toMatch(/content-type: application\/problem\+json/i);
      expect(said).toMatch(/x-request-id: .+\r\n/i);
    });

    it.each<[string, Record<string, string>, string | Buffer, number, string]>([
      ['bytes that are not UTF-8', JSON_TYPE, Buffer.from('{"type":"Réf-é"}', 'latin1'), 400, 'malformed-json'],
      ['Latin-1', { 'content-type': 'application/json; charset=iso-8859-1' }, '{}', 415, 'unsupported-media-type'],
      ['a form', { 'content-type': 'application/x-www-form-urlencoded' }, 'a=1', 415, 'unsupported-media-type'],
      ['text', { 'content-type': 'text/plain' }, '{}', 415, 'unsupported-media-type'],
      ['no type', {}, '{}', 415, 'unsupported-media-type'],
      ['a type that is none', { 'content-type': '?' }, '{}', 415, 'unsupported-media-type'],
      ['an unknown coding', { ...JSON_TYPE, 'content-encoding': 'br' }, '{}', 415, 'unsupported-media-type'],
      ['two codings', { ...JSON_TYPE, 'content-encoding': 'gzip, gzip' }, '{}', 415, 'unsupported-media-type'],
      ['__proto__', JSON_TYPE, '{"type":{"__proto__":{"a":1}}}', 400, 'forbidden-name'],
      ['__proto__ in escapes', JSON_TYPE, '{"\\u005f_proto__":1}', 400, 'forbidden-name'],
      ['half a text', JSON_TYPE, '{"type":"', 400, 'malformed-json'],
    ])('%s is refused on every route that takes a body', async (_case, headers, body, status, code) => {
      for (const [method, path] of [
        ['PUT', fresh()],
        ['PUT', `${fresh()}/transactions`],
        ['POST', `${fresh()}/history`],
        ['POST', '/api/auth/token'],
      ] as const)
        expectProblem(await send({ method, path, headers: { ...authorised, ...headers }, body }), status, code);
    });

    it('an empty body is refused where one is needed, and is none elsewhere', async () => {
      const headers = { ...authorised, ...JSON_TYPE };
      for (const [method, path, code] of [
        ['PUT', fresh(), 'malformed-json'],
        ['POST', `${fresh()}/history`, 'malformed-json'],
        ['POST', '/api/auth/token', undefined],
        ['PUT', '/api/v1/usd-rates', undefined],
      ] as const)
        expectProblem(await send({ method, path, headers, body: '' }), 400, code);
      const retried = await send({
        method: 'POST',
        path: '/api/v1/projections/purchases/quarantine/retry',
        headers,
        body: '',
      });
      expect(retried.status).toBe(201);
    });

    it.each(['constructor', 'toString', 'hasOwnProperty', 'valueOf'])(
      'with a member named %s are not answered with 500',
      async (name) => {
        for (const body of [{ [name]: 1 }, { [name]: { [name]: {} } }, { full_transaction: { [name]: {} } }, [name]])
          for (const [method, path] of [
            ['PUT', fresh()],
            ['PUT', `${fresh()}/transactions`],
            ['POST', `${fresh()}/history`],
            ['POST', '/api/auth/token'],
          ] as const) {
            const headers = { ...authorised, ...JSON_TYPE };
            expectProblem(await send({ method, path, headers, body: JSON.stringify(body) }), 400);
          }
      },
    );

    it.each(['GZip', 'x-gzip', 'gzip, identity', 'identity, X-GZIP', ' gzip '])(
      'a body in the coding "%s" is taken',
      async (coding) => {
        const headers = { ...authorised, ...JSON_TYPE, 'content-encoding': coding };
        expect((await send({ headers, body: gzipSync(JSON.stringify(CART)) })).status).toBe(201);
      },
    );

    it('accepts JSON with a byte order mark and a charset in capitals', async () => {
      const headers = { ...authorised, 'content-type': 'Application/JSON; Charset="UTF-8"' };
      expect((await send({ headers, body: `\ufeff${JSON.stringify(CART)}` })).status).toBe(201);
    });
  });

  it('restricts the length and the characters of request ids', async () => {
    const idOf = async (id: string): Promise<unknown> =>
      (await send({ method: 'GET', path: '/health/live', headers: { 'x-request-id': id } })).headers['x-request-id'];
    expect(await idOf('my-id_1:2')).toBe('my-id_1:2');
    for (const id of ['x'.repeat(101), 'a b', '<script>', '']) expect(await idOf(id)).toMatch(/^[0-9a-f-]{36}$/);
  });

  it.each([
    ...['/assets/', '/assets/none.js', '/assets/%00', '/assets/..%2findex.html', '/assets/%2e%2e/%2e%2e/package.json'],
    ...['/api/v1/purchases/internal//', '/api/v1/purchases///', '/api/v1/credentials//'],
  ])('answers %s with a 404 that is not cached', async (path) => {
    const { status, headers, text } = await send({ method: 'GET', path, headers: authorised });
    expect([status, headers['cache-control']]).toEqual([404, 'no-store']);
    expect(text).toMatch(/"detail":"(no route matches this path|the console has no such file)"/);
  });

  describe('of a browser for an unknown path', () => {
    const accept = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8';
    const open = (path: string, headers: Record<string, string> = { accept }, method = 'GET'): Promise<Answer> =>
      send({ method, path, headers });

    it.each(['/nonsense', '/apis?x=1', '/console/purchases'])('get the page of the console: %s', async (path) => {
      const { status, headers, text } = await open(path);
      expect([status, headers['content-type']]).toEqual([404, 'text/html; charset=utf-8']);
      expect(text).toBe((await open('/')).text);
      expect(headers).toMatchObject({ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' });
      expect(headers['content-security-policy']).toMatch(/script-src 'self'.*frame-ancestors 'none'$/);
    });

    it.each(['/api', '/api/v1/none', '/docs/none', '/health/none', '/metrics?x=1', '/assets/none.js'])(
      'get a problem below a path that has no pages: %s',
      async (path) => expectProblem(await open(path), 404, 'not-found'),
    );

    it('get a problem unless they are a GET that accepts HTML', async () => {
      for (const refused of [undefined, '*/*', 'application/json', 'text/html;q=0, */*'])
        expectProblem(await open('/nonsense', refused === undefined ? {} : { accept: refused }), 404, 'not-found');
      expectProblem(await open('/nonsense', { accept }, 'POST'), 404, 'not-found');
    });
  });

  it('sends the common headers with the 404 for an unknown path', async () => {
    const { headers } = await send({ method: 'GET', path: '/api/v1/purchases/internal/%ff' });
    expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' });
    expect(headers['x-request-id']).toBeDefined();
  });
});
