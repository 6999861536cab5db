import { type Service, startService } from './service';

interface Issued {
  client_id: string;
  client_secret: string;
  scopes: string[];
}

describe('credentials over HTTP', () => {
  let service: Service;
  let operator: string;
  beforeAll(async () => {
    service = await startService();
    operator = await service.tokenFor('acme', ['operate']);
  });
  afterAll(() => service.stop());

  const call = (
    method: 'GET' | 'POST' | 'DELETE',
    path = '',
    body?: unknown,
    token = operator,
  ): ReturnType<Service['call']> => service.call(method, `/api/v1/credentials${path}`, { token, site: 'acme', body });

  /** The status of a token request, and the token. */
  async function tokenBy({ client_id, client_secret }: Issued): Promise<{ status: number; token: string }> {
    const body = { grant_type: 'client_credentials', client_id, client_secret };
    const answer = await service.call('POST', '/api/auth/token', { token: undefined, site: 'acme', body });
    return { status: answer.statusCode, token: answer.json<{ access_token: string }>().access_token };
  }

  it('are issued with scopes, label and expiry date, listed without secrets, and revoked', async () => {
    const expires_at = '2999-01-01T00:00:00.000Z';
    const answer = await call('POST', '', { scopes: ['write', 'read'], label: 'ERP', expires_at });
    expect([answer.statusCode, answer.json()]).toEqual([
      201,
      {
        client_id: expect.any(String) as string,
        client_secret: expect.any(String) as string,
        scopes: ['read', 'write'],
        label: 'ERP',
        expires_at,
      },
    ]);
    const issued = answer.json<Issued>();
    const { status, token } = await tokenBy(issued);
    expect(status).toBe(200);
    // The last use is stored after the response to the token request.
    let found: { last_used_on?: string };
    do found = (await call('GET', `/${issued.client_id}`)).json<typeof found>();
    while (found.last_used_on === undefined);
    expect(found).toMatchObject({ state: 'active', label: 'ERP', scopes: ['read', 'write'] });
    expect(found.last_used_on).toMatch(/^\d{4}-\d\d-\d\d$/);
    const listed = await call('GET');
    expect(listed.json<Issued[]>().map(({ client_id }) => client_id)).toContain(issued.client_id);
    expect(listed.body).not.toContain(issued.client_secret);

    expect((await service.call('GET', '/api/v1/purchases', { token, site: 'acme' })).statusCode).toBe(200);
    expect((await call('DELETE', `/${issued.client_id}`)).statusCode).toBe(204);
    expect((await call('DELETE', `/${issued.client_id}`)).statusCode).toBe(404);
    expect((await tokenBy(issued)).status).toBe(401);
    expect((await service.call('GET', '/api/v1/purchases', { token, site: 'acme' })).statusCode).toBe(401);
    expect((await call('GET', `/${issued.client_id}`)).json()).toMatchObject({ state: 'revoked' });
  });

  it('are rotated; the previous secret is accepted for the requested time', async () => {
    const issued = (await call('POST')).json<Issued>();
    expect(issued.scopes).toEqual(['read', 'write', 'operate']);
    const rotated = await call('POST', `/${issued.client_id}/rotation`, { grace_seconds: 3600 });
    expect([rotated.statusCode, rotated.json<Issued>().client_id]).toEqual([200, issued.client_id]);
    const second = rotated.json<Issued>();
    expect([(await tokenBy(issued)).status, (await tokenBy(second)).status]).toEqual([200, 200]);
    const third = (await call('POST', `/${issued.client_id}/rotation`)).json<Issued>();
    const statuses = await Promise.all([issued, second, third].map((each) => tokenBy(each)));
    expect(statuses.map(({ status }) => status)).toEqual([401, 401, 200]);
  });

  it('of another site are not found', async () => {
    const foreign = await service.sites.issue('other');
    for (const [method, path] of [
      ['GET', ''],
      ['DELETE', ''],
      ['POST', '/rotation'],
    ] as const) {
      const [theirs, nobodys] = await Promise.all([
        call(method, `/${foreign.clientId}${path}`),
        call(method, `/nobody${path}`),
      ]);
      expect([theirs.statusCode, theirs.json()]).toEqual([404, nobodys.json()]);
    }
    expect(await service.sites.authenticate('other', foreign.clientId, foreign.clientSecret)).toBeDefined();
  });

  it('require the scope operate', async () => {
    const writer = await service.tokenFor('acme', ['read', 'write']);
    for (const [method, path] of [
      ['GET', ''],
      ['POST', ''],
      ['GET', '/x'],
      ['DELETE', '/x'],
      ['POST', '/x/rotation'],
    ] as const)
      expect((await call(method, path, undefined, writer)).json()).toMatchObject({
        type: 'urn:purchasing:problem:missing-scope',
      });
  });

  it.each<[string, unknown, string[]]>([
    ['', { scopes: [] }, ['/scopes']],
    ['', { scopes: ['admin'], label: '', expires_at: '2020-01-01T00:00:00Z' }, ['/scopes', '/label', '/expires_at']],
    ['', { scope: ['read'], constructor: 1 }, ['/scope', '/constructor']],
    ['', { label: 'x'.repeat(101), expires_at: '2999-01-01' }, ['/label', '/expires_at']],
    ['', { expires_at: '2999-02-30T12:00:00Z' }, ['/expires_at']],
    ['', { expires_at: '9999-12-31T23:59:59-14:00' }, ['/expires_at']],
    ['', [], ['']],
    ['/x/rotation', { grace_seconds: -1 }, ['/grace_seconds']],
    ['/x/rotation', { grace_seconds: 604_801 }, ['/grace_seconds']],
  ])('refuse %s %j, naming what is wrong', async (path, body, properties) => {
    const refused = await call('POST', path, body);
    expect(refused.statusCode).toBe(400);
    expect(refused.json<{ errors: { property: string }[] }>().errors.map(({ property }) => property)).toEqual(
      properties,
    );
  });
});
