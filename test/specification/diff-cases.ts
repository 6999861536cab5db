import type { LineDetails, LineItem, Package, Purchase } from '@app/purchase/purchase';
import { line as plainLine, orderOf, pack } from '../builders';

/** One pair of purchases in docs/diff.md; `before` is absent for a new purchase. */
export interface DiffCase {
  title: string;
  explanation: string;
  before?: Purchase;
  after: Purchase;
}

const VAT = 20;

/** A line: quantity at a net price in pence each, with 20 % VAT. */
const line = (name: string, quantity: number, price: number, more: Partial<LineDetails> = {}): LineItem =>
  plainLine(name, quantity, price, {
    sku: name.toUpperCase(),
    tax: Math.round((quantity * price * VAT) / 100),
    ...more,
  });

const coloured = (name: string, colour: string, quantity: number, price: number): LineItem =>
  line(name, quantity, price, { customAttributes: [{ key: 'colour', value: colour }], nameChild: colour });

const order = (packages: Package[], more: Partial<Purchase> = {}): Purchase =>
  orderOf(packages, { identifiers: { visible: 'B2B-1' }, ...more });

const day = (number: number): string => `2026-02-${String(number).padStart(2, '0')}T10:00:00.000Z`;
const [lantern, mug, cup] = [line('Lantern', 6, 339), line('Mug', 4, 250), line('Cup', 10, 120)];
const sent = { dates: { shippedAt: day(3) }, trackings: [{ carrier: 'DHL', trackingNumber: '00340' }], name: 'S-1' };

