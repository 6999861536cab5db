import { line, orderOf as order, pack, type PackageParts } from '../../../../test/builders';
import { diff } from './diff';
import { evolve } from '../evolve';
import type { PurchaseEvent } from '../events';
import { isSamePurchase } from '../plain';
import type { Address, LineDetails, LineItem, Package, PackageType, Purchase } from '../purchase';
import { initialState, type LivePurchase } from '../state';
import { allInWords } from '../words/words';

const at = '2026-02-10T08:00:00.000Z';
const day = (number: number): string => `2026-02-0${number}T10:00:00.000Z`;

const coloured = (colour: string, quantity: number): LineItem =>
  line('Mug', quantity, 100, { nameChild: colour, customAttributes: [{ key: 'colour', value: colour }] });
const unnamed = (name: string, quantity: number, price = 100, more: Partial<LineDetails> = {}): LineItem =>
  line(name, quantity, price, { sku: undefined, nameParent: name, ...more });

const of =
  (type: PackageType) =>
  (items: LineItem[], more?: PackageParts): Package =>
    pack(type, items, more);
const [processing, shipment, refund] = [of('processing'), of('shipment'), of('refund')];
const [onHold, incoming] = [of('on_hold'), of('incoming')];

function live(purchase: Purchase): LivePurchase {
  const state = diff(undefined, purchase, { at }).reduce(evolve, initialState);
  if (state.phase !== 'live') throw new Error(state.phase);
  return state.purchase;
}

function eventsBetween(before: Purchase, after: Purchase): readonly PurchaseEvent[] {
  const was = live(before);
  const events = diff(was, after, { at });
  const state = events.reduce(evolve, { phase: 'live', purchase: was });
  expect(state.phase === 'live' && isSamePurchase(state.purchase, after)).toBe(true);
  return events;
}
const sentencesBetween = (before: Purchase, after: Purchase): string[] =>
  allInWords(eventsBetween(before, after), { phase: 'live', purchase: live(before) });

type Case = [title: string, before: Package[], after: Package[], sentences: string[]];
const itDescribes = (cases: Case[]): void =>
  it.each(cases)('%s', (_, before, after, expected) => {
    expect(sentencesBetween(order(before), order(after))).toEqual(expected);
  });

