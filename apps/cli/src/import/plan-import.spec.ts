import type { InvoiceLine } from './invoice-file';
import { bodiesOf } from './order-bodies';
import { type ImportPlan, ImportPlanner, payableOf } from './plan-import';

const line = (
  invoice: string,
  stockCode: string,
  quantity: number,
  unitPrice = '2.55',
  more: Partial<InvoiceLine> = {},
): InvoiceLine => ({
  invoice,
  stockCode,
  description: `${stockCode} THING`,
  quantity,
  date: '2010-12-01 08:26:00',
  unitPrice,
  customer: '17850',
  country: 'United Kingdom',
  ...more,
});
const plan = (...documents: InvoiceLine[][]): ImportPlan => {
  const planner = new ImportPlanner();
  for (const document of documents) planner.add(document);
  return planner.plan();
};
const reasons = (counts: Map<string, number>): unknown => Object.fromEntries(counts);

describe('the plan of an import', () => {
  it('matches a credit note by customer, article and price, newest sale first', () => {
    const { orders, credits, total } = plan(
      [line('1', 'A', 3)],
      [line('2', 'A', 2)],
      [line('3', 'A', 9, '9.99')],
      [line('C4', 'A', -4)],
    );
    expect(orders.map(({ invoice, refunds }) => [invoice, refunds])).toEqual([
      ['1', [{ creditNote: 'C4', date: '2010-12-01 08:26:00', credits: [{ line: 0, quantity: 2 }] }]],
      ['2', [{ creditNote: 'C4', date: '2010-12-01 08:26:00', credits: [{ line: 0, quantity: 2 }] }]],
      ['3', []],
    ]);
    expect(credits.matched).toBe(4);
    expect(total).toBe(3 * 255 + 2 * 255 + 9 * 999 - 4 * 255);
  });

  it('counts unmatched lines by reason', () => {
    const { credits } = plan(
      [line('1', 'A', 3)],
      [line('C2', 'A', -5)],
      [line('C3', 'B', -1)],
      [line('C4', 'A', -1, '2.55', { customer: '' })],
    );
    expect(credits.matched).toBe(3);
    expect(reasons(credits.unmatched)).toEqual({
      'more credited than sold': 2,
      'no sale of the article to the customer': 1,
      'credit note without a customer': 1,
    });
  });

  it('excludes invoices that are not orders, and lines without an amount', () => {
    const { orders, invoices, linesLeftOut } = plan(
      [line('1', 'A', -3, '0.0')],
      [line('A2', 'B', 1, '-11062.06')],
      [line('3', 'PADS', 1, '0.001'), line('3', 'A', 1, '2.550', { description: '' })],
    );
    expect(orders).toMatchObject([{ invoice: '3', lines: [{ stockCode: 'A', description: 'A', unitPrice: 255 }] }]);
    expect(reasons(invoices.leftOut)).toEqual({
      'a stock write-off, not an order': 1,
      'a bad-debt adjustment, not an order': 1,
    });
    expect(reasons(linesLeftOut)).toEqual({ 'a unit price with more than two decimals': 1 });
  });

  it('creates bodies for the order, its shipment and its credit notes, each with a later date', () => {
    const [order] = plan([line('1', 'A', 3), line('1', 'B', 1)], [line('C2', 'A', -3)], [line('C3', 'B', -1)]).orders;
    const bodies = bodiesOf(order!) as {
      revision_date: string;
      packages: { type: string; line_items: { quantity: number }[] }[];
    }[];
    expect(
      bodies.map(({ packages }) =>
        packages.map(({ type, line_items }) => [type, ...line_items.map(({ quantity }) => quantity)]),
      ),
    ).toEqual([
      [['processing', 3, 1]],
      [['shipment', 3, 1]],
      [
        ['shipment', 1],
        ['refund', 3],
      ],
      [
        ['refund', 3],
        ['refund', 1],
      ],
    ]);
    const dates = bodies.map(({ revision_date }) => revision_date);
    expect([...new Set(dates)].sort()).toEqual(dates);
    expect(payableOf(order!)).toBe(0);
  });
});
