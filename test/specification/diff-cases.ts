import type { LineDetails, LineItem, Package, Purchase } from '@app/purchase/purchase';
import { line as plainLine, orderOf, pack } from '../builders';

/** One pair of purchases in docs/diff.md; `before` is absent for a new purchase. */
export interface DiffCase {
  title: string;
  says: string;
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
    title: 'A cart is seen for the first time',
    says: 'Nothing is known of it yet, so all of it is told: the purchase, then each package as it was found.',
    after: order([pack('processing', [lantern, mug])], { type: 'cart' }),
  },
  {
    title: 'The same again, in another order',
    says: 'The order within arrays carries no meaning: nothing happened.',
    before: order([pack('processing', [lantern, mug]), pack('on_hold', [cup])]),
    after: order([pack('on_hold', [cup]), pack('processing', [mug, lantern])]),
  },
  {
    title: 'The ERP takes the order over',
    says: 'The type and the identifiers change; the words are those of the business, not of the fields.',
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
    title: 'All of it is shipped',
    says: 'One move opens the shipment and closes the package that it emptied; shipping has the date of the body.',
    before: order([pack('processing', [lantern, mug])]),
    after: order([pack('shipment', [mug, lantern], sent)]),
  },
  {
    title: 'A part of it is shipped, and a piece is broken',
    says: 'Each move says how many pieces went, what is left, and the amounts on both sides.',
    before: order([pack('processing', [lantern, mug])]),
    after: order([
      pack('processing', [line('Lantern', 2, 339)]),
      pack('shipment', [line('Lantern', 4, 339), line('Mug', 3, 250)], sent),
      pack('refund', [line('Mug', 1, 250)], { name: 'R-1', dates: { refundedAt: day(5) } }),
    ]),
  },
  {
    title: 'Dates are corrected, withdrawn and added',
    says: 'A date that was said before is corrected or withdrawn by an event of its own; a new one is what happened then.',
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
    title: 'More of one, less of another, a new price, a better name',
    says: 'What has no counterpart elsewhere is a change of its line; the same quantity for another amount is a new price.',
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
    says: 'An article is found by what tells it best: the red ones were shipped, the blue ones are new, though the SKU is one.',
    before: order([pack('processing', [coloured('Mug', 'red', 3, 250)])]),
    after: order([
      pack('processing', [coloured('Mug', 'blue', 3, 250)]),
      pack('shipment', [coloured('Mug', 'red', 3, 250)], { name: 'S-1' }),
    ]),
  },
  {
    title: 'A line is split, and a part of it cancelled at another price',
    says: 'Pieces that stay in their package are regrouped, not removed and added; a move carries the price on each side.',
    before: order([pack('processing', [line('Cup', 10, 120)])]),
    after: order([
      pack('processing', [line('Cup', 4, 120), line('Cup', 3, 110)]),
      pack('cancelled', [line('Cup', 3, 100)], { dates: { cancelledAt: day(7) } }),
    ]),
  },
  {
    title: 'Two warehouses, two parcels and a cancellation',
    says: 'Of all the ways in which the pieces could have gone, the one with the fewest moves is told: those that fit exactly.',
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
    title: 'Seen for the first time when nearly all is over',
    says: 'What a reader would tell: it was placed, these packages were found, and what was done with them in the order of its dates.',
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
    title: 'Everything at once',
    says: 'Moves between several packages, twins, new prices, additions, removals, an address and a document, each told once.',
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
    title: 'The body says when',
    says: 'A move is dated by the milestone of the package it leads to, a change of a package by its updatedAt, all else by that of the purchase.',
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
    title: 'Only clocks of the sender moved on',
    says: 'One small event, whatever the number of packages; a timeline leaves it out unless it is asked for.',
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
    title: 'An exchange is a refund, and more is ordered',
    says: 'What was shipped is refunded; the replacement is new. That it went back from the shipment is as short a story, and no merchant does it.',
    before: order([pack('shipment', [line('Mug', 5, 250)], { name: 'S-4' })]),
    after: order([
      pack('shipment', [line('Mug', 4, 250)], { name: 'S-4' }),
      pack('refund', [line('Mug', 1, 250)], { name: 'R-9' }),
      pack('processing', [line('Mug', 1, 250)]),
    ]),
  },
  {
    title: 'Another parcel with the same content',
    says: 'Another number and another shipping date are another parcel: what waited was shipped, what was shipped is refunded.',
    before: order([pack('processing', [mug]), pack('shipment', [mug], { name: 'S-4', dates: { shippedAt: day(1) } })]),
    after: order([
      pack('shipment', [mug], { name: 'S-5', dates: { shippedAt: day(3) } }),
      pack('refund', [mug], { name: 'R-9' }),
    ]),
  },
  {
    title: 'More is ordered, and shipped at once',
    says: 'The pieces that are new in the shipment were ordered where the others waited.',
    before: order([pack('processing', [lantern])]),
    after: order([
      pack('processing', [line('Lantern', 2, 339)]),
      pack('shipment', [line('Lantern', 6, 339)], { name: 'S-1' }),
    ]),
  },
];
