import type { Pool } from 'pg';
import type { DataSource } from 'typeorm';
import type { Purchase } from '@app/purchase/purchase';
import { type Reads, SiteReads } from '../queries/site-reads';
import { PURCHASE_PREFIX } from '@app/stored-events/streams';
import { PurchaseWriter } from '@app/write-model/purchase-writer';
import { line, orderOf, pack } from '../../../../test/builders';
import { MemoryEventStore } from '../../../../test/memory-event-store';
import { openReadModel, type TestReadModel } from '../../../../test/read-model';
import { by, contextOf } from '../../../../test/writing';
import { verify } from '../operations/verify';
import { BatchProjection } from '../projection/batch-projection';
import { customerStats } from '../queries/customer-stats';
import { dailyFigures } from '../queries/daily-figures';
import { rebuild } from '../rebuild/rebuild';
import { LIVE } from '../tables';
import { PROJECTIONS } from './projections';

type Given = [identifier: string, purchase: Purchase | 'deleted', site?: string][];

describe('projections of purchases', () => {
  let readModel: TestReadModel;
  let dataSource: DataSource;
  let pool: Pool;

  beforeEach(async () => {
    readModel = await openReadModel();
    ({ dataSource, pool } = readModel);
  });
  afterEach(async () => {
    await readModel.close();
  });

  const rows = (): Promise<unknown> =>
    Promise.all(PROJECTIONS.map(({ table }) => dataSource.query(`select * from ${LIVE}.${table} order by 1, 3, 4`)));

  /** Projects the events of the purchases of a store, one at a time, from the beginning. */
  const deliver = async ({ all }: MemoryEventStore): Promise<void> => {
    const client = await pool.connect();
    await client.query(`update ${LIVE}.checkpoints set commit_position = null, prepare_position = null`);
    const projection = await BatchProjection.open(client, LIVE);
    for (const event of all.filter(({ stream }) => stream.startsWith(PURCHASE_PREFIX)))
      await projection.project({ events: [event], position: event.position, caughtUp: false });
    client.release();
  };

  /** Given: PUTs. When: their events are delivered twice, and rebuilt. Then: the rows are the same, and `verify` finds no difference. */
  const project = async (given: Given): Promise<void> => {
    const store = new MemoryEventStore();
    const writer = new PurchaseWriter(store);
    for (const [identifier, purchase, site] of given)
      if (purchase === 'deleted') await writer.delete(by('internal', identifier), contextOf(site));
      else await writer.put(by('internal', identifier), purchase, contextOf(site));
    await deliver(store);
    const once = await rows();
    await deliver(store);
    expect(await rows()).toEqual(once);
    expect(await verify({ pool, eventStore: store })).toMatchObject({ differences: 0 });
    await rebuild({ pool, eventStore: store });
    expect(await rows()).toEqual(once);
    expect(await verify({ pool, eventStore: store })).toMatchObject({ differences: 0 });
    await dataSource.query(`update ${LIVE}.${PROJECTIONS[0]!.table} set site = 'x'`);
    const damaged = await verify({ pool, eventStore: store });
    expect(damaged.differences > 0).toBe((once as unknown[][])[0]!.length > 0);
  };

  const ada = { customer: { sparklayer: 'ada' } };
  const placed = (day: string, more: Partial<Purchase> = {}): Partial<Purchase> => ({
    ...ada,
    dates: { placedAt: `${day}T10:00:00.000Z` },
    ...more,
  });
  const mugs = (count: number) => [line('Mug', count, 250)];

  describe('customer-stats', () => {
    it('counts the orders of a customer with totals by currency, first and last order', async () => {
      await project([
        ['1', orderOf([pack('processing', mugs(4))], placed('2026-02-01'))],
        ['2', orderOf([pack('processing', mugs(1))], placed('2026-01-01', { currency: 'EUR' }))],
        ['3', orderOf([pack('shipment', mugs(2)), pack('refund', mugs(1))], placed('2026-03-01'))],
        ['4', orderOf([pack('processing', mugs(9))], { customer: { sparklayer: 'bob' } })],
      ]);
      await expectStats('ada', {
        orders: 3,
        totals: [
          { currency: 'EUR', orders: 1, payable: '250' },
          { currency: 'GBP', orders: 2, payable: '1500' },
        ],
        first: { at: new Date('2026-01-01T10:00:00.000Z'), identifiers: { internal: '2' } },
        last: { at: new Date('2026-03-01T10:00:00.000Z'), identifiers: { internal: '3' } },
      });
    });

    it('excludes carts, cancelled and deleted orders, and follows a change of the customer', async () => {
      await project([
        ['cart', orderOf([pack('processing', mugs(1))], { ...ada, type: 'cart' })],
        ['cancelled', orderOf([pack('processing', mugs(1))], ada)],
        ['cancelled', orderOf([pack('cancelled', mugs(1))], ada)],
        ['deleted', orderOf([pack('processing', mugs(1))], ada)],
        ['deleted', 'deleted'],
        ['moved', orderOf([pack('processing', mugs(1))], ada)],
        ['moved', orderOf([pack('processing', mugs(1))], { customer: { sparklayer: 'bob' } })],
      ]);
      await expectStats('ada', { orders: 0, totals: [] });
    });
  });

  const reads = (): Reads => new SiteReads(() => dataSource).of('demo');

  /** Reads the stats of a customer, after undoing the damage done by `project`. */
  const expectStats = async (customer: string, expected: object): Promise<void> => {
    await dataSource.query(`update ${LIVE}.${PROJECTIONS[0]!.table} set site = 'demo'`);
    expect(await customerStats(reads(), 'demo', customer)).toEqual({
      ...{ first: undefined, last: undefined },
      ...expected,
    });
  };

  describe('daily-figures', () => {
    it('sums orders, shipped, refunded and cancelled value of a site by day and currency', async () => {
      const on = (key: string, day: string) => ({ dates: { [key]: `${day}T23:00:00.000Z` } });
      await project([
        ['1', orderOf([pack('processing', mugs(10))], placed('2026-01-01'))],
        [
          '1',
          orderOf(
            [
              pack('shipment', mugs(4), { name: 'S-1', ...on('shippedAt', '2026-01-02') }),
              pack('shipment', mugs(3), { name: 'S-2', ...on('shippedAt', '2026-01-02') }),
              pack('refund', mugs(1), on('refundedAt', '2026-01-05')),
              pack('cancelled', mugs(2), on('cancelledAt', '2026-01-03')),
            ],
            placed('2026-01-01'),
          ),
        ],
        ['2', orderOf([pack('processing', mugs(1))], placed('2026-01-01', { currency: 'EUR' }))],
        ['3', orderOf([pack('processing', mugs(2))], placed('2026-01-01'))],
        ['4', orderOf([pack('processing', mugs(2))], placed('2026-01-01')), 'other'],
        ['5', orderOf([pack('processing', mugs(2))], placed('2026-01-01', { type: 'cart' }))],
        ['6', orderOf([pack('processing', mugs(2))], placed('2026-01-01'))],
        ['6', 'deleted'],
      ]);
      const figure = (day: string, measure: string, count: number, amount: string, currency = 'GBP') => ({
        ...{ day, currency, measure, count, amount },
      });
      expect(await dailyFigures(reads(), 'demo', '2026-01-01', '2026-01-04')).toEqual([
        figure('2026-01-01', 'ordered', 1, '250', 'EUR'),
        figure('2026-01-01', 'ordered', 2, '3000'),
        figure('2026-01-02', 'shipped', 2, '1750'),
        figure('2026-01-03', 'cancelled', 1, '500'),
      ]);
      expect(await dailyFigures(reads(), 'demo', '2026-01-05', '2026-01-05')).toEqual([
        figure('2026-01-05', 'refunded', 1, '250'),
      ]);
    });
  });
});
