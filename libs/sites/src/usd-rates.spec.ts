import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { EventToAppend } from '@app/event-store/event-store';
import { MemoryEventStore } from '../../../test/memory-event-store';
import { MAX_RATES_PER_SITE, TooManyRates, UsdRates } from './usd-rates';

const GOLDEN = join(__dirname, '../../../test/stored-events/golden-sites/UsdRatesLoaded.v1.json');
const by = { actor: 'erp', requestId: 'r-1' };
const rate = (day: string, value = '1.25', currency = 'GBP'): { day: string; currency: string; rate: string } => ({
  day,
  currency,
  rate: value,
});

describe('US dollar rates', () => {
  let store: MemoryEventStore;
  let now: number;
  let reads: number;
  /** A separate process on the same store. */
  const another = (): UsdRates =>
    new UsdRates(
      store.through((step) => {
        if (step.startsWith('read ')) reads += 1;
        return Promise.resolve();
      }),
      () => now,
    );
  beforeEach(() => {
    store = new MemoryEventStore();
    now = Date.parse('2026-01-31T00:00:00Z');
    reads = 0;
  });

  it('are found by site, currency and day, or the last day of the preceding week', async () => {
    const rates = another();
    await rates.load('a', [rate('2026-01-02'), rate('2026-01-05', '1.26'), rate('2026-01-02', '1.1', 'EUR')], by);
    const found = async (day: string, currency = 'GBP', site = 'a'): Promise<string | undefined> =>
      (await rates.find(site, currency, day))?.rate;
    expect(await rates.find('a', 'GBP', '2026-01-04')).toEqual(rate('2026-01-02'));
    expect(await Promise.all(['2026-01-01', '2026-01-02', '2026-01-05'].map((day) => found(day)))).toEqual([
      undefined,
      '1.25',
      '1.26',
    ]);
    expect([await found('2026-01-12'), await found('2026-01-13')]).toEqual(['1.26', undefined]);
    expect([await found('2026-01-05', 'EUR'), await found('2026-01-05', 'GBP', 'b')]).toEqual(['1.1', undefined]);
  });

  it('are replaced by a later rate of the same day; the same rate again appends nothing', async () => {
    const rates = another();
    expect(await rates.load('a', [rate('2026-01-02'), rate('2026-01-03')], by)).toBe(2);
    expect(await rates.load('a', [rate('2026-01-02'), rate('2026-01-03', '1.3')], by)).toBe(1);
    expect(await rates.load('a', [rate('2026-01-03', '1.3')], by)).toBe(0);
    expect(store.all).toHaveLength(2);
    expect(await rates.list('a', 'GBP', { limit: 10 })).toEqual([rate('2026-01-03', '1.3'), rate('2026-01-02')]);
    expect(await rates.list('a', 'GBP', { limit: 10, before: '2026-01-03' })).toEqual([rate('2026-01-02')]);
    expect(await rates.list('a', 'GBP', { limit: 1 })).toEqual([rate('2026-01-03', '1.3')]);
  });

  it('are used at once by the process that loaded them, and within 5 s by others', async () => {
    const [mine, other] = [another(), another()];
    expect(await mine.find('a', 'GBP', '2026-01-02')).toBeUndefined();
    expect(await other.find('a', 'GBP', '2026-01-02')).toBeUndefined();
    await mine.load('a', [rate('2026-01-02')], by);
    expect(await mine.find('a', 'GBP', '2026-01-02')).toEqual(rate('2026-01-02'));
    now += 5_000;
    expect(await other.find('a', 'GBP', '2026-01-02')).toEqual(rate('2026-01-02'));
  });

  it('are read once for concurrent requests, and at most every 5 s', async () => {
    const rates = another();
    for (let round = 0; round < 3; round++)
      await Promise.all(Array.from({ length: 20 }, () => rates.find('a', 'GBP', '2026-01-02')));
    expect(reads).toBe(1);
  });

  it('loaded by two processes at the same time are all stored', async () => {
    await Promise.all([
      another().load('a', [rate('2026-01-02')], by),
      another().load('a', [rate('2026-01-03')], by),
      another().load('a', [rate('2026-01-02', '2', 'EUR')], by),
    ]);
    const rates = another();
    expect(await rates.list('a', 'GBP', { limit: 10 })).toHaveLength(2);
    expect(await rates.list('a', 'EUR', { limit: 10 })).toHaveLength(1);
  });

  it('are limited in number', async () => {
    const rates = another();
    const days = Array.from({ length: MAX_RATES_PER_SITE }, (_, index) =>
      rate(new Date(index * 86_400_000).toISOString().slice(0, 10)),
    );
    await rates.load('a', days, by);
    await expect(rates.load('a', [rate('2026-01-02', '1', 'EUR')], by)).rejects.toThrow(TooManyRates);
    expect(await rates.load('a', [rate(days[0]!.day, '2')], by)).toBe(1);
  });

  it('are stored in the shape of the golden file and read from it', async () => {
    await another().load('a', [rate('2026-01-02')], by);
    const [{ type, data, metadata } = { type: '', data: {}, metadata: {} }] = store.all;
    if (!existsSync(GOLDEN) && process.env.UPDATE_DOCS === '1')
      writeFileSync(GOLDEN, `${JSON.stringify({ type, data, metadata }, null, 2)}\n`);
    const golden = JSON.parse(readFileSync(GOLDEN, 'utf8')) as EventToAppend;
    expect({ type, data }).toEqual({ type: golden.type, data: golden.data });
    await store.append('usd-rates-b', [{ ...golden, id: 'golden' }], 'no-stream');
    expect(await another().find('b', 'GBP', '2026-01-02')).toEqual(rate('2026-01-02'));
  });
});