describe('pairing of packages', () => {
  const S1 = { name: 'S-1', dates: { shippedAt: day(1) } };
  itDescribes([
    [
      'of two that differ in a price only, the missing one is removed',
      [processing([line('Mug', 5, 100)]), processing([line('Mug', 5, 90)])],
      [processing([line('Mug', 5, 90)])],
      ['Second Processing with 5 × Mug removed'],
    ],
    [
      'without identifiers, by content, in any order',
      [processing([line('Mug', 5)]), processing([line('Cup', 5)])],
      [processing([line('Cup', 4)]), processing([line('Mug', 6)])],
      [
        'Cup (SKU Cup) in first Processing changed from 5 for 5.00 GBP to 4 for 4.00 GBP',
        '1 × Mug (SKU Mug) added to second Processing: from 5 for 5.00 GBP to 6 for 6.00 GBP',
      ],
    ],
    [
      'with one article in two colours, by the colour',
      [shipment([coloured('red', 5)]), shipment([coloured('blue', 5)])],
      [shipment([coloured('blue', 4)]), shipment([coloured('red', 5), line('Tea', 1)])],
      [
        '1 × Tea added to second Shipment',
        'Mug blue (SKU Mug) in first Shipment changed from 5 for 5.00 GBP to 4 for 4.00 GBP',
      ],
    ],
    [
      'with equal items, by the shipping date',
      [
        shipment([line('Mug', 1)], { dates: { shippedAt: day(1) } }),
        shipment([line('Mug', 1)], { dates: { shippedAt: day(2) } }),
      ],
      [
        shipment([line('Mug', 1)], { dates: { shippedAt: day(2), deliveredAt: day(4) } }),
        shipment([line('Mug', 1)], { dates: { shippedAt: day(1), deliveredAt: day(3) } }),
      ],
      ['First Shipment delivered at 2026-02-03 10:00 UTC', 'Second Shipment delivered at 2026-02-04 10:00 UTC'],
    ],
    [
      'with equal items, by tracking',
      [
        shipment([line('Mug', 1)], { trackings: [{ trackingNumber: '1' }] }),
        shipment([line('Mug', 1)], { trackings: [{ trackingNumber: '2' }] }),
      ],
      [
        shipment([line('Mug', 1)], { trackings: [{ trackingNumber: '2' }], dates: { shippedAt: day(2) } }),
        shipment([line('Mug', 1)], { trackings: [{ trackingNumber: '1' }], dates: { shippedAt: day(1) } }),
      ],
      ['First Shipment shipped at 2026-02-01 10:00 UTC', 'Second Shipment shipped at 2026-02-02 10:00 UTC'],
    ],
    [
      'by the most specific identifier, even if the others differ',
      [
        processing([line('Mug', 1)], { identifiers: { sparklayerPackageId: 'k1', visible: 'A' } }),
        processing([line('Cup', 1)], { identifiers: { sparklayerPackageId: 'k2', visible: 'B' } }),
      ],
      [
        processing([line('Mug', 1)], { identifiers: { sparklayerPackageId: 'k1', visible: 'B' } }),
        processing([line('Cup', 1)], { identifiers: { sparklayerPackageId: 'k2', visible: 'A' } }),
      ],
      ['Processing A changed: visible number from A to B', 'Second Processing B changed: visible number from B to A'],
    ],
    [
      'by identifier and type before identifier alone',
      [processing([line('Mug', 3)], { name: 'X' })],
      [shipment([line('Mug', 2)], { name: 'X' }), processing([line('Mug', 1)], { name: 'X' })],
      ['2 × Mug moved from Processing X to Shipment X'],
    ],
    [
      'one with an identifier stays the same if its type changes',
      [processing([line('Mug', 3)], { name: 'X' })],
      [shipment([line('Mug', 3)], { ...S1, name: 'X' })],
      ['Processing X became Shipment', 'Shipment X shipped at 2026-02-01 10:00 UTC'],
    ],
    [
      'one with equal items under another number was renumbered, not shipped again',
      [shipment([line('Mug', 5)], S1)],
      [shipment([line('Mug', 5)], { ...S1, name: 'S-2' })],
      ['Shipment S-1 changed: visible number from S-1 to S-2'],
    ],
    [
      'one with an equal date that replaces a missing number was renumbered, even if its items changed',
      [shipment([line('Mug', 5)], S1)],
      [shipment([line('Mug', 4)], { ...S1, name: 'S-2' })],
      [
        'Shipment S-1 changed: visible number from S-1 to S-2',
        'Mug (SKU Mug) in Shipment S-2 changed from 5 for 5.00 GBP to 4 for 4.00 GBP',
      ],
    ],
    [
      'one that gets its first number stays the same',
      [shipment([line('Mug', 5)])],
      [shipment([line('Mug', 5)], { name: 'S-2' })],
      ['Shipment changed: visible number set to S-2'],
    ],
    ...(['incoming', 'processing', 'on_hold'] as const).map((type): Case => [
      `what waits is the same package, whatever waits in it: ${type}`,
      [pack(type, [line('Mug', 1)])],
      [pack(type, [line('Cup', 1)], { dates: { createdAt: day(1) } })],
      [
        expect.stringMatching(/^1 × Cup added to/) as unknown as string,
        expect.stringMatching(/changed: creation date set to/) as unknown as string,
        expect.stringMatching(/^1 × Mug removed from/) as unknown as string,
      ],
    ]),
    ...(['shipment', 'refund', 'cancelled'] as const).map((type): Case => [
      `what is done is another package, when other things are in it: ${type}`,
      [pack(type, [line('Mug', 1)])],
      [pack(type, [line('Cup', 1)])],
      [
        expect.stringMatching(/with 1 × Cup added$/) as unknown as string,
        expect.stringMatching(/with 1 × Mug removed$/) as unknown as string,
      ],
    ]),
    [
      'two numbers of one kind are two packages, even if all else is equal',
      [shipment([line('Mug', 2)], { identifiers: { internal: '1' } })],
      [shipment([line('Mug', 3)], { identifiers: { internal: '2' } })],
      ['Shipment 2 with 1 × Mug added', '2 × Mug moved from Shipment 1 to Shipment 2'],
    ],
    [
      'numbers of two kinds do not conflict',
      [shipment([line('Mug', 2)], { identifiers: { internal: '1' } })],
      [shipment([line('Mug', 3)], { identifiers: { platform: '2' } })],
      [
        'Shipment 1 changed: platform id set to 2; internal id 1 removed',
        'Mug (SKU Mug) in Shipment 2 changed from 2 for 2.00 GBP to 3 for 3.00 GBP',
      ],
    ],
    [
      'by the most units in common, in any order',
      [shipment([line('Mug', 1), line('Cup', 9)]), shipment([line('Mug', 5)])],
      [shipment([line('Mug', 6), line('Cup', 1)]), shipment([line('Cup', 8), line('Mug', 1)])],
      [
        '1 × Cup moved from first Shipment to second Shipment',
        'Mug (SKU Mug) in second Shipment changed from 5 for 5.00 GBP to 6 for 6.00 GBP',
      ],
    ],
    ...(
      [
        [{ shippingAddress: { addressLine1: '1 Street', city: 'Town', countryCode: 'GB' } }, 'address'],
        [{ shippingMethod: { name: 'Post' } }, 'method'],
        [{ accountingFiles: [{ visible: 'I-1' }] }, 'documents'],
        [{ dates: { createdAt: day(1) } }, 'dates'],
      ] as [Partial<Package>, string][]
    ).map(([sign, what]): Case => [
      `with the same items, by their ${what}`,
      [shipment([line('Mug', 2)]), shipment([line('Mug', 2)], sign)],
      [shipment([line('Mug', 3)], sign), shipment([line('Mug', 2), line('Tea', 1)])],
      [
        expect.stringMatching(/^1 × Tea added to (first|second) Shipment$/) as unknown as string,
        expect.stringMatching(/^Mug .* changed from 2 for 2.00 GBP to 3 for 3.00 GBP$/) as unknown as string,
      ],
    ]),
    [
      'lines without a SKU are compared by other identifiers or their name',
      [
        shipment([unnamed('Mug', 2, 100, { platform: '7' }), unnamed('Tea', 1)]),
        shipment([unnamed('Mug', 2, 100, { internal: '8' })]),
      ],
      [
        shipment([unnamed('Cup', 2, 100, { internal: '8' })]),
        shipment([unnamed('Cup', 3, 100, { platform: '7' }), unnamed('Tea', 1)]),
      ],
      [
        'Mug in first Shipment changed: name from Mug to Cup',
        'Mug in second Shipment changed from 2 for 2.00 GBP to 3 for 3.00 GBP',
        'Mug in second Shipment changed: name from Mug to Cup',
      ],
    ],
    [
      'a shipment without common articles is another shipment',
      [shipment([line('Mug', 5)])],
      [shipment([line('Cup', 5)])],
      ['Second Shipment with 5 × Cup added', 'First Shipment with 5 × Mug removed'],
    ],
    [
      'a pending package stays the same, whatever it contains',
      [processing([line('Mug', 5)])],
      [processing([line('Cup', 5)])],
      ['5 × Cup added to Processing', '5 × Mug removed from Processing'],
    ],
    [
      'an empty package is filled',
      [shipment([]), processing([line('Mug', 2)])],
      [shipment([line('Mug', 2)]), processing([])],
      ['2 × Mug moved from Processing to Shipment'],
    ],
    [
      'an empty package is added and removed without items',
      [processing([line('Mug', 1)]), shipment([], { name: 'S-1' })],
      [processing([line('Mug', 1)]), refund([])],
      ['Refund without items added', 'Shipment S-1 without items removed'],
    ],
  ]);
});

it('beyond 10,000 possible pairs, packages without identifiers are paired by keys, in any order', () => {
  const many = (from: number): Package[] =>
    Array.from({ length: 101 }, (_, n) => shipment([line(`A${n}`, from + n), line('Mug', 1)]));
  const after = many(2);
  const changed = eventsBetween(order(many(1)), order(after.toReversed()));
  expect(changed.map(({ type }) => type)).toEqual(after.map(() => 'ItemQuantityChanged'));
  const named = (each: Package, n: number): Package => ({ ...each, identifiers: { visible: `S-${n}` } });
  const renumbered = eventsBetween(order(many(1)), order(after.map(named)));
  expect(renumbered.filter(({ type }) => type === 'PackageIdentifiersChanged')).toHaveLength(0);
});

