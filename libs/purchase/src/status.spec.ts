import { FULFILMENT_STATUSES, STATUS_TABLE, statusOf } from './status';
import type { PackageType } from './purchase';

const day = '2026-01-01T00:00:00.000Z';
const pack = (
  type: PackageType,
  dates: object = {},
  items: unknown[] = [1],
): Parameters<typeof statusOf>[0][number] => ({ type, dates, items });
const processing = pack('processing');
const packed = pack('shipment');
const shipped = pack('shipment', { shippedAt: day });
const delivered = pack('shipment', { shippedAt: day, deliveredAt: day });
const [hold, incoming, refund, cancelled] = [pack('on_hold'), pack('incoming'), pack('refund'), pack('cancelled')];

describe('the calculated status', () => {
  it('is one of the table, whose rows are in the order of the contract', () => {
    expect(STATUS_TABLE.map(({ status }) => status)).toEqual(FULFILMENT_STATUSES);
  });

  it.each([
    ['cancelled', [cancelled]],
    ['cancelled', [cancelled, pack('processing', {}, [])]],
    ['returned', [refund]],
    ['returned', [refund, cancelled]],
    ['complete', [delivered]],
    ['complete', [delivered, refund, cancelled]],
    ['complete', [pack('shipment', { deliveredAt: day })]],
    ['shipped', [shipped]],
    ['shipped', [shipped, delivered]],
    ['part_shipped', [shipped, processing]],
    ['part_shipped', [delivered, hold]],
    ['part_shipped', [shipped, packed]],
    ['on_hold', [hold, refund]],
    ['incoming', [incoming, cancelled]],
    ['processing', [hold, incoming]],
    ['processing', [processing]],
    ['processing', [packed]],
    ['processing', []],
  ] as const)('is %s', (status, packages) => {
    expect(statusOf(packages)).toBe(status);
  });

  it('does not depend on the order of the packages', () => {
    expect(statusOf([processing, shipped])).toBe(statusOf([shipped, processing]));
  });
});
