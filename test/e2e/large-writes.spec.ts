import { type Answer, call } from '../processes';
import { type RealService, startRealService } from '../real-service';

/** Allows for a slow or busy machine. */
jest.setTimeout(120_000);

const upTo = (count: number): number[] => Array.from({ length: count }, (_, n) => n);
const order = (count: number, more: object = {}): object => ({
  ...{ type: 'order', currency_code: 'GBP', ...more },
  packages: [
    {
      ...{ type: 'processing', identifiers: { visible: 'P' } },
      line_items: upTo(count).map((n) => ({
        ...{ identifiers: { sku: `S${n}` }, name_parent: `Lantern ${n}`, quantity: 1 },
        line_total: { total_net: { number: '1.00', currency: 'GBP' } },
      })),
    },
  ],
});

/** No projector runs, so that reads are answered from the writes of the process. */
describe('writes of large purchases, which run in the write thread', () => {
  let service: RealService;
  let ids = 0;
  beforeAll(async () => {
    service = await startRealService();
  });
  afterAll(() => service.stop());
  afterEach(() => expect(service.apis[0]!.complaints).toBe(''));

  const send = (method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> =>
    call(`${service.apis[0]!.url}/api/v1/purchases/${path}`, {
      method,
      headers: { ...service.headers, ...headers },
      body,
    });
  const fresh = (): string => `internal/LARGE-${++ids}`;

  it('are read back by every identifier, changed by bodies of every size, and deleted', async () => {
    const path = fresh();
    const names = { purchase_identifiers: { visible: 'LARGE-V' } };
    const created = await send('PUT', path, order(3_000, names));
    expect([created.status, created.headers['purchase-changed'], created.headers.etag]).toEqual([201, 'true', '"1"']);
    expect(created.headers['consistency-token']).toBeDefined();
    for (const each of [path, 'visible/LARGE-V']) expect((await send('GET', each)).text).toBe(created.text);

    expect((await send('PUT', path, order(3_000, names))).headers['purchase-changed']).toBe('false');
    const payment = { platform_id: 'T1', total: { number: '5.00', currency: 'GBP' } };
    const paid = await send('PUT', 'visible/LARGE-V/transactions', payment);
    expect([paid.status, paid.headers.etag]).toEqual([200, '"2"']);
    const note = { event_type: 'note', body: 'n', created_by: 'Ann' };
    expect((await send('POST', `${path}/history`, note, { 'idempotency-key': 'k' })).status).toBe(201);
    expect((await send('POST', `${path}/history`, note, { 'idempotency-key': 'k' })).headers.etag).toBe('"3"');
    expect(JSON.parse((await send('GET', `${path}/transactions`)).text)).toMatchObject([payment]);
    expect(JSON.parse((await send('GET', `${path}/history`)).text)).toHaveLength(1);

    const shrunk = await send('PUT', path, order(2, names));
    expect(shrunk.status).toBe(200);
    expect((await send('GET', path)).text).toBe(shrunk.text);
    expect((await send('GET', `${path}?revision=1`)).text).toBe(created.text);
    const compared = JSON.parse((await send('GET', `${path}/compare?from=1`)).text) as { from: { revision: number } };
    expect(compared.from.revision).toBe(1);

    expect((await send('DELETE', path)).status).toBe(204);
    for (const each of [path, 'visible/LARGE-V']) expect((await send('GET', each)).status).toBe(404);
    expect((await send('PUT', path, order(1))).status).toBe(201);
  });

  it('are refused with the same problems as small ones', async () => {
    const path = fresh();
    const codeOf = ({ status, text }: Answer): [number, string] => [
      status,
      (JSON.parse(text) as { type: string }).type.split(':').at(-1) ?? '',
    ];
    const wrong = await send('PUT', path, { ...order(3_000), currency_code: 'XXX' });
    expect(codeOf(wrong)).toEqual([400, 'invalid-body']);
    expect(codeOf(await send('PUT', path, order(500), { 'if-match': '"1"' }))).toEqual([412, 'precondition-failed']);
    expect(codeOf(await send('PUT', path, order(500, { purchase_identifiers: { internal: 'X' } })))).toEqual([
      400,
      'identifier-mismatch',
    ]);
    expect((await send('PUT', path, order(500), { 'if-none-match': '*' })).status).toBe(201);
    expect(codeOf(await send('PUT', path, order(500), { 'if-none-match': '*' }))).toEqual([412, 'precondition-failed']);
    const dry = await send('PUT', `${path}?dry_run=true`, order(400));
    expect([dry.status, dry.headers['purchase-changed']]).toEqual([200, 'true']);
    expect((await send('PUT', path, order(500))).headers['purchase-changed']).toBe('false');
  });

  it('include those of small bodies whose diff takes long', async () => {
    const quantities = (...packages: [type: string, quantity: number][]): object => ({
      ...{ type: 'order', currency_code: 'GBP' },
      packages: packages.map(([type, quantity]) => ({
        type,
        line_items: [{ name_parent: 'a', quantity, line_total: { total_net: { number: '1.00', currency: 'GBP' } } }],
      })),
    });
    const first = quantities(
      ...[72, 73, 52, 7].map((quantity): [string, number] => ['on_hold', quantity]),
      ...[5, 1, 27].map((quantity): [string, number] => ['processing', quantity]),
      ['refund', 41],
    );
    const second = quantities(...[61, 18, 75].map((quantity): [string, number] => ['refund', quantity]), [
      'processing',
      66,
    ]);
    const path = fresh();
    expect((await send('PUT', path, first)).status).toBe(201);
    const dry = await send('PUT', `${path}?dry_run=true`, second);
    expect([dry.status, dry.headers['purchase-changed']]).toEqual([200, 'true']);
    const changed = await send('PUT', path, second);
    expect(changed.status).toBe(200);
    expect((await send('PUT', path, second)).headers['purchase-changed']).toBe('false');
    expect((await send('GET', path)).text).toBe(changed.text);
  });

  it('lose no update when writers in both threads change one purchase', async () => {
    const path = fresh();
    await send('PUT', path, order(1));
    const notes = upTo(30).map((n) =>
      send('POST', `${path}/history`, { event_type: 'note', body: `${n}`, created_by: 'A' }),
    );
    const puts = upTo(6).map((n) => send('PUT', path, order(400 + n)));
    const accepted = (await Promise.all(notes)).filter(({ status }) => status === 201).length;
    for (const { status } of await Promise.all(puts)) expect([200, 409]).toContain(status);
    expect(accepted).toBeGreaterThan(0);
    expect(JSON.parse((await send('GET', `${path}/history`)).text)).toHaveLength(accepted);
  });

  it('end with the service', async () => {
    const [api] = service.apis;
    const writing = send('PUT', fresh(), order(3_000));
    expect(await api!.end('SIGTERM')).toBe(0);
    expect([201, undefined]).toContain((await writing.catch(() => undefined))?.status);
    await api!.start();
  });
});