describe('matching of lines', () => {
  itDescribes([
    [
      'of two equal lines, one is removed',
      [processing([line('Mug', 5), line('Mug', 5)])],
      [processing([line('Mug', 5)])],
      ['5 × Mug removed from Processing'],
    ],
    [
      'of two equal lines, one increases',
      [processing([line('Mug', 5), line('Mug', 5)])],
      [processing([line('Mug', 7), line('Mug', 5)])],
      ['2 × Mug (SKU Mug) added to Processing: from 5 for 5.00 GBP to 7 for 7.00 GBP'],
    ],
    [
      'of two equal lines, one is shipped',
      [processing([line('Mug', 5), line('Mug', 5)])],
      [shipment([line('Mug', 5)]), processing([line('Mug', 5)])],
      ['5 × Mug moved from Processing to Shipment'],
    ],
    [
      'at two prices, a part of one and all of the other are shipped: no price changes',
      [processing([line('Mug', 5, 100), line('Mug', 3, 90)])],
      [processing([line('Mug', 3, 100)]), shipment([line('Mug', 2, 100), line('Mug', 3, 90)])],
      ['5 × Mug moved from Processing to Shipment'],
    ],
    [
      'at two prices in two packages, each moves to the line with its price',
      [processing([line('Mug', 5, 100)], { name: 'P-1' }), processing([line('Mug', 5, 90)], { name: 'P-2' })],
      [shipment([line('Mug', 5, 90)]), refund([line('Mug', 5, 100)])],
      [
        '5 × Mug moved from Processing P-1 to Shipment',
        '5 × Mug moved from Processing P-2 to Shipment',
        '5 × Mug moved from Shipment to Refund',
      ],
    ],
    [
      'at two prices, fewer moves take precedence over equal prices',
      [processing([line('Mug', 2, 100)], { name: 'P-1' }), processing([line('Mug', 2, 90)], { name: 'P-2' })],
      [
        shipment([line('Mug', 1, 100), line('Mug', 1, 90)], { name: 'S-1' }),
        shipment([line('Mug', 1, 100), line('Mug', 1, 90)], { name: 'S-2' }),
      ],
      ['2 × Mug moved from Processing P-1 to Shipment S-1', '2 × Mug moved from Processing P-2 to Shipment S-2'],
    ],
    [
      'in two colours, each is refunded in part',
      [shipment([coloured('red', 5), coloured('blue', 5)], { name: 'S' })],
      [
        shipment([coloured('blue', 4), coloured('red', 3)], { name: 'S' }),
        refund([coloured('blue', 1), coloured('red', 2)]),
      ],
      ['2 × Mug red, 1 × Mug blue moved from Shipment S to Refund'],
    ],
    [
      'without a SKU, by its names and its price',
      [processing([unnamed('Mug', 5, 100), unnamed('Mug', 5, 120)])],
      [processing([unnamed('Mug', 5, 100)]), shipment([unnamed('Mug', 5, 120)])],
      ['5 × Mug moved from Processing to Shipment'],
    ],
    [
      'without a SKU, by its attributes before its names alone',
      [
        processing([
          unnamed('Mug', 2, 100, { customAttributes: [{ key: 'k', value: '1' }] }),
          unnamed('Mug', 2, 100, { customAttributes: [{ key: 'k', value: '2' }] }),
        ]),
      ],
      [
        processing([unnamed('Mug', 2, 100, { barcode: '7', customAttributes: [{ key: 'k', value: '2' }] })]),
        shipment([unnamed('Mug', 2, 100, { customAttributes: [{ key: 'k', value: '1' }] })]),
      ],
      ['2 × Mug moved from Processing to Shipment', 'Mug in Processing changed: barcode set to 7'],
    ],
    [
      'that got its first SKU, by its names',
      [processing([unnamed('Mug', 2)])],
      [processing([line('M-1', 2, 100, { nameParent: 'Mug' })])],
      ['Mug in Processing changed: SKU set to M-1'],
    ],
    [
      'that lost its SKU, by its names',
      [processing([line('M-1', 2, 100, { nameParent: 'Mug' })])],
      [processing([unnamed('Mug', 2)])],
      ['Mug (SKU M-1) in Processing changed: SKU M-1 removed'],
    ],
    [
      'by its platform id, when its SKU changes',
      [processing([line('M-1', 2, 100, { nameParent: 'Mug', platform: '7' })])],
      [processing([line('M-2', 2, 100, { nameParent: 'Cup', platform: '7' })])],
      ['Mug (SKU M-1) in Processing changed: name from Mug to Cup; SKU from M-1 to M-2'],
    ],
    [
      'by its internal id, when its SKU changes',
      [processing([line('M-1', 2, 100, { nameParent: 'Mug', internal: '7' })])],
      [shipment([line('M-2', 2, 100, { nameParent: 'Cup', internal: '7' })])],
      ['2 × Cup moved from Processing to Shipment'],
    ],
    [
      'with another SKU is another article, even under the same name',
      [processing([line('M-1', 2, 100, { nameParent: 'Mug' })])],
      [processing([line('M-2', 2, 100, { nameParent: 'Mug' })])],
      ['2 × Mug added to Processing', '2 × Mug removed from Processing'],
    ],
    [
      'with an additional barcode, units are regrouped within a package',
      [processing([line('Mug', 5)])],
      [processing([line('Mug', 3, 100, { barcode: '7' }), line('Mug', 2, 100, { barcode: '8' })])],
      ['2 × Mug regrouped in Processing', 'Mug (SKU Mug) in Processing changed: barcode set to 7'],
    ],
    [
      'without a SKU, units are regrouped within a package by names and attributes',
      [processing([unnamed('Mug', 5)])],
      [processing([unnamed('Mug', 3, 100, { barcode: '7' }), unnamed('Mug', 2, 100, { barcode: '8' })])],
      ['2 × Mug regrouped in Processing', 'Mug in Processing changed: barcode set to 7'],
    ],
    [
      'in other colours, units are not regrouped but removed and added',
      [processing([coloured('red', 5)])],
      [processing([coloured('blue', 3), coloured('green', 2)])],
      [
        '2 × Mug green added to Processing',
        'Mug red (SKU Mug) in Processing changed from 5 for 5.00 GBP to 3 for 3.00 GBP',
        'Mug red (SKU Mug) in Processing changed: variant from red to blue; colour from red to blue',
      ],
    ],
    [
      'that got or lost its SKU is not regrouped with another',
      [
        processing([unnamed('Mug', 5)], { name: 'P' }),
        onHold([line('T', 5, 100, { nameParent: 'Tea' })], { name: 'H' }),
      ],
      [
        processing([line('M', 3, 100, { nameParent: 'Mug' }), line('M', 2, 90, { nameParent: 'Mug' })], { name: 'P' }),
        onHold([unnamed('Tea', 3, 100), unnamed('Tea', 2, 90)], { name: 'H' }),
      ],
      [
        '2 × Mug added to Processing P',
        '2 × Tea added to On hold H',
        'Mug in Processing P changed from 5 for 5.00 GBP to 3 for 3.00 GBP',
        'Mug in Processing P changed: SKU set to M',
        'Tea (SKU T) in On hold H changed from 5 for 5.00 GBP to 3 for 3.00 GBP',
        'Tea (SKU T) in On hold H changed: SKU T removed',
      ],
    ],
    [
      'by all its identifiers before its SKU alone',
      [
        processing([
          line('Mug', 2, 100, { platform: '1', customAttributes: [{ key: 'k', value: '1' }] }),
          line('Mug', 2, 100, { platform: '2', customAttributes: [{ key: 'k', value: '2' }] }),
        ]),
      ],
      [
        shipment([line('Mug', 2, 100, { platform: '2' })], { name: 'S-2' }),
        onHold([line('Mug', 2, 100, { platform: '1' })], { name: 'H-1' }),
      ],
      ['2 × Mug moved from Processing to On hold H-1', '2 × Mug moved from Processing to Shipment S-2'],
    ],
    [
      'by its SKU and its attributes, when it gets another identifier',
      [
        processing([
          line('Mug', 2, 100, { customAttributes: [{ key: 'k', value: '1' }] }),
          line('Mug', 2, 100, { customAttributes: [{ key: 'k', value: '2' }] }),
        ]),
      ],
      [
        processing([line('Mug', 2, 100, { platform: '2', customAttributes: [{ key: 'k', value: '2' }] })]),
        shipment([line('Mug', 2, 100, { platform: '1', customAttributes: [{ key: 'k', value: '1' }] })]),
      ],
      ['2 × Mug moved from Processing to Shipment', 'Mug (SKU Mug) in Processing changed: platform id set to 2'],
    ],
    [
      'by its SKU alone, when all else changes',
      [processing([line('Mug', 2, 100, { platform: '1', nameParent: 'Mug' })])],
      [shipment([line('Mug', 2, 100, { platform: '2', nameParent: 'Cup', customAttributes: [{ key: 'k' }] })])],
      ['2 × Cup moved from Processing to Shipment'],
    ],
    [
      'by quantity and amount before quantity alone',
      [processing([line('Mug', 2, 100, { barcode: 'a' }), line('Mug', 2, 90, { barcode: 'b' })])],
      [processing([line('Mug', 2, 90, { barcode: 'c' }), line('Mug', 2, 100, { barcode: 'd' })])],
      [
        'Mug (SKU Mug) in Processing changed: barcode from a to d',
        'Mug (SKU Mug) in Processing changed: barcode from b to c',
      ],
    ],
    [
      'by quantity before any',
      [processing([line('Mug', 2, 100), line('Mug', 5, 100)])],
      [processing([line('Mug', 5, 110), line('Mug', 3, 120)])],
      [
        '1 × Mug (SKU Mug) added to Processing: from 2 for 2.00 GBP to 3 for 3.60 GBP',
        'Mug (SKU Mug) in Processing repriced from 5.00 GBP to 5.50 GBP',
      ],
    ],
    [
      'that moves has the details of the sent line',
      [processing([line('Mug', 4)])],
      [shipment([line('Mug', 4, 100, { nameParent: 'Mug, white' })])],
      ['4 × Mug, white moved from Processing to Shipment'],
    ],
    [
      'in another variant is the same line',
      [processing([line('Mug', 3, 100, { nameChild: 'M' })])],
      [processing([line('Mug', 3, 100, { nameChild: 'L' })])],
      ['Mug M (SKU Mug) in Processing changed: variant from M to L'],
    ],
  ]);
});

