import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type EventMetadata, EventStoreUnavailable, type EventToAppend } from '@app/event-store/event-store';
import { MemoryEventStore } from '../../../test/memory-event-store';
import { Sites, TooManyCredentials } from './sites';

const TYPES = ['SiteCreated', 'CredentialIssued', 'CredentialRotated', 'CredentialUsed', 'CredentialRevoked'];
const GOLDEN = join(__dirname, '../../../test/stored-events/golden-sites');

describe('sites and credentials', () => {
  let store: MemoryEventStore;
  let now: number;
  let reads: number;
  let isDown: boolean;
  /** A separate process on the same store. */
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

  it('authenticate only with the right secret, and never return it again', async () => {
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

  it('rotate their secret, and accept the old one for a grace period on request', async () => {
    const sites = another();
    const first = await sites.issue('a', ['read']);
    const second = await sites.rotate('a', first.clientId, { graceSeconds: 60 });
    expect(second).toMatchObject({ clientId: first.clientId, scopes: ['read'] });
    expect(second!.revision).toBeGreaterThan(first.revision);
    const works = async (secret: string): Promise<boolean> =>
      (await sites.authenticate('a', first.clientId, secret)) !== undefined;
    expect([await works(first.clientSecret), await works(second!.clientSecret)]).toEqual([true, true]);
    now += 60_000;
    expect([await works(first.clientSecret), await works(second!.clientSecret)]).toEqual([false, true]);
    const third = await sites.rotate('a', first.clientId, { graceSeconds: 0 });
    expect([await works(second!.clientSecret), await works(third!.clientSecret)]).toEqual([false, true]);
    await sites.revoke('a', first.clientId);
    expect(await sites.rotate('a', first.clientId, { graceSeconds: 0 })).toBeUndefined();
    expect(await sites.rotate('b', first.clientId, { graceSeconds: 0 })).toBeUndefined();
  });

  it('record the day of their last use, by one event per day', async () => {
    const sites = another();
    const { clientId, clientSecret } = await sites.issue('a');
    const usedOn = async (): Promise<string | undefined> => (await sites.credentials('a'))?.[0]?.lastUsedOn;
    await sites.authenticate('a', clientId, 'wrong');
    expect(await usedOn()).toBeUndefined();
    for (let times = 0; times < 5; times++) await sites.authenticate('a', clientId, clientSecret);
    expect(await usedOn()).toBe('2026-01-01');
    expect(store.all.filter(({ type }) => type === 'CredentialUsed')).toHaveLength(1);
    now += 86_400_000;
    await sites.authenticate('a', clientId, clientSecret);
    expect(await usedOn()).toBe('2026-01-02');
  });

  it('are limited to 1,000 active ones', async () => {
    const sites = another();
    const { clientId } = await sites.issue('a');
    const [, issued] = store.all;
    const more = Array.from({ length: 999 }, (_, n) => ({
      id: `${n}`,
      type: 'CredentialIssued',
      data: { ...(issued!.data as object), clientId: `${n}` },
      metadata: issued!.metadata as EventMetadata,
    }));
    await store.append('site-a', more, 'any');
    await expect(sites.issue('a')).rejects.toThrow(TooManyCredentials);
    await sites.revoke('a', clientId);
    await sites.issue('a');
  });

  it('are accepted within a second of being issued by another process', async () => {
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

  it('are read once for concurrent requests', async () => {
    const { clientId } = await another().issue('a');
    reads = 0;
    const sites = another();
    await Promise.all(Array.from({ length: 50 }, () => sites.find('a', clientId)));
    expect(reads).toBe(1);
  });

  it('keep their last known state while the event store is down; unknown ones are not denied', async () => {
    const sites = another();
    const { clientId } = await sites.issue('a');
    await sites.find('a', clientId);
    isDown = true;
    now += 60_000;
    expect(await sites.find('a', clientId)).toMatchObject({ clientId });
    await expect(sites.find('a', 'x')).rejects.toThrow(EventStoreUnavailable);
  });

  it('have a label for their site only, also when revoked, without a read of the event store', async () => {
    const sites = another();
    const { clientId } = await sites.issue('a', ['write'], { label: 'ERP' });
    const unlabelled = await sites.issue('a');
    await sites.issue('b');
    await sites.revoke('a', clientId);
    await Promise.all([sites.credentials('a'), sites.credentials('b')]);
    [isDown, reads] = [true, 0];
    now += 60_000;
    expect(sites.labelOf('a', clientId)).toBe('ERP');
    for (const [site, id] of [
      ['a', unlabelled.clientId],
      ['a', 'system'],
      ['a', ''],
      ['b', clientId],
      ['none', clientId],
    ] as const)
      expect(sites.labelOf(site, id)).toBeUndefined();
    expect(another().labelOf('a', clientId)).toBeUndefined();
    expect(reads).toBe(0);
  });

  it('are stored in the shape of the golden files', async () => {
    const sites = another();
    const { clientId, clientSecret } = await sites.issue('a', ['read', 'write'], {
      label: 'ERP',
      expiresAt: '2027-01-01T00:00:00.000Z',
    });
    await sites.rotate('a', clientId, { graceSeconds: 60 });
    await sites.authenticate('a', clientId, clientSecret);
    await sites.revoke('a', clientId);
    for (const { type, data, metadata } of store.all) {
      const file = join(GOLDEN, `${type}.v1.json`);
      const written = JSON.parse(JSON.stringify({ type, data, metadata })) as { data: Record<string, unknown> };
      if (!existsSync(file) && process.env.UPDATE_DOCS === '1')
        writeFileSync(file, `${JSON.stringify(written, null, 2)}\n`);
      const golden = JSON.parse(readFileSync(file, 'utf8')) as { data: Record<string, unknown> };
      expect(kindsOf(written.data)).toEqual(kindsOf(golden.data));
    }
    expect(store.all.map(({ type }) => type)).toEqual(TYPES);
  });

  it('are read from the golden files', async () => {
    const stored = TYPES.map((type) => {
      const golden = JSON.parse(readFileSync(join(GOLDEN, `${type}.v1.json`), 'utf8')) as EventToAppend;
      // Each file was written when its event was new, with a random id.
      const data = { ...(golden.data as object), ...(type !== 'SiteCreated' && { clientId: 'c' }) };
      return { ...golden, id: type, data };
    });
    await store.append('site-a', stored, 'no-stream');
    expect(await another().credentials('a')).toMatchObject([
      {
        scopes: ['read', 'write'],
        label: 'ERP',
        expiresAt: '2027-01-01T00:00:00.000Z',
        state: 'revoked',
        lastUsedOn: '2026-01-01',
      },
    ]);
  });
});

/** Names of members and the types of their values, because ids, salts and hashes are random. */
const kindsOf = (data: Record<string, unknown>): object =>
  Object.fromEntries(Object.entries(data).map(([name, value]) => [name, Array.isArray(value) ? value : typeof value]));
