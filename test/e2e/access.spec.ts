import { JwtService } from '@nestjs/jwt';
import { SECRET, type Service, startService } from './service';

const NEW_SECRET = 'n'.repeat(32);
const TOKEN_RATE = 20;
const CREDENTIAL_RATE = 40;

interface Answer {
  errors: { code: string; property?: string }[];
}

describe('access to the API', () => {
  let service: Service;
  beforeAll(async () => {
    service = await startService({
      tokenSecrets: [NEW_SECRET, SECRET],
      tokenRatePerClient: TOKEN_RATE,
      tokenRatePerAddress: 3 * TOKEN_RATE,
      credentialRate: CREDENTIAL_RATE,
      trustProxy: ['127.0.0.1'],
    });
  });
  afterAll(() => service.stop());

  const ask = (body: object, { from = '10.0.0.1', site = 'demo' } = {}): ReturnType<Service['call']> =>
    service.call('POST', '/api/auth/token', { token: undefined, site, body, headers: { 'x-forwarded-for': from } });
  const credential = (clientId: string, clientSecret = 'x'): object => ({
    grant_type: 'client_credentials',
    client_id: clientId,
    client_secret: clientSecret,
  });

  describe('routing', () => {
    it.each<[string, string]>([
      ['/api/v1/purchases/internal/X', 'DELETE, GET, HEAD, OPTIONS, PUT'],
      ['/api/v1/purchases/internal/X/', 'DELETE, GET, HEAD, OPTIONS, PUT'],
      ['/api/v1/purchases/internal/X/history', 'GET, HEAD, OPTIONS, POST'],
      ['/api/v1/purchases?limit=1', 'GET, HEAD, OPTIONS'],
      ['/api/auth/token', 'OPTIONS, POST'],
      ['/', 'GET, HEAD, OPTIONS'],
    ])('%s answers a method that it does not have with those that it has', async (path, allow) => {
      const refused = await service.call('PATCH', path, { token: undefined });
      expect([refused.statusCode, refused.headers.allow]).toEqual([405, allow]);
      expect(refused.json<Answer>().errors).toMatchObject([{ code: 'method-not-allowed' }]);
      const options = await service.call('OPTIONS', path, { token: undefined });
      expect([options.statusCode, options.headers.allow, options.body]).toEqual([204, allow, '']);
    });

    it('answers 404 to every method on an unknown path', async () => {
      for (const method of ['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE'] as const)
        for (const path of ['/nowhere', '/api/v1/purchases/internal', '/api/v1//purchases', '/API/v1/purchases'])
          expect((await service.call(method, path, { token: undefined })).statusCode).toBe(404);
    });

    it('accepts a trailing slash', async () => {
      expect((await service.call('GET', '/api/v1/purchases/')).json()).toEqual([]);
      expect((await service.call('GET', '/health/live/')).statusCode).toBe(200);
    });

    it('answers HEAD like GET, without a body', async () => {
      const [head, get] = [await service.call('HEAD', '/health/live'), await service.call('GET', '/health/live')];
      expect([head.statusCode, head.body, head.headers['content-length']]).toEqual([
        200,
        '',
        get.headers['content-length'],
      ]);
    });
  });

  describe('tokens', () => {
    it('are signed with the first secret and accepted with any configured secret', async () => {
      const { clientId, clientSecret } = await service.sites.issue('demo');
      const { access_token: token } = (await ask(credential(clientId, clientSecret))).json<{ access_token: string }>();
      expect(() => new JwtService().verify<object>(token, { secret: NEW_SECRET })).not.toThrow();
      const claims = new JwtService().decode<{ exp: number; iat: number; sub: string }>(token);
      for (const [secret, status] of [
        [NEW_SECRET, 200],
        [SECRET, 200],
        ['x'.repeat(32), 401],
      ] as const) {
        const signed = new JwtService().sign(claims, { secret });
        expect((await service.call('GET', '/api/v1/purchases', { token: signed })).statusCode).toBe(status);
      }
    });
  });

  it('rejects a token after its credential is revoked or rotated', async () => {
    const { clientId, clientSecret } = await service.sites.issue('demo');
    const { access_token: token } = (await ask(credential(clientId, clientSecret))).json<{ access_token: string }>();
    const status = async (): Promise<number> => (await service.call('GET', '/api/v1/purchases', { token })).statusCode;
    expect(await status()).toBe(200);
    await service.sites.revoke('demo', clientId);
    expect(await status()).toBe(401);
  });

  describe('token requests', () => {
    it('report an unsupported grant type before missing values', async () => {
      const refused = await ask({ grant_type: 'password' });
      expect([refused.statusCode, refused.json<Answer>().errors]).toEqual([
        400,
        [
          { code: 'unsupported-grant-type', message: 'must be client_credentials', property: '/grant_type' },
          { code: 'required', message: 'client_id is missing', property: '/client_id' },
          { code: 'required', message: 'client_secret is missing', property: '/client_secret' },
        ],
      ]);
      expect((await ask({ ...credential('a'), client_id: 7 })).json<Answer>().errors).toMatchObject([
        { code: 'wrong-type', property: '/client_id' },
      ]);
    });

    it('are limited by client and by address, with Retry-After', async () => {
      const statuses: number[] = [];
      for (let n = 0; n < TOKEN_RATE; n++)
        statuses.push((await ask(credential('one'), { from: '10.0.0.2' })).statusCode);
      expect(new Set(statuses)).toEqual(new Set([401]));
      const refused = await ask(credential('one'), { from: '10.0.0.3' });
      expect([refused.statusCode, refused.json<Answer>().errors[0]?.code]).toEqual([429, 'too-many-requests']);
      expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
      expect(refused.headers).toMatchObject({ 'ratelimit-limit': String(TOKEN_RATE), 'ratelimit-remaining': '0' });
      expect((await ask(credential('another'), { from: '10.0.0.2' })).statusCode).toBe(401);
      for (let n = 0; n < 2 * TOKEN_RATE - 1; n++) await ask(credential(`c${n}`), { from: '10.0.0.2' });
      expect((await ask(credential('another'), { from: '10.0.0.2' })).statusCode).toBe(429);
      expect((await ask(credential('another'), { from: '10.0.0.4' })).statusCode).toBe(401);
    });

    it('count addresses of one IPv6 network together', async () => {
      for (let n = 0; n < 3 * TOKEN_RATE; n++) await ask(credential(`v${n}`), { from: `2001:db8::${n.toString(16)}` });
      expect((await ask(credential('v'), { from: '2001:db8:0:0:ffff::1' })).statusCode).toBe(429);
      expect((await ask(credential('v'), { from: '2001:db8:0:1::1' })).statusCode).toBe(401);
    });
  });

  it('limits the calls per minute of each credential separately', async () => {
    const [token, other] = [await service.tokenFor('busy'), await service.tokenFor('busy')];
    const list = (by: string): ReturnType<Service['call']> =>
      service.call('GET', '/api/v1/purchases', { token: by, site: 'busy' });
    for (let n = 1; n <= CREDENTIAL_RATE; n++)
      expect((await list(token)).headers['ratelimit-remaining']).toBe(String(CREDENTIAL_RATE - n));
    const refused = await list(token);
    expect([refused.statusCode, refused.headers['ratelimit-limit']]).toEqual([429, String(CREDENTIAL_RATE)]);
    expect((await list(other)).statusCode).toBe(200);
  });
});