describe('plausible moves', () => {
  const [S4, S5, R9] = [{ name: 'S-4' }, { name: 'S-5' }, { name: 'R-9' }];
  const cancelled = of('cancelled');
  itDescribes([
    [
      'a refund is moved from the shipment, and more was ordered',
      [shipment([line('Mug', 5)], S4)],
      [shipment([line('Mug', 4)], S4), refund([line('Mug', 1)], R9), processing([line('Mug', 1)])],
      ['Processing with 1 × Mug added', '1 × Mug moved from Shipment S-4 to Refund R-9'],
    ],
    [
      'pending units are shipped and cancelled, shipped units are refunded',
      [processing([line('Mug', 12)]), shipment([line('Mug', 2)], S4)],
      [shipment([line('Mug', 11)], S5), cancelled([line('Mug', 1)]), refund([line('Mug', 2)], R9)],
      [
        '11 × Mug moved from Processing to Shipment S-5',
        '1 × Mug moved from Processing to Cancellation',
        '2 × Mug moved from Shipment S-4 to Refund R-9',
      ],
    ],
    [
      'more was ordered, and all units shipped',
      [processing([line('Mug', 6)])],
      [processing([line('Mug', 2)]), shipment([line('Mug', 6)], S4)],
      [
        '2 × Mug (SKU Mug) added to Processing: from 6 for 6.00 GBP to 8 for 8.00 GBP',
        '6 × Mug moved from Processing to Shipment S-4',
      ],
    ],
    [
      'more was ordered in an unchanged line, and shipped',
      [processing([line('Mug', 6), line('Cup', 2)])],
      [processing([line('Mug', 6)]), shipment([line('Mug', 1), line('Cup', 2)], S4)],
      [
        '1 × Mug (SKU Mug) added to Processing: from 6 for 6.00 GBP to 7 for 7.00 GBP',
        '1 × Mug, 2 × Cup moved from Processing to Shipment S-4',
      ],
    ],
    [
      'units that were not shipped are shipped before they are refunded',
      [processing([line('Mug', 3)])],
      [shipment([line('Mug', 2)], S4), refund([line('Mug', 1)], R9)],
      ['3 × Mug moved from Processing to Shipment S-4', '1 × Mug moved from Shipment S-4 to Refund R-9'],
    ],
    [
      'units are shipped with their package and refunded, even if none stays in the shipment',
      [processing([line('Mug', 3), line('Cup', 1)])],
      [shipment([line('Mug', 3)], S4), refund([line('Cup', 1)], R9)],
      ['3 × Mug, 1 × Cup moved from Processing to Shipment S-4', '1 × Cup moved from Shipment S-4 to Refund R-9'],
    ],
    [
      'incoming goods arrive before they are shipped',
      [pack('incoming', [line('Mug', 2)]), processing([line('Mug', 3)])],
      [pack('incoming', [line('Mug', 1)]), processing([line('Mug', 1)]), shipment([line('Mug', 3)], S4)],
      ['1 × Mug moved from Incoming to Processing', '3 × Mug moved from Processing to Shipment S-4'],
    ],
    [
      'on back-order, units are cancelled rather than shipped',
      [incoming([line('Mug', 5)], { name: 'I-4' }), processing([line('Mug', 5)], { name: 'P-1' })],
      [cancelled([line('Mug', 5)]), shipment([line('Mug', 5)], S5)],
      ['5 × Mug moved from Processing P-1 to Shipment S-5', '5 × Mug moved from Incoming I-4 to Cancellation'],
    ],
    [
      'more was ordered in processing, and put on back-order',
      [processing([line('Mug', 6)]), incoming([line('Cup', 6)])],
      [incoming([line('Mug', 1), line('Cup', 6)]), shipment([line('Mug', 8)], S4)],
      [
        '3 × Mug (SKU Mug) added to Processing: from 6 for 6.00 GBP to 9 for 9.00 GBP',
        '1 × Mug moved from Processing to Incoming',
        '8 × Mug moved from Processing to Shipment S-4',
      ],
    ],
    [
      'more was ordered in processing, and held',
      [processing([line('Mug', 2), line('Cup', 3)])],
      [processing([line('Mug', 4), line('Cup', 3)]), onHold([line('Mug', 1)])],
      [
        '3 × Mug (SKU Mug) added to Processing: from 2 for 2.00 GBP to 5 for 5.00 GBP',
        '1 × Mug moved from Processing to On hold',
      ],
    ],
    [
      'more was ordered in processing rather than incoming, and cancelled',
      [incoming([line('Mug', 6)]), processing([line('Mug', 2)])],
      [cancelled([line('Mug', 2)]), incoming([line('Mug', 5), line('Mug', 1)]), processing([line('Mug', 2)])],
      [
        '2 × Mug (SKU Mug) added to Processing: from 2 for 2.00 GBP to 4 for 4.00 GBP',
        '2 × Mug moved from Processing to Cancellation',
        '1 × Mug regrouped in Incoming',
      ],
    ],
    [
      'units that were never shipped are refunded from a shipment that contains the article unchanged',
      [processing([line('Mug', 10)]), shipment([line('Mug', 3)], S4), shipment([line('Mug', 5)], S5)],
      [
        cancelled([line('Mug', 8)]),
        refund([line('Mug', 1)], { name: 'R-7' }),
        refund([line('Mug', 3)], { name: 'R-8' }),
        refund([line('Mug', 1)], R9),
        shipment([line('Mug', 5)], S5),
      ],
      [
        '2 × Mug moved from Processing to Shipment S-5',
        '8 × Mug moved from Processing to Cancellation',
        '3 × Mug moved from Shipment S-4 to Refund R-8',
        '1 × Mug moved from Shipment S-5 to Refund R-7',
        '1 × Mug moved from Shipment S-5 to Refund R-9',
      ],
    ],
    [
      'an implausible move is not used for another article, but replaced',
      [incoming([line('Mug', 4), line('Cup', 5)]), processing([line('Mug', 3), line('Cup', 7), line('Tea', 9)])],
      [
        cancelled([line('Mug', 2), line('Cup', 2)]),
        incoming([line('Cup', 3), line('Tea', 9)]),
        refund([line('Mug', 5), line('Cup', 2)]),
        shipment([line('Cup', 5)]),
      ],
      [
        '9 × Tea moved from Processing to Incoming',
        '2 × Mug moved from Incoming to Shipment',
        '3 × Mug, 7 × Cup moved from Processing to Shipment',
        '2 × Mug, 2 × Cup moved from Incoming to Cancellation',
        '2 × Cup, 5 × Mug moved from Shipment to Refund',
      ],
    ],
    [
      'units move back from a shipment only if no other move is possible',
      [shipment([line('Mug', 5)], S4)],
      [shipment([line('Mug', 4)], S4), processing([line('Mug', 1)])],
      ['1 × Mug moved from Shipment S-4 to Processing'],
    ],
  ]);
});

