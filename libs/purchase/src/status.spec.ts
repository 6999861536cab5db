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

describe('the fulfilment status', () => {
  it('is one of the table, in the order of the contract', () => {
    expect(STATUS_TABLE.map(({ status }) => status)).toEqual(FULFILMENT_STATUSES);
  });

  it('has the meaning of the contract in each row', () => {
    expect(STATUS_TABLE.map(({ means }) => means)).toEqual([
      'every item is in `cancelled` packages',
      'every item that is not cancelled is in `refund` packages',
      'every item that is neither cancelled nor refunded is in shipments with `delivered_at`',
      '… is in shipments with `shipped_at` or `delivered_at`',
      'some of them are in such shipments',
      'the unshipped ones are all in `on_hold` packages',
      'the unshipped ones are all in `incoming` packages',
      'otherwise',
    ]);
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

  type Packages = Parameters<typeof statusOf>[0];
  /**
   * Each row and the one below it: packages for which both hold (undefined if impossible), and packages for which only
   * the lower one holds.
   */
  it.each<[string, Packages | undefined, Packages]>([
    ['cancelled, returned', [cancelled], [cancelled, refund]],
    ['returned, complete', undefined, [refund, delivered]],
    ['complete, shipped', [delivered], [delivered, shipped]],
    ['shipped, part_shipped', [shipped], [shipped, processing]],
    ['part_shipped, on_hold', [shipped, hold], [hold]],
    ['on_hold, incoming', undefined, [incoming]],
    ['incoming, processing', [incoming], [incoming, hold]],
  ])('distinguishes %s', (rows, both, lowerOnly) => {
    const [upper, lower] = rows.split(', ').map((name) => STATUS_TABLE.find(({ status }) => status === name));
    if (upper === undefined || lower === undefined) throw new Error(rows);
    expect(STATUS_TABLE.indexOf(lower) - STATUS_TABLE.indexOf(upper)).toBe(1);
    if (both !== undefined) {
      expect([upper.holds(both), lower.holds(both)]).toEqual([true, true]);
      expect(statusOf(both)).toBe(upper.status);
    }
    expect([upper.holds(lowerOnly), lower.holds(lowerOnly)]).toEqual([false, true]);
    expect(statusOf(lowerOnly)).toBe(lower.status);
  });

  /** A second implementation of the contract, item by item. */
  function byTheContract(packages: Packages): string {
    const items = packages.flatMap((each) => each.items.map(() => each));
    if (items.length === 0) return 'processing';
    const kept = items.filter(({ type }) => type !== 'cancelled' && type !== 'refund');
    const isDelivered = ({ type, dates }: Packages[number]): boolean => type === 'shipment' && 'deliveredAt' in dates;
    const isSent = ({ type, dates }: Packages[number]): boolean =>
      type === 'shipment' && ('shippedAt' in dates || 'deliveredAt' in dates);
    const unshipped = kept.filter((item) => !isSent(item));
    if (items.every(({ type }) => type === 'cancelled')) return 'cancelled';
    if (kept.length === 0) return 'returned';
    if (kept.every(isDelivered)) return 'complete';
    if (kept.every(isSent)) return 'shipped';
    if (kept.some(isSent)) return 'part_shipped';
    if (unshipped.every(({ type }) => type === 'on_hold')) return 'on_hold';
    return unshipped.every(({ type }) => type === 'incoming') ? 'incoming' : 'processing';
  }

  it('agrees with the contract for all combinations of three packages', () => {
    const kinds = [
      processing,
      packed,
      shipped,
      delivered,
      pack('shipment', { deliveredAt: day }),
      hold,
      incoming,
      refund,
    ];
    const all = [...kinds, cancelled, pack('on_hold', {}, []), pack('cancelled', {}, [])];
    for (const a of all)
      for (const b of all) for (const c of all) expect(statusOf([a, b, c])).toBe(byTheContract([a, b, c]));
  });

  it('does not depend on the order of the packages', () => {
    expect(statusOf([processing, shipped])).toBe(statusOf([shipped, processing]));
  });
});
