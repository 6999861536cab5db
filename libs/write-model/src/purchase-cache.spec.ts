import { execFileSync } from 'node:child_process';
import { diff } from '@app/purchase/diff/diff';
import { evolve } from '@app/purchase/evolve';
import type { Purchase } from '@app/purchase/purchase';
import { initialState } from '@app/purchase/state';
import { MemoryEventStore } from '../../../test/memory-event-store';
import { line, pack } from '../../../test/builders';
import { by, contextOf, order, written } from '../../../test/writing';
import { PurchaseCache } from './purchase-cache';
import type { LoadedPurchase } from './loaded-purchase';
import { PurchaseWriter } from './purchase-writer';

const at = '2026-01-01T00:00:00.000Z';

/** A purchase as loaded from the store. */
function loaded(id: string, purchase: Purchase, revision = 0n): LoadedPurchase {
  return { site: 'demo', id, state: diff(undefined, purchase, { at }).reduce(evolve, initialState), revision };
}

const withLines = (n: number, lines: number): Purchase =>
  order({
    identifiers: { internal: `E-${n}` },
    packages: [
      pack(
        'processing',
        Array.from({ length: lines }, (_, index) =>
          line(`SKU-${n}-${index}`, 1, 100, { tax: 20, nameParent: `Lantern ${n}` }),
        ),
      ),
    ],
  });

/** Measures the heap size, in bytes, of a cache of 1,000 purchases, each with its part of the JSON text. */
function bytesOnHeap(text: string): number {
  const script = `
    const text = require('node:fs').readFileSync(0, 'utf8');
    const all = new Array(1_000);
    gc();
    const before = process.memoryUsage().heapUsed;
    for (let n = 0; n < all.length; n++) all[n] = JSON.stringify(JSON.parse(text));
    gc();
    console.log((process.memoryUsage().heapUsed - before) / all.length);`;
  return Number(execFileSync(process.execPath, ['--expose-gc', '-e', script], { input: text, encoding: 'utf8' }));
}

describe('the purchase cache', () => {
  it.each<[string, LoadedPurchase]>([
    ['without a line', loaded('p', withLines(0, 0))],
    ['of ten lines', loaded('p', withLines(0, 10))],
    ['of five hundred lines', loaded('p', withLines(0, 500))],
    ['with a long identifier', loaded('p', order({ identifiers: { internal: 'E-0'.padEnd(1_000, 'x') } }))],
    ['with much wide text', loaded('p', order({ metadata: [{ name: 'text', value: '注文'.repeat(1_000) }] }))],
  ])('estimates the heap size of a purchase %s', (_what, purchase) => {
    const cache = new PurchaseCache(1e6);
    cache.remember(purchase);
    const ratio = bytesOnHeap(JSON.stringify(purchase.state)) / cache.bytes;
    expect(ratio).toBeGreaterThan(0.3);
    expect(ratio).toBeLessThan(1.1);
  });

  it('stays within its size limit and evicts the least recently used purchase with its names', () => {
    const cache = new PurchaseCache(100_000);
    for (let n = 0; n < 200; n++) cache.remember(loaded(`p${n}`, withLines(n, 1)));
    expect(cache.bytes).toBeLessThanOrEqual(100_000);
    expect(cache.find('demo', { kind: 'internal', value: 'E-199' })?.id).toBe('p199');
    expect(cache.find('demo', { kind: 'internal', value: 'E-0' })).toBeUndefined();
    cache.remember(loaded('huge', withLines(999, 1_000)));
    expect(cache.find('demo', { kind: 'internal', value: 'E-999' })).toBeUndefined();
    expect(cache.find('demo', { kind: 'internal', value: 'E-199' })?.id).toBe('p199');
  });

  it('keeps nothing when its size limit is 0', () => {
    const cache = new PurchaseCache(0);
    cache.remember(loaded('p', withLines(1, 1)));
    expect(cache.find('demo', { kind: 'internal', value: 'E-1' })).toBeUndefined();
  });

  it('finds a purchase by its current names within its site', () => {
    const cache = new PurchaseCache(1e6);
    cache.remember(loaded('p', order({ identifiers: { internal: 'E1' } })));
    cache.remember(loaded('p', order({ identifiers: { internal: 'E2' } }), 1n));
    cache.remember(loaded('q', order({ identifiers: { internal: 'E1' } })));
    const idOf = (site: string, value: string): string | undefined => cache.find(site, { kind: 'internal', value })?.id;
    expect([idOf('demo', 'E1'), idOf('demo', 'E2'), idOf('other', 'E2')]).toEqual(['q', 'p', undefined]);
  });

  it('keeps the id of a purchase and its names when its state is evicted', () => {
    const cache = new PurchaseCache(10_000);
    for (let n = 0; n < 100; n++) cache.remember(loaded(`p${n}`, withLines(n, 1)));
    expect(cache.find('demo', { kind: 'internal', value: 'E-0' })).toBeUndefined();
    expect(cache.idOf('demo', { kind: 'internal', value: 'E-0' })).toBe('p0');
    expect([cache.get('demo', 'p99')?.id, cache.get('other', 'p99')]).toEqual(['p99', undefined]);
  });

  it('returns a state that equals the remembered one and shares nothing with it', () => {
    const cache = new PurchaseCache(1e6);
    const purchase = loaded('p', withLines(1, 3));
    cache.remember(purchase);
    const found = cache.get('demo', 'p');
    expect(found).toEqual(purchase);
    expect(found?.state).not.toBe(purchase.state);
  });

  it('ignores an older revision', () => {
    const cache = new PurchaseCache(1e6);
    cache.remember(loaded('p', order({ identifiers: { internal: 'E1' }, customerReference: 'new' }), 7n));
    cache.remember(loaded('p', order({ identifiers: { internal: 'E1' }, customerReference: 'old' }), 6n));
    expect(cache.find('demo', { kind: 'internal', value: 'E1' })?.revision).toBe(7n);
  });

  it('ignores the stale result of a read that ran during a write', async () => {
    const store = new MemoryEventStore();
    const cache = new PurchaseCache(1e6);
    const E1 = by('internal', 'E1');
    await new PurchaseWriter(store).put(E1, order(), contextOf());
    let meanwhile = async (): Promise<void> => {};
    let isRead = false;
    const slowAnswer = store.through(async (step) => {
      if (isRead) await meanwhile();
      isRead = step.startsWith('read purchase');
    });
    const writer = new PurchaseWriter(store, { cache });
    meanwhile = async () => {
      isRead = false;
      await writer.put(E1, order({ customerReference: 'new' }), contextOf());
    };
    const slow = new PurchaseWriter(slowAnswer, { cache });
    const dryRun = slow.put(E1, order({ customerReference: 'dry' }), contextOf(), {}, { dryRun: true });
    expect(written(await dryRun).events).toMatchObject([{ data: { before: undefined, after: 'dry' } }]);
    expect(cache.find('demo', { kind: 'internal', value: 'E1' })?.revision).toBe(1n);
  });
});
