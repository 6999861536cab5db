import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEventStoreNode } from '@app/embedded/event-store-node/event-store-node';
import type { EventStore } from '@app/event-store/event-store';
import { connectEventStoreDb } from '@app/event-store/eventstoredb/eventstoredb-event-store';
import type { Purchase } from '@app/purchase/purchase';
import { PurchaseWriter } from '@app/write-model/purchase-writer';
import { readPurchaseBody } from '../apps/api/src/purchases/body/purchase-body';
import { contextOf, written } from './writing';

const gbp = (number: string): object => ({ number, currency: 'GBP' });
const upTo = (count: number): number[] => Array.from({ length: count }, (_, n) => n);

interface Look {
  name?: string;
  price?: string;
  more?: (n: number) => object;
}
const line = (n: number, { name = 'Lantern', price = '1.00', more = () => ({}) }: Look): object => ({
  ...{ identifiers: { sku: `S${n}` }, name_parent: `${name} ${n}`, quantity: 1, line_total: { total_net: gbp(price) } },
  ...more(n),
});
const order = (packages: object[]): object => ({ type: 'order', currency_code: 'GBP', packages });
const processing = (count: number, look: Look = {}): object => ({
  ...{ type: 'processing', identifiers: { visible: 'P' }, line_items: upTo(count).map((n) => line(n, look)) },
});
const shipped = (count: number, look: Look = {}, from = 0): object => ({
  ...{ type: 'shipment', identifiers: { visible: 'S' }, dates: { shipped_at: '2026-11-02T10:00:00Z' } },
  line_items: upTo(count).map((n) => line(from + n, look)),
});
/** Text of which three quarters are random, so that it does not compress. */
const noise = (bytes: number): string => randomBytes((bytes * 3) / 4).toString('base64url');
const noisy = (): object =>
  processing(1_500, { more: () => ({ custom_attributes: [{ key: 'k', value: noise(440) }] }) });
const tracked = (carrier: string): object => ({
  ...processing(1),
  shipments: upTo(10_000).map((n) => ({ tracking_number: `${carrier}${n}` })),
});

/** Bodies below 1 MiB, each a change of the previous one. */
const CASES: [string, () => object[]][] = [
  [
    '4,500 plain lines, then shipped, renamed and repriced',
    () => [
      order([processing(4_500)]),
      order([shipped(4_500)]),
      order([shipped(4_500, { name: 'Lamp' })]),
      order([shipped(4_500, { name: 'Lamp', price: '2.00' })]),
    ],
  ],
  [
    '3,500 plain lines, then renamed and a third shipped',
    () => [
      order([processing(3_500)]),
      order([
        shipped(1_200, { name: 'Lamp' }),
        { ...processing(0), line_items: upTo(2_300).map((n) => line(1_200 + n, { name: 'Lamp' })) },
      ]),
    ],
  ],
  ['1,500 lines of text that does not compress, then all of it replaced', () => [order([noisy()]), order([noisy()])]],
  [
    '2,000 packages, then all shipped',
    () => [
      order(
        upTo(2_000).map((n) => ({ type: 'processing', identifiers: { visible: `P${n}` }, line_items: [line(n, {})] })),
      ),
      order(upTo(2_000).map((n) => ({ ...shipped(1, {}, n), identifiers: { visible: `P${n}` } }))),
    ],
  ],
  ['one package of 10,000 tracking entries, then all changed', () => [order([tracked('a')]), order([tracked('b')])]],
];

describe('changes of the largest purchases', () => {
  let dataDir: string;
  let node: Awaited<ReturnType<typeof startEventStoreNode>>;
  let store: EventStore;
  beforeAll(async () => {
    dataDir = mkdtempSync(join(tmpdir(), 'large-'));
    node = await startEventStoreNode({ dataDir, port: 0 });
    store = connectEventStoreDb(node.url, { totalTimeoutMs: 100_000, tryTimeoutMs: 50_000 });
  });
  afterAll(async () => {
    await store.close();
    await node.stop();
    rmSync(dataDir, { recursive: true, force: true });
  });

  const read = (body: object): Purchase => {
    const purchase = readPurchaseBody(body, { strict: true });
    if (!purchase.ok) throw new Error(JSON.stringify(purchase.errors.slice(0, 3)));
    return purchase.value;
  };

  it.each(CASES)(
    '%s',
    async (name, bodiesOf) => {
      const writeTimeoutMs = 200_000;
      const writer = new PurchaseWriter(store, { writeTimeoutMs });
      const bodies = bodiesOf();
      for (const body of bodies) {
        expect(JSON.stringify(body).length).toBeLessThan(1_048_576);
        const put = (by: PurchaseWriter): ReturnType<PurchaseWriter['put']> =>
          by.put({ lookupBy: 'internal', identifier: name }, read(body), contextOf());
        const { changed, revision } = written(await put(writer));
        expect(changed).toBe(true);
        if (body !== bodies.at(-1)) continue;
        // A process without a cache reads the purchase from its stream.
        const again = written(await put(new PurchaseWriter(store, { writeTimeoutMs })));
        expect(again).toMatchObject({ changed: false, revision });
      }
    },
    200_000,
  );
});
