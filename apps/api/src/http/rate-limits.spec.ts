import { clientOf } from './rate-limits';

describe('the key by which token calls of a client are counted', () => {
  const keyOf = (site: string | undefined, body: unknown): string => clientOf({ headers: { 'site-id': site }, body });

  it('is short, however long a site and a client id a caller without a token sends', () => {
    expect(keyOf('s'.repeat(15_000), { client_id: '€'.repeat(1_300) }).length).toBeLessThan(100);
  });

  it.each([
    ['another site', keyOf('other', { client_id: 'c' })],
    ['another client', keyOf('site', { client_id: 'd' })],
    ['no client', keyOf('site', undefined)],
    ['the same texts, divided otherwise', keyOf('sitec', { client_id: '' })],
  ])('differs for %s', (_name, other) => {
    expect(other).not.toBe(keyOf('site', { client_id: 'c' }));
  });

  it('is the same for the same client', () => {
    expect(keyOf('site', { client_id: 'c', client_secret: '1' })).toBe(keyOf('site', { client_id: 'c' }));
  });
});