/** In order of difficulty. */
export const DIFF_CASES: readonly DiffCase[] = [
  {
    title: 'A new cart',
    explanation: 'The purchase does not exist, so the events contain all of it: the purchase, then each package.',
    after: order([pack('processing', [lantern, mug])], { type: 'cart' }),
  },
  {
    title: 'The same purchase in another order',
    explanation: 'The order within arrays is not significant: there are no events.',
    before: order([pack('processing', [lantern, mug]), pack('on_hold', [cup])]),
    after: order([pack('on_hold', [cup]), pack('processing', [mug, lantern])]),
  },
  {
    title: 'The ERP confirms the order',
    explanation: 'The type and the identifiers change; the events have business names, not the names of the fields.',
    before: order([pack('processing', [lantern])], {
      type: 'order_unconfirmed',
      identifiers: { sparklayer: '63428136-658f-48a6-beb7-7f333dfd9686' },
    }),
    after: order([pack('processing', [lantern])], {
      type: 'order',
      identifiers: { sparklayer: '63428136-658f-48a6-beb7-7f333dfd9686', internal: 'ERP-4711', visible: 'B2B-1' },
      customerReference: 'PO 81',
    }),
  },
  {
    title: 'All items are shipped',
    explanation:
      'One move opens the shipment and closes the emptied package; the shipping time is taken from the body.',
    before: order([pack('processing', [lantern, mug])]),
    after: order([pack('shipment', [mug, lantern], sent)]),
  },
  {
    title: 'Some items are shipped, and one is refunded',
    explanation: 'Each move contains the moved quantity, the remaining quantity, and the amounts on both sides.',
    before: order([pack('processing', [lantern, mug])]),
    after: order([
      pack('processing', [line('Lantern', 2, 339)]),
      pack('shipment', [line('Lantern', 4, 339), line('Mug', 3, 250)], sent),
      pack('refund', [line('Mug', 1, 250)], { name: 'R-1', dates: { refundedAt: day(5) } }),
    ]),
  },
  {
    title: 'Dates are corrected, withdrawn and added',
    explanation: 'A change or removal of an existing date is a separate event; a new date is a milestone event.',
    before: order([
      pack('shipment', [lantern], { name: 'S-1', dates: { shippedAt: day(3) } }),
      pack('shipment', [mug], { name: 'S-2', dates: { shippedAt: day(3), deliveredAt: day(4) } }),
    ]),
    after: order([
      pack('shipment', [lantern], { name: 'S-1', dates: { shippedAt: day(2), deliveredAt: day(6) } }),
      pack('shipment', [mug], { name: 'S-2', dates: { shippedAt: day(3) } }),
    ]),
  },
  {
    title: 'Changed quantities, a new price, another name, a new line',
    explanation:
      'A quantity without a counterpart in another package is a change of its line; the same quantity for another amount is a new price.',
    before: order([pack('processing', [lantern, mug, cup])]),
    after: order([
      pack('processing', [
        line('Lantern', 8, 339),
        line('Mug', 4, 225),
        line('Cup', 9, 120, { nameParent: 'Cup, white' }),
        line('Tea', 1, 500),
      ]),
    ]),
  },
  {
    title: 'One SKU in two colours',
    explanation:
      'Lines are matched by their most specific values: the red ones were shipped, the blue ones are new, although the SKU is the same.',
    before: order([pack('processing', [coloured('Mug', 'red', 3, 250)])]),
    after: order([
      pack('processing', [coloured('Mug', 'blue', 3, 250)]),
      pack('shipment', [coloured('Mug', 'red', 3, 250)], { name: 'S-1' }),
    ]),
  },
  {
    title: 'A line is split, and a part cancelled at another price',
    explanation:
      'Items that stay in their package are regrouped, not removed and added; a move contains the amounts on each side.',
    before: order([pack('processing', [line('Cup', 10, 120)])]),
    after: order([
      pack('processing', [line('Cup', 4, 120), line('Cup', 3, 110)]),
      pack('cancelled', [line('Cup', 3, 100)], { dates: { cancelledAt: day(7) } }),
    ]),
  },
  {
    title: 'Two warehouses, two parcels and a cancellation',
    explanation: 'Of all possible moves, the diff chooses the smallest number: those of equal quantities.',
    before: order([
      pack('processing', [line('Cup', 5, 120), line('Mug', 2, 250)], { name: 'North' }),
      pack('processing', [line('Cup', 8, 120)], { name: 'South' }),
    ]),
    after: order([
      pack('shipment', [line('Cup', 8, 120)], { name: 'S-1' }),
      pack('shipment', [line('Cup', 3, 120), line('Mug', 2, 250)], { name: 'S-2' }),
      pack('cancelled', [line('Cup', 2, 120)]),
    ]),
  },
  {
    title: 'A new purchase that is nearly complete',
    explanation: 'The events are the creation, the packages, and their milestones in the order of their dates.',
    after: order(
      [
        pack('refund', [line('Mug', 1, 250)], { name: 'R-1', dates: { refundedAt: day(9) } }),
        pack('shipment', [lantern, line('Mug', 3, 250)], {
          name: 'S-1',
          dates: { deliveredAt: day(5), shippedAt: day(3) },
        }),
      ],
      { dates: { placedAt: day(1) } },
    ),
  },
  {
    title: 'Many changes at once',
    explanation:
      'Moves between several packages, equal lines, new prices, additions, removals, an address and a document, each in one event.',
    before: order([
      pack('processing', [line('Cup', 10, 120), line('Cup', 2, 90), coloured('Mug', 'red', 4, 250)], { name: 'P-1' }),
      pack('on_hold', [lantern], { name: 'H-1' }),
      pack('shipment', [line('Tea', 3, 500)], { ...sent, dates: { shippedAt: day(3) } }),
    ]),
    after: order(
      [
        pack('processing', [line('Cup', 7, 120), line('Spoon', 12, 45)], { name: 'P-1' }),
        pack('shipment', [line('Tea', 2, 500), line('Lantern', 6, 300), line('Cup', 2, 90)], {
          ...sent,
          dates: { shippedAt: day(3), deliveredAt: day(8) },
          trackings: [{ carrier: 'DHL', trackingNumber: '00341' }],
        }),
        pack('refund', [line('Tea', 1, 500), coloured('Mug', 'red', 1, 250)], {
          name: 'R-1',
          dates: { refundedAt: day(9) },
          accountingFiles: [{ visible: 'CN-1', fileType: 'credit_note' }],
        }),
        pack('cancelled', [line('Cup', 3, 120)]),
      ],
      {
        billingAddress: {
          company: 'Example Ltd',
          addressLine1: '7 Philosophy Way',
          city: 'Willerby',
          countryCode: 'GB',
        },
      },
    ),
  },
  {
    title: 'The body contains times',
    explanation:
      'A move has the time of the milestone of its target package, a change of a package that of its updatedAt, other events that of the updatedAt of the purchase.',
    before: order([pack('processing', [lantern], { name: 'P-1' }), pack('processing', [mug], { name: 'P-2' })]),
    after: order(
      [
        pack('shipment', [lantern], { ...sent, dates: { shippedAt: day(3), updatedAt: day(4) } }),
        pack('processing', [line('Mug', 5, 250)], { name: 'P-2', dates: { updatedAt: day(5) } }),
      ],
      { dates: { updatedAt: day(6) }, customerReference: 'PO 82' },
    ),
  },
  {
    title: 'Only timestamps of the sender change',
    explanation: 'One small event for any number of packages; timelines contain it on request only.',
    before: order(
      [
        pack('processing', [lantern], { name: 'P-1', dates: { updatedAt: day(4) } }),
        pack('processing', [mug], { name: 'P-2', dates: { updatedAt: day(4) } }),
      ],
      { dates: { updatedAt: day(4) }, revisionDate: day(4) },
    ),
    after: order(
      [
        pack('processing', [lantern], { name: 'P-1', dates: { updatedAt: day(5) } }),
        pack('processing', [mug], { name: 'P-2', dates: { updatedAt: day(5) } }),
      ],
      { dates: { updatedAt: day(5) }, revisionDate: day(5) },
    ),
  },
  {
    title: 'An exchange is a refund and a new order',
    explanation:
      'The shipped item is refunded; the replacement is new. A move from the shipment to processing would be as short, but is implausible.',
    before: order([pack('shipment', [line('Mug', 5, 250)], { name: 'S-4' })]),
    after: order([
      pack('shipment', [line('Mug', 4, 250)], { name: 'S-4' }),
      pack('refund', [line('Mug', 1, 250)], { name: 'R-9' }),
      pack('processing', [line('Mug', 1, 250)]),
    ]),
  },
  {
    title: 'Another shipment with the same content',
    explanation:
      'Another number and another shipping date identify another shipment: the processing items were shipped, the shipped items are refunded.',
    before: order([pack('processing', [mug]), pack('shipment', [mug], { name: 'S-4', dates: { shippedAt: day(1) } })]),
    after: order([
      pack('shipment', [mug], { name: 'S-5', dates: { shippedAt: day(3) } }),
      pack('refund', [mug], { name: 'R-9' }),
    ]),
  },
  {
    title: 'More is ordered and shipped at once',
    explanation: 'The additional items in the shipment are first added to the package from which the others are moved.',
    before: order([pack('processing', [lantern])]),
    after: order([
      pack('processing', [line('Lantern', 2, 339)]),
      pack('shipment', [line('Lantern', 6, 339)], { name: 'S-1' }),
    ]),
  },
  {
    title: 'More of a line that stays is ordered and shipped at once',
    explanation: 'The quantity of the line is first increased to all units ordered; then the shipped units are moved.',
    before: order([pack('processing', [line('Mug', 6, 250)])]),
    after: order([
      pack('processing', [line('Mug', 2, 250)]),
      pack('shipment', [line('Mug', 6, 250)], { name: 'S-1', dates: { shippedAt: day(3) } }),
    ]),
  },
  {
    title: 'Shipped, cancelled and refunded between two PUTs',
    explanation: 'Of all possible moves, the most plausible ones are chosen: the units shipped earlier are refunded.',
    before: order([
      pack('processing', [line('Mug', 12, 250)]),
      pack('shipment', [line('Mug', 2, 250)], { name: 'S-4' }),
    ]),
    after: order([
      pack('shipment', [line('Mug', 11, 250)], { name: 'S-5' }),
      pack('cancelled', [line('Mug', 1, 250)]),
      pack('refund', [line('Mug', 2, 250)], { name: 'R-9' }),
    ]),
  },
  {
    title: 'A replacement is shipped on the day of the refund',
    explanation:
      'A new shipment with the units and the date of a refund replaces them: it is new, and the order was reduced. Otherwise, the shipment would be from the order.',
    before: order([
      pack('processing', [lantern, line('Mug', 5, 250)]),
      pack('shipment', [line('Mug', 4, 250)], { name: 'S-4', dates: { shippedAt: day(1) } }),
    ]),
    after: order([
      pack('processing', [lantern]),
      pack('shipment', [line('Mug', 3, 250)], { name: 'S-4', dates: { shippedAt: day(1) } }),
      pack('refund', [line('Mug', 1, 250)], { name: 'R-9', dates: { refundedAt: day(3) } }),
      pack('shipment', [line('Mug', 1, 250)], { name: 'S-5', dates: { shippedAt: day(3) } }),
    ]),
  },
  {
    title: 'Shipped and refunded between two PUTs',
    explanation:
      'Units that are not shipped are not refunded. They were shipped before, in a shipment that contains the article and did not change.',
    before: order([
      pack('processing', [line('Mug', 10, 250)]),
      pack('shipment', [line('Mug', 5, 250)], { name: 'S-3' }),
    ]),
    after: order([
      pack('shipment', [line('Mug', 5, 250)], { name: 'S-3' }),
      pack('cancelled', [line('Mug', 8, 250)]),
      pack('refund', [line('Mug', 1, 250)], { name: 'R-7' }),
      pack('refund', [line('Mug', 1, 250)], { name: 'R-9' }),
    ]),
  },
  {
    title: 'More is ordered, shipped and put on back-order',
    explanation: 'Orders are added to processing. What is put on back-order or held comes from there.',
    before: order([pack('incoming', [lantern]), pack('processing', [line('Mug', 6, 250)])]),
    after: order([
      pack('incoming', [lantern, line('Mug', 1, 250)]),
      pack('shipment', [line('Mug', 8, 250)], { name: 'S-1' }),
    ]),
  },
  {
    title: 'Two parcels without numbers',
    explanation:
      'Dates identify parcels before content: each parcel keeps its identity although the order and content of the array differ.',
    before: order([
      pack('shipment', [mug], { dates: { shippedAt: day(3) } }),
      pack('shipment', [lantern, mug], { dates: { shippedAt: day(4) } }),
    ]),
    after: order([
      pack('shipment', [lantern, mug], { dates: { shippedAt: day(4), deliveredAt: day(6) } }),
      pack('shipment', [mug], { dates: { shippedAt: day(3), deliveredAt: day(5) } }),
    ]),
  },
  {
    title: 'Parcels that share a number',
    explanation: 'Within one number, parcels are matched by dates, content and tracking.',
    before: order([
      pack('shipment', [mug], { name: 'S-1', dates: { shippedAt: day(3) } }),
      pack('shipment', [lantern], { name: 'S-1', dates: { shippedAt: day(3) } }),
    ]),
    after: order([
      pack('shipment', [lantern], { name: 'S-1', dates: { shippedAt: day(3), deliveredAt: day(5) } }),
      pack('shipment', [line('Mug', 3, 250)], { name: 'S-1', dates: { shippedAt: day(3) } }),
      pack('refund', [line('Mug', 1, 250)], { name: 'R-1', dates: { refundedAt: day(6) } }),
    ]),
  },
  {
    title: 'A fulfilment order is split',
    explanation: 'The shipped part keeps the number; the remainder, under a new number, is the stored package.',
    before: order([pack('processing', [line('Mug', 5, 250)], { name: 'F-1' })]),
    after: order([
      pack('shipment', [line('Mug', 3, 250)], { name: 'F-1', dates: { shippedAt: day(3) } }),
      pack('processing', [line('Mug', 2, 250)], { name: 'F-2' }),
    ]),
  },
];