describe('replacements of refunded units', () => {
  const [shipped, replaced] = [
    { name: 'S-4', dates: { shippedAt: day(1) } },
    { name: 'S-5', dates: { shippedAt: day(3) } },
  ];
  const returned = { name: 'R-9', dates: { refundedAt: day(3) } };
  const milestones = ['Shipment S-5 shipped at 2026-02-03 10:00 UTC', 'Refund R-9 made at 2026-02-03 10:00 UTC'];
  itDescribes([
    [
      'a shipment of the day of the refund is new, and the units missing in the order were removed',
      [processing([line('Mug', 5), line('Cup', 1)]), shipment([line('Mug', 4)], shipped)],
      [
        processing([line('Cup', 1)]),
        shipment([line('Mug', 3)], shipped),
        refund([line('Mug', 1)], returned),
        shipment([line('Mug', 1)], replaced),
      ],
      [
        'Shipment S-5 with 1 × Mug added',
        '1 × Mug moved from Shipment S-4 to Refund R-9',
        '5 × Mug removed from Processing',
        ...milestones,
      ],
    ],
    [
      'it is not new if no other units of the order are missing',
      [processing([line('Mug', 5)]), shipment([line('Mug', 4)], shipped)],
      [
        processing([line('Mug', 4)]),
        shipment([line('Mug', 3)], shipped),
        refund([line('Mug', 1)], returned),
        shipment([line('Mug', 1)], replaced),
      ],
      ['1 × Mug moved from Processing to Shipment S-5', '1 × Mug moved from Shipment S-4 to Refund R-9', ...milestones],
    ],
    [
      'it is not new if it contains more than was refunded',
      [processing([line('Mug', 5), line('Cup', 1)]), shipment([line('Mug', 4)], shipped)],
      [
        processing([line('Cup', 1)]),
        shipment([line('Mug', 3)], shipped),
        refund([line('Mug', 1)], returned),
        shipment([line('Mug', 1), line('Mug', 1)], replaced),
      ],
      [
        '2 × Mug moved from Processing to Shipment S-5',
        '1 × Mug moved from Shipment S-4 to Refund R-9',
        '3 × Mug removed from Processing',
        ...milestones,
      ],
    ],
    [
      'without dates, the last of the shipments with the content of the refund is new',
      [processing([line('Mug', 6)]), shipment([line('Mug', 4)], { name: 'S-4' })],
      [
        processing([line('Mug', 1)]),
        shipment([line('Mug', 3)], { name: 'S-4' }),
        refund([line('Mug', 1)], { name: 'R-9' }),
        shipment([line('Mug', 1)], { name: 'S-6' }),
        shipment([line('Mug', 1)], { name: 'S-5' }),
      ],
      [
        'Shipment S-6 with 1 × Mug added',
        '1 × Mug moved from Processing to Shipment S-5',
        '1 × Mug moved from Shipment S-4 to Refund R-9',
        'Mug (SKU Mug) in Processing changed from 5 for 5.00 GBP to 1 for 1.00 GBP',
      ],
    ],
  ]);
});

