import { request } from 'node:http';
import type { LightMyRequestResponse } from 'fastify';
import { type CallOptions, type Service, startService } from './service';

interface Problem {
  type: string;
  detail: string;
  errors: { code: string; message: string; property?: string }[];
  reachable_by?: string;
  identifier?: object;
}

const cart = (more: object = {}): object => ({
  type: 'cart',
  currency_code: 'GBP',
  packages: [{ type: 'processing' }],
  ...more,
});
const named = (purchase_identifiers: object, more: object = {}): object => cart({ purchase_identifiers, ...more });
const codeOf = (response: LightMyRequestResponse): string =>
  `${response.statusCode} ${response.statusCode < 400 ? '' : response.json<Problem>().type.split(':').at(-1)}`.trim();

describe('the identity of a purchase', () => {
  let service: Service;
  let count = 0;
  const value = (): string => `I-${++count}`;
  const path = (kind: string, identifier: string): string =>
    `/api/v1/purchases/${kind}/${encodeURIComponent(identifier)}`;
  const fresh = (): string => path('internal', value());
  const put = (url: string, body: object = cart(), headers: CallOptions['headers'] = {}): ReturnType<Service['call']> =>
    service.call('PUT', url, { body, headers });
  const known = (url: string, etag: string): ReturnType<Service['call']> =>
    service.eventually(url, ({ headers }) => headers.etag === etag);

  beforeAll(async () => {
    service = await startService();
  });
  afterAll(() => service.stop());

  describe('identifiers in paths and bodies', () => {
    it.each([
      ['composed or decomposed', 'Größe é', 'Größe é'.normalize('NFD')],
      ['with white space at its ends', 'B2B 7', ' \u00a0B2B 7\t'],
    ])('is the same one %s', async (_case, one, other) => {
      const first = await put(path('visible', one));
      const again = await put(path('visible', other));
      expect([codeOf(first), codeOf(again)]).toEqual(['201', '200']);
      expect(again.headers['purchase-id']).toBe(first.headers['purchase-id']);
    });

    it('are case-sensitive, except a UUID', async () => {
      expect([codeOf(await put(path('platform', 'po-1'))), codeOf(await put(path('platform', 'PO-1')))]).toEqual([
        '201',
        '201',
      ]);
      const id = crypto.randomUUID();
      const first = await put(path('sparklayer', id));
      const again = await put(path('sparklayer', id.toUpperCase()));
      expect(again.headers['purchase-id']).toBe(first.headers['purchase-id']);
    });

    it('may contain characters that a URL must encode, and 1,000 characters', async () => {
      for (const each of ['gid://shop/Order/1?x=1#y', '100% + ü', 'a\\b"c\'d', '😀'.repeat(1000), 'timeline']) {
        const url = path('platform', each);
        const written = await put(url);
        expect(codeOf(written)).toBe('201');
        expect(written.json<{ purchase_identifiers: object }>().purchase_identifiers).toEqual({ platform: each });
        expect((await known(url, '"1"')).headers['purchase-id']).toBe(written.headers['purchase-id']);
      }
    });

    it.each([
      ['a kind that there is none of', 'colour/red', 'lookupBy'],
      ['no UUID for sparklayer', 'sparklayer/red', 'identifier'],
      ['1,001 characters', `visible/${'x'.repeat(1001)}`, 'identifier'],
      ['15,000 characters', `visible/${'x'.repeat(15_000)}`, 'identifier'],
      ['white space alone', 'visible/%20%E3%80%80', 'identifier'],
      ['NUL', 'visible/a%00b', 'identifier'],
      ['a line break', 'visible/a%0Ab', 'identifier'],
      ['a broken percent sign', 'visible/100%', 'path'],
      ['bytes that are no UTF-8', 'visible/%E0%A4', 'path'],
      ['half of a surrogate pair', 'visible/%ED%A0%80', 'path'],
    ])('of a path that is %s is a 400 that names it', async (_case, rest, property) => {
      for (const method of ['GET', 'PUT', 'DELETE'] as const) {
        const refused = await service.call(method, `/api/v1/purchases/${rest}`, {
          ...(method === 'PUT' && { body: cart() }),
        });
        expect(codeOf(refused)).toBe('400 invalid-parameter');
        expect(refused.headers['content-type']).toContain('application/problem+json');
        expect(refused.json<Problem>().errors[0]?.property).toBe(property);
      }
    });

    it('in a body are refused with 400 and the path of the value when they are invalid', async () => {
      const refused = await put(fresh(), named({ visible: 'a\u0000b', platform: '..', sparklayer: 'x' }));
      expect(codeOf(refused)).toBe('400 invalid-body');
      expect(refused.json<Problem>().errors.map(({ property }) => property)).toEqual([
        '/purchase_identifiers/visible',
        '/purchase_identifiers/platform',
        '/purchase_identifiers/sparklayer',
      ]);
    });

    it('are refused with a problem when the headers exceed 16 KiB', async () => {
      await service.app.listen(0, '127.0.0.1');
      const url = `${await service.app.getUrl()}${path('visible', 'x'.repeat(17_000))}`;
      const [status, type] = await new Promise<[number?, string?]>((done, failed) => {
        const sent = request(url, { agent: false }, (response) => {
          response.resume();
          done([response.statusCode, response.headers['content-type']]);
        });
        sent.on('error', failed).end();
      });
      expect([status, type]).toEqual([431, 'application/problem+json; charset=utf-8']);
    });
  });

  describe('the identifiers of a purchase', () => {
    it('can be assigned later, changed and removed; a removed identifier is free', async () => {
      const [internal, visible, other] = [value(), value(), value()];
      const byPlatform = path('platform', value());
      await put(byPlatform);
      for (const [names, types] of [
        [{ internal }, ['IdentifierAssigned']],
        [{ internal, visible }, ['IdentifierAssigned']],
        [{ internal, visible: other }, ['IdentifierChanged']],
        [{ internal }, ['IdentifierRemoved']],
      ] as const) {
        const { headers } = await put(byPlatform, named(names));
        await known(byPlatform, String(headers.etag));
        const told = (await service.call('GET', `${byPlatform}/timeline`)).json<{ type: string }[]>();
        expect(told.slice(-types.length).map(({ type }) => type)).toEqual(types);
      }
      for (const free of [visible, other]) expect(codeOf(await put(path('visible', free)))).toBe('201');
      expect(codeOf(await put(path('internal', internal), named({ internal })))).toBe('200');
    });

    it('can be changed by a PUT to the path of the old value', async () => {
      const [before, after] = [value(), value()];
      const first = await put(path('internal', before));
      const renamed = await put(path('internal', before), named({ internal: after }));
      expect([codeOf(renamed), renamed.headers['purchase-id']]).toEqual(['200', first.headers['purchase-id']]);
      expect(codeOf(await put(path('internal', before)))).toBe('201');
      expect(codeOf(await put(path('internal', after), named({ internal: after })))).toBe('200');
    });

    it('change from those of the cart to those of the order; the sparklayer identifier stays', async () => {
      const id = crypto.randomUUID();
      const url = path('sparklayer', id);
      await put(url);
      const order = {
        ...named({ internal: value() }, { type: 'order' }),
        packages: [
          {
            type: 'processing',
            line_items: [
              { name_parent: 'Mug', quantity: 1, line_total: { total_net: { number: '1', currency: 'GBP' } } },
            ],
          },
        ],
      };
      const confirmed = await put(url, order);
      expect(confirmed.json<{ purchase_identifiers: object }>().purchase_identifiers).toMatchObject({ sparklayer: id });
      const refused = await put(url, { ...order, purchase_identifiers: { sparklayer: crypto.randomUUID() } });
      expect(codeOf(refused)).toBe('403 sparklayer-id-is-immutable');
      expect(refused.json<Problem>().errors[0]?.property).toBe('/purchase_identifiers/sparklayer');
    });

    it('are refused if they belong to another purchase, with a link to that purchase', async () => {
      const owned = 'Größe 100%/?#'.normalize('NFD');
      const owner = await put(path('platform', owned), named({ visible: value() }));
      for (const url of [fresh(), fresh()]) {
        if (url.endsWith('0')) await put(url);
        const refused = await put(url, named({ platform: owned }));
        expect(codeOf(refused)).toBe('409 identifier-taken');
        const { errors, reachable_by, identifier } = refused.json<Problem>();
        expect(errors[0]).toMatchObject({ code: 'identifier-taken', property: '/purchase_identifiers/platform' });
        expect(identifier).toEqual({ kind: 'platform', value: owned.normalize('NFC') });
        expect(reachable_by).toBe(path('platform', owned.normalize('NFC')));
        const reached = await known(String(reachable_by), String(owner.headers.etag));
        expect(reached.headers['purchase-id']).toBe(owner.headers['purchase-id']);
      }
    });
  });

  describe('preconditions', () => {
    it('If-Match matches the named revision, one of several, and * if the purchase exists', async () => {
      const url = fresh();
      const body = (n: number): object => cart({ customer_reference: `PO ${n}` });
      expect(codeOf(await put(url, body(0), { 'if-match': '*' }))).toBe('412 precondition-failed');
      await put(url, body(0));
      for (const tag of ['"0"', 'W/"1"', '"x"', '"01"', '""', '"0", "7"']) {
        const refused = await put(url, body(1), { 'if-match': tag });
        expect([tag, codeOf(refused), refused.headers.etag]).toEqual([tag, '412 precondition-failed', '"1"']);
      }
      for (const tag of ['1', 'x', '"1', 'w/"1"', '"1" "2"', '*, "1"', ''])
        expect([tag, codeOf(await put(url, body(1), { 'if-match': tag }))]).toEqual([tag, '400 invalid-parameter']);
      expect((await put(url, body(1), { 'if-match': '"1"' })).headers.etag).toBe('"2"');
      expect((await put(url, body(2), { 'if-match': 'W/"2", "0" , "2"' })).headers.etag).toBe('"3"');
      expect((await put(url, body(3), { 'if-match': '*' })).headers.etag).toBe('"4"');
    });

    it('If-Match applies to transactions, history entries and DELETE', async () => {
      const url = fresh();
      await put(url);
      const stale = { 'if-match': '"0"' };
      const note = { event_type: 'note', body: 'Called back' };
      const payment = { platform_id: 't1', total: { number: '1', currency: 'GBP' } };
      const calls: [() => ReturnType<Service['call']>, string][] = [
        [() => service.call('POST', `${url}/history`, { body: note, headers: stale }), '412 precondition-failed'],
        [() => put(`${url}/transactions`, payment, stale), '412 precondition-failed'],
        [() => service.call('DELETE', url, { headers: stale }), '412 precondition-failed'],
        [() => service.call('DELETE', fresh(), { headers: stale }), '404 purchase-not-found'],
        [() => put(`${url}/transactions`, payment, { 'if-match': '"1"' }), '200'],
        [() => service.call('DELETE', url, { headers: { 'if-match': '"2"' } }), '204'],
      ];
      for (const [call, expected] of calls) expect(codeOf(await call())).toBe(expected);
    });

    it('If-None-Match: * allows creation and refuses replacement', async () => {
      const url = fresh();
      expect(codeOf(await put(url, cart(), { 'if-none-match': '*' }))).toBe('201');
      const refused = await put(url, cart(), { 'if-none-match': '*' });
      expect([codeOf(refused), refused.headers.etag]).toEqual(['412 precondition-failed', '"1"']);
      expect(codeOf(await put(url, cart(), { 'if-none-match': '"7"' }))).toBe('400 invalid-parameter');
    });

    it('revision_date refuses older values and accepts equal or absent values', async () => {
      const url = fresh();
      const dated = (day: string | undefined, reference: string): object =>
        cart({ customer_reference: reference, revision_date: day && `2026-01-${day}T00:00:00Z` });
      expect(codeOf(await put(url, dated('02', 'a')))).toBe('201');
      const stale = await put(url, dated('01', 'b'));
      expect([codeOf(stale), stale.json<Problem>().errors[0]?.property]).toEqual([
        '409 stale-revision',
        '/revision_date',
      ]);
      expect(codeOf(await put(url, dated('02', 'c')))).toBe('200');
      expect(codeOf(await put(url, dated(undefined, 'd')))).toBe('200');
      expect(codeOf(await put(url, dated('01', 'd')))).toBe('409 stale-revision');
    });

    it('every response about one purchase has an ETag', async () => {
      const url = fresh();
      await put(url);
      await known(url, '"1"');
      for (const each of [url, `${url}/timeline`, `${url}/history`, `${url}/transactions`]) {
        const { headers } = await service.call('GET', each);
        expect([headers.etag, headers['purchase-id']]).toEqual(['"1"', expect.stringMatching(/^[0-9a-f-]{36}$/)]);
      }
      const silent = await put(url);
      expect([codeOf(silent), silent.headers.etag, silent.headers['purchase-changed']]).toEqual([
        '200',
        '"1"',
        'false',
      ]);
    });
  });

  describe('a deleted purchase', () => {
    const timelineOf = (id: unknown): string => `/api/v1/purchases/by-id/${String(id)}/timeline`;

    it('is not found and frees its identifiers', async () => {
      const [url, visible] = [fresh(), value()];
      await put(url, named({ visible }));
      await known(url, '"1"');
      expect(codeOf(await service.call('DELETE', url))).toBe('204');
      await service.eventually(url, ({ statusCode }) => statusCode === 404);
      for (const each of [`${url}/timeline`, `${url}/history`, `${url}/transactions`])
        expect(codeOf(await service.call('GET', each))).toBe('404 purchase-not-found');
      expect(codeOf(await service.call('DELETE', url))).toBe('404 purchase-not-found');
      const note = { event_type: 'note', body: 'Called back' };
      expect(codeOf(await service.call('POST', `${url}/history`, { body: note }))).toBe('404 purchase-not-found');
      expect(codeOf(await put(url))).toBe('201');
      expect(codeOf(await put(path('visible', visible)))).toBe('201');
    });

    it('is named by the next purchase with the same identifier', async () => {
      const url = fresh();
      const first = (await put(url)).headers['purchase-id'];
      const deleted = await service.call('DELETE', url);
      expect(deleted.headers['purchase-id']).toBe(first);
      const next = await put(url);
      expect(next.json<{ calculated_follows: string }>().calculated_follows).toBe(first);
      const second = next.headers['purchase-id'];
      expect(second).not.toBe(first);
      const read = await service.eventually(url, ({ headers }) => headers['purchase-id'] === second);
      expect(read.json()).toEqual(next.json());
      expect(codeOf(await put(url, read.json<object>()))).toBe('200');
      const told = (await service.call('GET', timelineOf(second))).json<{ words: string }[]>();
      expect(told[0]?.words).toBe(`Cart created; it follows the deleted purchase ${String(first)}`);
    });

    it('has a timeline by its id for readers of the same site', async () => {
      const url = fresh();
      const id = (await put(url)).headers['purchase-id'];
      await service.call('DELETE', url);
      const told = await service.eventually(
        timelineOf(id),
        (each) => each.statusCode === 200 && each.json<unknown[]>().length === 3,
      );
      expect(told.json<{ type: string }[]>().map(({ type }) => type)).toEqual([
        'PurchaseCreated',
        'PackageAdded',
        'PurchaseDeleted',
      ]);
      expect((await service.call('GET', `${timelineOf(id)}?type=NoteAdded`)).json()).toEqual([]);
      const tokens = {
        reader: { token: await service.tokenFor('demo', ['read']) },
        writer: { token: await service.tokenFor('demo', ['write']) },
        foreign: { token: await service.tokenFor('other'), site: 'other' },
      };
      expect(codeOf(await service.call('GET', timelineOf(id), tokens.reader))).toBe('200');
      expect(codeOf(await service.call('GET', timelineOf(id), tokens.writer))).toBe('403 missing-scope');
      expect(codeOf(await service.call('GET', timelineOf(id), tokens.foreign))).toBe('404 purchase-not-found');
      expect(codeOf(await service.call('GET', timelineOf(crypto.randomUUID())))).toBe('404 purchase-not-found');
      expect(codeOf(await service.call('GET', timelineOf('x')))).toBe('400 invalid-parameter');
    });
  });
});
