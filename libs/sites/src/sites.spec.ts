import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EventStoreUnavailable } from '@app/event-store/event-store';
import { MemoryEventStore } from '../../../test/memory-event-store';
import { Sites } from './sites';

const GOLDEN = join(__dirname, '../../../test/stored-events/golden-sites');

describe('sites and credentials', () => {
  let store: MemoryEventStore;
  let now: number;
  let reads: number;
  let isDown: boolean;
  /** A process of its own over the same store. */
  const another = (): Sites =>
    new Sites(
      store.through((step) => {
        if (step.startsWith('read ')) reads += 1;
        return isDown ? Promise.reject(new EventStoreUnavailable('down')) : Promise.resolve();
      }),
      () => now,
    );
  beforeEach(() => {
    store = new MemoryEventStore();
    now = Date.parse('2026-01-01T00:00:00Z');
    reads = 0;
    isDown = false;
  });

  it('are created once and listed by name', async () => {
    const sites = another();
    expect([await sites.create('b'), await sites.create('a'), await sites.create('b')]).toEqual([true, true, false]);
    await sites.issue('c');
    expect((await sites.list()).map(({ site }) => site)).toEqual(['a', 'b', 'c']);
    await expect(sites.create('no site')).rejects.toThrow(TypeError);
    await expect(sites.issue('-x')).rejects.toThrow(TypeError);
  });

  it('authenticate with the right secret only, and never show it again', async () => {
    const sites = another();
    const { clientId, clientSecret, revision } = await sites.issue('a', ['read'], { label: 'ERP' });
    expect(await sites.authenticate('a', clientId, clientSecret)).toEqual({
      clientId,
      scopes: ['read'],
      revision,
      label: 'ERP',
    });
    expect(await sites.authenticate('a', clientId, `${clientSecret}x`)).toBeUndefined();
    expect(await sites.authenticate('b', clientId, clientSecret)).toBeUndefined();
    expect(JSON.stringify(await sites.credentials('a'))).not.toMatch(/salt|secret/i);
    expect(JSON.stringify(store.all.map(({ data }) => data))).not.toContain(clientSecret);
    expect(await sites.credentials('b')).toBeUndefined();
  });

  it('end when they expire', async () => {
    const sites = another();
    const { clientId, clientSecret } = await sites.issue('a', ['read'], { expiresAt: '2026-01-01T00:00:05Z' });
    expect(await sites.authenticate('a', clientId, clientSecret)).toBeDefined();
    now += 5_000;
    expect(await sites.authenticate('a', clientId, clientSecret)).toBeUndefined();
    expect(await sites.find('a', clientId)).toBeUndefined();
    expect(await sites.credentials('a')).toMatchObject([{ state: 'expired' }]);
  });

  it('end within 10 s of a revocation by another process', async () => {
    const [here, there] = [another(), another()];
    const { clientId, clientSecret } = await here.issue('a');
    expect(await there.find('a', clientId)).toBeDefined();
    expect([await here.revoke('a', clientId), await here.revoke('a', clientId)]).toEqual([true, false]);
    expect(await here.find('a', clientId)).toBeUndefined();
    now += 10_000;
    expect(await there.find('a', clientId)).toBeUndefined();
    expect(await there.authenticate('a', clientId, clientSecret)).toBeUndefined();
    expect(await there.credentials('a')).toMatchObject([{ state: 'revoked', revokedAt: '2026-01-01T00:00:00.000Z' }]);
    expect(await here.revoke('a', 'nobody')).toBe(false);
  });

  it('are known within a second of being issued by another process', async () => {
    const [here, there] = [another(), another()];
    await here.create('a');
    expect(await there.find('a', 'x')).toBeUndefined();
    const { clientId, clientSecret } = await here.issue('a');
    now += 1_000;
    expect(await there.authenticate('a', clientId, clientSecret)).toBeDefined();
  });

  it('do not read the store for every unknown client or site', async () => {
    const sites = another();
    await sites.create('a');
    for (let tries = 0; tries < 100; tries++) {
      await sites.authenticate('a', `nobody-${tries}`, 'x');
      await sites.authenticate('nowhere', 'x', 'x');
    }
    expect(reads).toBe(2);
  });

  it('read the store once for all who ask at the same time', async () => {
    const { clientId } = await another().issue('a');
    reads = 0;
    const sites = another();
    await Promise.all(Array.from({ length: 50 }, () => sites.find('a', clientId)));
    expect(reads).toBe(1);
  });

  it('are believed as they were while the event store is down, and unknown ones are not denied', async () => {
    const sites = another();
    const { clientId } = await sites.issue('a');
    await sites.find('a', clientId);
    isDown = true;
    now += 60_000;
    expect(await sites.find('a', clientId)).toMatchObject({ clientId });
    await expect(sites.find('a', 'x')).rejects.toThrow(EventStoreUnavailable);
  });

  it('are stored in the shape of the golden files', async () => {
    const sites = another();
    const { clientId } = await sites.issue('a', ['read', 'write'], {
      label: 'ERP',
      expiresAt: '2027-01-01T00:00:00.000Z',
    });
    await sites.revoke('a', clientId);
    for (const { type, data, metadata } of store.all) {
      const file = join(GOLDEN, `${type}.v1.json`);
      const written = JSON.parse(JSON.stringify({ type, data, metadata })) as { data: Record<string, unknown> };
      if (!existsSync(file) && process.env.UPDATE_DOCS === '1')
        writeFileSync(file, `${JSON.stringify(written, null, 2)}\n`);
      const golden = JSON.parse(readFileSync(file, 'utf8')) as { data: Record<string, unknown> };
      expect(kindsOf(written.data)).toEqual(kindsOf(golden.data));
    }
    expect(store.all.map(({ type }) => type)).toEqual(['SiteCreated', 'CredentialIssued', 'CredentialRevoked']);
  });

  it('are read from the golden files', async () => {
    const stored = ['SiteCreated', 'CredentialIssued', 'CredentialRevoked'].map(
      (type) => JSON.parse(readFileSync(join(GOLDEN, `${type}.v1.json`), 'utf8')) as never,
    );
    await store.append('site-a', stored, 'no-stream');
    expect(await another().credentials('a')).toMatchObject([
      { scopes: ['read', 'write'], label: 'ERP', expiresAt: '2027-01-01T00:00:00.000Z', state: 'revoked' },
    ]);
  });
});

/** Names of members and the kinds of their values: ids, salts and hashes are random. */
const kindsOf = (data: Record<string, unknown>): object =>
  Object.fromEntries(Object.entries(data).map(([name, value]) => [name, Array.isArray(value) ? value : typeof value]));