describe('pairing of shipments', () => {
  const dated = (number: number, name?: string): PackageParts => ({
    ...(name !== undefined && { name }),
    dates: { shippedAt: day(number) },
  });
  itDescribes([
    [
      'another number and another date are another shipment, even with equal content',
      [processing([line('Mug', 5)]), shipment([line('Mug', 5)], dated(1, 'S-4'))],
      [shipment([line('Mug', 5)], dated(3, 'S-5')), refund([line('Mug', 5)])],
      [
        '5 × Mug moved from Processing to Shipment S-5',
        '5 × Mug moved from Shipment S-4 to Refund',
        'Shipment S-5 shipped at 2026-02-03 10:00 UTC',
      ],
    ],
    [
      'another number and the same date are a renumbered shipment',
      [shipment([line('Mug', 5)], dated(1, 'S-4'))],
      [shipment([line('Mug', 5)], dated(1, 'S-5'))],
      ['Shipment S-4 changed: visible number from S-4 to S-5'],
    ],
    [
      'without identifiers, the date takes precedence over the content',
      [shipment([line('Mug', 5)], dated(1)), shipment([line('Mug', 3)], dated(2))],
      [shipment([line('Mug', 3)], dated(1)), shipment([line('Mug', 3)], dated(2)), refund([line('Mug', 2)])],
      ['2 × Mug moved from first Shipment to Refund'],
    ],
    [
      'equal content takes precedence over more units in common',
      [shipment([line('Mug', 2)]), shipment([line('Mug', 9)])],
      [shipment([line('Mug', 2)], dated(1)), shipment([line('Mug', 12)])],
      [
        'Mug (SKU Mug) in second Shipment changed from 9 for 9.00 GBP to 12 for 12.00 GBP',
        'First Shipment shipped at 2026-02-01 10:00 UTC',
      ],
    ],
    [
      'shipments under one number are paired by content',
      [shipment([line('Mug', 2)], { name: 'X' }), shipment([line('Cup', 3)], { name: 'X' })],
      [shipment([line('Cup', 3)], dated(1, 'X')), shipment([line('Mug', 1)], { name: 'X' })],
      [
        'Mug (SKU Mug) in second Shipment X changed from 2 for 2.00 GBP to 1 for 1.00 GBP',
        'First Shipment X shipped at 2026-02-01 10:00 UTC',
      ],
    ],
    [
      'a date and items in common prove that a shipment is the same',
      [processing([line('Mug', 5)]), shipment([line('Mug', 2)], dated(1))],
      [
        refund([line('Mug', 2)], { name: 'R-1' }),
        refund([line('Mug', 3)], { name: 'R-2' }),
        shipment([line('Mug', 2)], { dates: { shippedAt: day(1), deliveredAt: day(2) } }),
        shipment([line('Mug', 2)], dated(4)),
      ],
      [
        '2 × Mug (SKU Mug) added to Processing: from 5 for 5.00 GBP to 7 for 7.00 GBP',
        '7 × Mug moved from Processing to Shipment',
        '2 × Mug moved from second Shipment to Refund R-1',
        '3 × Mug moved from second Shipment to Refund R-2',
        'First Shipment delivered at 2026-02-02 10:00 UTC',
        'Second Shipment shipped at 2026-02-04 10:00 UTC',
      ],
    ],
    [
      'the pairing is changed in two steps: an order was shipped, and another split',
      [processing([line('Mug', 6), line('Cup', 8)], { name: 'P-1' }), processing([line('Mug', 4), line('Cup', 7)])],
      [
        incoming([line('Mug', 3), line('Cup', 2)]),
        processing([line('Cup', 5)], { name: 'P-5' }),
        processing([line('Mug', 1)]),
        shipment([line('Mug', 6), line('Cup', 8)], { name: 'S-4' }),
      ],
      [
        '3 × Mug, 2 × Cup moved from Processing to Incoming',
        '5 × Cup moved from Processing to Processing P-5',
        '6 × Mug, 8 × Cup moved from Processing P-1 to Shipment S-4',
      ],
    ],
    [
      'a package is split, and the shipped part keeps the number',
      [processing([line('Mug', 5)], { name: 'FO-1' })],
      [shipment([line('Mug', 3)], { name: 'FO-1' }), processing([line('Mug', 2)], { name: 'FO-2' })],
      [
        '3 × Mug moved from Processing FO-1 to Shipment FO-1',
        'Processing FO-1 changed: visible number from FO-1 to FO-2',
      ],
    ],
    [
      'cancelled units leave a package before it becomes a shipment',
      [processing([line('Mug', 5)], { name: 'X' })],
      [shipment([line('Mug', 4)], { name: 'X' }), of('cancelled')([line('Mug', 1)])],
      ['1 × Mug moved from Processing X to Cancellation', 'Processing X became Shipment'],
    ],
    [
      'refunded units leave it afterwards',
      [processing([line('Mug', 5)], { name: 'X' })],
      [shipment([line('Mug', 4)], { name: 'X' }), refund([line('Mug', 1)])],
      ['Processing X became Shipment', '1 × Mug moved from Shipment X to Refund'],
    ],
  ]);
});

