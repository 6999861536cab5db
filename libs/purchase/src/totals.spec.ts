import { pack as packageOf } from '../../../test/builders';
import { deriveTotals } from './money/line-totals';
import type { LineItem, Package, PackageType, Totals } from './purchase';
import { totalsOf } from './totals';

describe('the totals of a line', () => {
  it.each<[object, object[], unknown]>([
    [{ net: 100, tax: 20, gross: 120 }, [], { net: 100, tax: 20, gross: 120 }],
    [{ net: 100, gross: 120 }, [], { net: 100, tax: 20, gross: 120 }],
    [{ net: 100, tax: 20 }, [], { net: 100, tax: 20, gross: 120 }],
    [{ tax: 20, gross: 120 }, [], { net: 100, tax: 20, gross: 120 }],
    [{ net: 100 }, [], { net: 100, tax: 0, gross: 100 }],
    [{ gross: 120 }, [], { net: 120, tax: 0, gross: 120 }],
    [{ net: 100 }, [{ amount: 15 }, { amount: 5 }, { rate: 3 }], { net: 100, tax: 20, gross: 120 }],
    [{ gross: 120 }, [{ amount: 20 }], { net: 100, tax: 20, gross: 120 }],
    [{ net: 0, discount: 7 }, [], { net: 0, tax: 0, gross: 0, discount: 7 }],
    [{ net: 100, tax: 20, gross: 121 }, [], 'does-not-add-up'],
    [{ tax: 20 }, [], 'missing'],
    [{}, [], 'missing'],
  ])('of %j are derived', (sent, taxLines, expected) => {
    const derived = deriveTotals(sent, taxLines);
    expect(derived.ok ? derived.totals : derived.problem).toStrictEqual(expected);
  });
});

it('the totals of a line with absent tax lines equal those with empty ones', () => {
  expect(deriveTotals({ gross: 5 })).toEqual({ ok: true, totals: { net: 5, tax: 0, gross: 5 } });
});

describe('the totals of a purchase', () => {
  const line = (net: number, tax: number, discount?: number): LineItem => ({
    quantity: 1,
    totals: { net, tax, gross: net + tax, discount },
    details: { nameParent: 'x', customAttributes: [], taxLines: [] },
  });
  const pack = (type: PackageType, items: LineItem[], shipping?: Totals): Package =>
    packageOf(type, items, shipping && { shippingMethod: { totals: shipping } });

  it('sum ordered items and subtract cancelled and refunded ones', () => {
    const packages = [
      pack('processing', [line(1000, 200, 50), line(500, 100)], { net: 300, tax: 60, gross: 360, discount: 30 }),
      pack('cancelled', [line(100, 20)]),
      pack('refund', [line(200, 40)], { net: 10, tax: 2, gross: 12 }),
    ];
    expect(totalsOf({ packages, totalPaid: 1000 })).toEqual({
      items: 1800,
      shipping: 310,
      tax: 422,
      discount: 80,
      ordered: 2532,
      cancelled: 120,
      refunded: 252,
      payable: 2160,
      paid: 1000,
      outstanding: 1160,
    });
  });

  it('derive the paid amount from transactions if the body has none', () => {
    const transactions = [
      { platformId: '1', type: 'payment', amount: 500 },
      { platformId: '2', type: 'refund', amount: 200 },
    ] as const;
    expect(totalsOf({ packages: [], transactions })).toMatchObject({ paid: 300, outstanding: -300 });
    expect(totalsOf({ packages: [], transactions, totalPaid: 0 })).toMatchObject({ paid: 0 });
  });

  it('ignore informational transactions', () => {
    const transactions = [
      { platformId: '1', type: 'payment', amount: 500 },
      { platformId: '2', type: 'payment', amount: 90, informational: true },
    ] as const;
    expect(totalsOf({ packages: [], transactions })).toMatchObject({ paid: 500, outstanding: -500 });
  });

  it('are zero without items and for shipping without an amount', () => {
    expect(new Set(Object.values(totalsOf({ packages: [] })))).toEqual(new Set([0]));
    const free: Package = { ...pack('shipment', []), shippingMethod: { name: 'Post' } };
    expect(totalsOf({ packages: [free] })).toMatchObject({ shipping: 0, ordered: 0 });
  });

  it('keep the ordered amount when items move', () => {
    const items = [line(1000, 200)];
    expect(totalsOf({ packages: [pack('processing', items)] }).ordered).toBe(
      totalsOf({ packages: [pack('refund', items)] }).ordered,
    );
  });
});