describe('moves, additions and removals', () => {
  itDescribes([
    [
      'a line is split and partly shipped, at other prices',
      [processing([line('Mug', 10, 100)])],
      [processing([line('Mug', 4, 110), line('Mug', 3, 90)]), shipment([line('Mug', 3, 95)])],
      ['3 × Mug moved from Processing to Shipment', '3 × Mug regrouped in Processing'],
    ],
    [
      'three lines are shipped as one',
      [processing([line('Mug', 4), line('Mug', 3), line('Mug', 3)])],
      [shipment([line('Mug', 10)])],
      ['10 × Mug moved from Processing to Shipment'],
    ],
    [
      'two lines become one at an average price',
      [processing([line('Mug', 4, 100), line('Mug', 6, 90)])],
      [processing([line('Mug', 10, 94)])],
      ['4 × Mug regrouped in Processing'],
    ],
    [
      'items without a price are moved too',
      [processing([line('Mug', 3, 0)])],
      [processing([line('Mug', 1, 0)]), shipment([line('Mug', 2, 0)])],
      ['2 × Mug moved from Processing to Shipment'],
    ],
    [
      'moves, additions and removals in one PUT',
      [processing([line('Mug', 3), line('Cup', 2)], { name: 'P' })],
      [processing([line('Cup', 1), line('Tea', 1)], { name: 'P' }), shipment([line('Mug', 5), line('Spoon', 1)])],
      [
        '1 × Tea, 1 × Spoon added to Processing P',
        '2 × Mug (SKU Mug) added to Processing P: from 3 for 3.00 GBP to 5 for 5.00 GBP',
        '5 × Mug, 1 × Spoon moved from Processing P to Shipment',
        'Cup (SKU Cup) in Processing P changed from 2 for 2.00 GBP to 1 for 1.00 GBP',
      ],
    ],
    [
      'fewer units are shipped than are missing',
      [processing([line('Mug', 10)])],
      [processing([line('Mug', 2)]), shipment([line('Mug', 5)])],
      [
        '5 × Mug moved from Processing to Shipment',
        'Mug (SKU Mug) in Processing changed from 5 for 5.00 GBP to 2 for 2.00 GBP',
      ],
    ],
    [
      'more units are shipped than are missing',
      [processing([line('Mug', 4)])],
      [processing([line('Mug', 2)]), shipment([line('Mug', 5)])],
      [
        '3 × Mug (SKU Mug) added to Processing: from 4 for 4.00 GBP to 7 for 7.00 GBP',
        '5 × Mug moved from Processing to Shipment',
      ],
    ],
    [
      'more units arrive in an existing line than were missing',
      [processing([line('Mug', 4)], { name: 'P' }), shipment([line('Mug', 1)], { name: 'S' })],
      [processing([line('Mug', 2)], { name: 'P' }), shipment([line('Mug', 6)], { name: 'S' })],
      [
        '3 × Mug (SKU Mug) added to Processing P: from 4 for 4.00 GBP to 7 for 7.00 GBP',
        '5 × Mug moved from Processing P to Shipment S',
      ],
    ],
    [
      'a refund is reverted',
      [shipment([line('Mug', 2)], { name: 'S' }), refund([line('Mug', 1)], { dates: { refundedAt: day(3) } })],
      [shipment([line('Mug', 3)], { name: 'S' })],
      ['1 × Mug moved from Refund to Shipment S'],
    ],
    [
      'two packages exchange their items',
      [processing([line('Mug', 3)], { name: 'N' }), processing([line('Cup', 2)], { name: 'S' })],
      [processing([line('Cup', 2)], { name: 'N' }), processing([line('Mug', 3)], { name: 'S' })],
      ['3 × Mug moved from Processing N to Processing S', '2 × Cup moved from Processing S to Processing N'],
    ],
    [
      'two shipments are refunded one by one',
      [
        shipment([line('Mug', 3), line('Cup', 2)], { name: 'S-1' }),
        shipment([line('Mug', 2), line('Cup', 5)], { name: 'S-2' }),
      ],
      [
        refund([line('Mug', 2), line('Cup', 5)], { name: 'R-2' }),
        refund([line('Mug', 3), line('Cup', 2)], { name: 'R-1' }),
      ],
      [
        '3 × Mug, 2 × Cup moved from Shipment S-1 to Refund R-1',
        '2 × Mug, 5 × Cup moved from Shipment S-2 to Refund R-2',
      ],
    ],
    [
      'moves to every type of package, from incoming to refund',
      [processing([line('Mug', 6)], { name: 'P' })],
      (['cancelled', 'shipment', 'on_hold', 'incoming'] as const)
        .map((type) => pack(type, [line('Mug', 1)]))
        .concat(processing([line('Mug', 2)], { name: 'P' })),
      ['Incoming', 'On hold', 'Shipment', 'Cancellation'].map((to) => `1 × Mug moved from Processing P to ${to}`),
    ],
    [
      'moves from on hold to processing',
      [onHold([line('Mug', 3)])],
      [processing([line('Mug', 3)])],
      ['3 × Mug moved from On hold to Processing'],
    ],
    ['all of it is removed', [processing([line('Mug', 3)])], [], ['Processing with 3 × Mug removed']],
    [
      'an equal quantity for another amount',
      [processing([line('Mug', 3, 100)])],
      [processing([line('Mug', 3, 110)])],
      ['Mug (SKU Mug) in Processing repriced from 3.00 GBP to 3.30 GBP'],
    ],
  ]);

  it('a line changed twice has intermediate amounts in proportion, rounded towards the stored ones', () => {
    const third = (quantity: number, net: number): LineItem => ({
      ...line('Mug', quantity),
      totals: { net, tax: 0, gross: net },
    });
    const events = eventsBetween(
      order([processing([third(3, 1000)])]),
      order([shipment([third(1, 334)]), of('cancelled')([third(2, 666)])]),
    );
    const amounts = events.map(({ data }) => ('from' in data ? data.items.map(({ from }) => from) : []));
    expect(amounts).toMatchObject([
      [{ before: { quantity: 3, totals: { gross: 1000 } }, after: { quantity: 2, totals: { gross: 667 } } }],
      [{ before: { quantity: 2, totals: { gross: 667 } } }],
    ]);
    expect(events[1]).toMatchObject({ data: { items: [{ to: { after: { totals: { gross: 666 } } } }] } });
  });

  it('a line that loses and gains equal quantities has intermediate amounts by its unit price', () => {
    const details = (barcode: string, platform: string): Partial<LineDetails> => ({ barcode, platform });
    const before = order([
      processing([line('Mug', 4, 100, details('a', '1'))], { name: 'P' }),
      onHold([line('Mug', 2, 100, details('b', '2'))], { name: 'H' }),
    ]);
    const after = order([
      processing([line('Mug', 4, 150, details('c', '1'))], { name: 'P' }),
      shipment([line('Mug', 2, 100, details('a', '1'))], { name: 'S' }),
      onHold([], { name: 'H' }),
    ]);
    const amounts = eventsBetween(before, after).flatMap(({ data }) =>
      'from' in data
        ? data.items.map(({ from, to }) =>
            [from.before, from.after, to.before, to.after].map((each) => [each?.quantity, each?.totals.gross]),
          )
        : [],
    );
    expect(amounts).toEqual([
      [
        [2, 200],
        [undefined, undefined],
        [4, 400],
        [6, 900],
      ],
      [
        [6, 900],
        [4, 600],
        [undefined, undefined],
        [2, 200],
      ],
    ]);
  });

  it('intermediate amounts include the discount', () => {
    const cut = (quantity: number, discount?: number): LineItem => {
      const { totals, ...rest } = line('Mug', quantity);
      return { ...rest, totals: { ...totals, ...(discount !== undefined && { discount }) } };
    };
    const [, second] = eventsBetween(
      order([processing([cut(4, 100)])]),
      order([shipment([cut(1, 25)]), of('cancelled')([cut(3)])]),
    );
    expect(second).toMatchObject({ data: { items: [{ from: { before: { totals: { discount: 75 } } } }] } });
  });
});

describe('other events of a package', () => {
  const shipped = (more: PackageParts): Package => shipment([line('Mug', 1)], { name: 'S', ...more });
  const address: Address = { addressLine1: '1 Street', city: 'Town', countryCode: 'GB' };
  itDescribes([
    [
      'a sender timestamp is not a milestone',
      [shipped({ dates: { createdAt: day(1) } })],
      [shipped({ dates: { createdAt: day(1), updatedAt: day(2) } })],
      ['Sender dates changed: last update of package 1 set to 2026-02-02 10:00 UTC'],
    ],
    [
      'milestones by date, after corrections and withdrawals',
      [shipped({ dates: { shippedAt: day(1), cancelledAt: day(5) } })],
      [shipped({ dates: { shippedAt: day(2), deliveredAt: day(4), refundedAt: day(3) } })],
      [
        'Shipping date of Shipment S corrected from 2026-02-01 10:00 UTC to 2026-02-02 10:00 UTC',
        'Cancellation date of Shipment S withdrawn, it was 2026-02-05 10:00 UTC',
        'Shipment S refunded at 2026-02-03 10:00 UTC',
        'Shipment S delivered at 2026-02-04 10:00 UTC',
      ],
    ],
    [
      'shipping method and address',
      [shipped({ shippingMethod: { name: 'Post' } })],
      [shipped({ shippingMethod: { name: 'Van' }, shippingAddress: address })],
      ['Shipping of Shipment S changed from Post to Van', 'Shipping address of Shipment S set to 1 Street, Town, GB'],
    ],
    [
      'tracking is paired by number, then by carrier, then in order',
      [
        shipped({
          trackings: [
            { carrier: 'DHL', trackingNumber: '1' },
            { carrier: 'UPS' },
            { trackingUrl: 'a' },
            { trackingUrl: 'b' },
          ],
        }),
      ],
      [
        shipped({
          trackings: [
            { carrier: 'GLS', trackingNumber: '4' },
            { carrier: 'UPS', trackingNumber: '2' },
            { carrier: 'TNT', trackingNumber: '1' },
          ],
        }),
      ],
      [
        'Tracking of Shipment S changed from DHL 1 to TNT 1',
        'Tracking of Shipment S changed from UPS to UPS 2',
        'Tracking of Shipment S changed from a to GLS 4; URL a removed',
        'Tracking of Shipment S removed: b',
      ],
    ],
    [
      'additional tracking',
      [shipped({ trackings: [{ trackingNumber: '1' }] })],
      [shipped({ trackings: [{ trackingNumber: '2' }, { trackingNumber: '1' }] })],
      ['Tracking of Shipment S added: 2'],
    ],
    [
      'attached and removed documents',
      [shipped({ accountingFiles: [{ visible: '1' }, { visible: '2' }] })],
      [shipped({ accountingFiles: [{ visible: '3' }, { visible: '2' }] })],
      ['Document 1 of Shipment S removed', 'Document 3 of Shipment S attached'],
    ],
  ]);
});

describe('events of the purchase itself', () => {
  const items = [
    processing([line('Mug', 1, 1000)], { shippingMethod: { name: 'Post', totals: { net: 500, tax: 0, gross: 500 } } }),
  ];

  it('have one order: type, currency, identifiers, values, documents, packages, sender timestamps', () => {
    const address: Address = { addressLine1: '1 Street', city: 'Town', countryCode: 'GB' };
    const before = order(items, { type: 'cart', identifiers: { platform: '1', visible: 'V' } });
    const after = order(items, {
      identifiers: { internal: 'E', visible: 'W' },
      customer: { sparklayer: 'c' },
      dates: { placedAt: day(1) },
      paymentMethod: 'invoice',
      customerReference: 'PO 1',
      billingAddress: address,
      accountingFiles: [{ visible: 'I' }],
      customFields: [{ name: 'f' }],
      metadata: [{ name: 'm', value: '1' }],
      taxLines: [{ title: 'VAT', amount: 5 }],
      totalPaid: 5,
      revisionDate: day(2),
    });
    expect(eventsBetween(before, after).map(({ type }) => type)).toEqual([
      'PurchaseSubmitted',
      'IdentifierRemoved',
      'IdentifierAssigned',
      'IdentifierChanged',
      'CustomerChanged',
      'PurchaseDatesChanged',
      'PaymentMethodChanged',
      'CustomerReferenceChanged',
      'BillingAddressChanged',
      'CustomFieldsChanged',
      'MetadataChanged',
      'TaxLinesChanged',
      'TotalPaidChanged',
      'AccountingFileAttached',
      'SenderClocksChanged',
    ]);
    expect(eventsBetween(before, after)[0]).toMatchObject({ data: { at: day(1) } });
  });

  it.each([
    ['cart', 'quote', {}, at],
    ['cart', 'quote', { placedAt: day(1) }, at],
    ['cart', 'order', {}, at],
    ['cart', 'order', { placedAt: day(1) }, day(1)],
  ] as const)('a %s that becomes a %s with dates %j did so at %s', (type, after, dates, happened) => {
    expect(eventsBetween(order(items, { type }), order(items, { type: after, dates }))[0]).toMatchObject({
      data: { at: happened },
    });
  });

  it('an unchanged placement date is not the time of submission', () => {
    const dates = { placedAt: day(1) };
    expect(eventsBetween(order(items, { type: 'quote', dates }), order(items, { dates }))).toMatchObject([
      { data: { at } },
    ]);
  });

  it('a changed currency is stated with the amounts of both currencies', () => {
    const yen = [
      processing([line('Mug', 1, 1900)], {
        shippingMethod: { name: 'Post', totals: { net: 950, tax: 0, gross: 950 } },
      }),
    ];
    expect(
      sentencesBetween(order(items, { totalPaid: 1500 }), order(yen, { currency: 'JPY', totalPaid: 2850 })),
    ).toEqual([
      'Currency changed from GBP to JPY',
      'Total paid changed from 15.00 GBP to 2850 JPY',
      'Mug (SKU Mug) in Processing repriced from 10.00 GBP to 1900 JPY',
      'Shipping of Processing changed from Post for 5.00 GBP to Post for 950 JPY',
    ]);
    const dinar = (quantity: number, more: Partial<Purchase>): Purchase =>
      order([processing([line('Mug', quantity, 1234)])], more);
    expect(sentencesBetween(dinar(2, { currency: 'KWD' }), dinar(1, {}))).toEqual([
      'Currency changed from KWD to GBP',
      'Mug (SKU Mug) in Processing changed from 2 for 2.468 KWD to 1 for 12.34 GBP',
    ]);
    expect(eventsBetween(dinar(2, {}), dinar(1, {}))[0]?.data).not.toHaveProperty('currencyBefore');
    const taxed = (amount: number, title: string, currency: string): Purchase => {
      const taxLines = [
        { title: 'VAT', amount, rate: 20 },
        { title, amount: 3 },
      ];
      const mug = line('Mug', 1, 1000, { unitTotal: { net: amount }, rrp: amount, taxLines });
      return order([processing([mug])], { currency, taxLines });
    };
    const vat = (title: string) =>
      `VAT from 1.11 GBP at 20 % to 200 JPY at 20 %; ${title} 3 JPY added; old 0.03 GBP removed`;
    expect(sentencesBetween(taxed(111, 'old', 'GBP'), taxed(200, 'new', 'JPY')).slice(1)).toEqual([
      `Tax summary changed: ${vat('new')}`,
      expect.stringContaining('unit price from (net 1.11 GBP) to (net 200 JPY)'),
    ]);
  });

  it.each([
    [{ createdAt: day(1), placedAt: day(2) }, day(1)],
    [{ placedAt: day(2) }, day(2)],
    [{}, at],
  ])('a new purchase with dates %j was created at %s', (dates, created) => {
    expect(diff(undefined, order(items, { dates }), { at })[0]).toMatchObject({
      type: 'PurchaseCreated',
      data: { at: created },
    });
  });

  it('the event of the creation contains the deleted purchase that it follows', () => {
    expect(diff(undefined, order([]), { at, follows: 'p-1' })).toMatchObject([{ data: { follows: 'p-1' } }]);
    expect(diff(undefined, order([]), { at })[0]?.data).not.toHaveProperty('follows');
  });
});
