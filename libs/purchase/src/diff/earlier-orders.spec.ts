import { itOrders, itOrdersNothing, ordersIn } from '../../../../test/earlier-orders';

describe('units added to a shipment are ordered first', () => {
  itOrders([
    [
      'in the line from which others are shipped',
      'processing: 6 A → 2 A | shipment: new → 6 A',
      '1→2: 4 A',
      '1→2: 6 A, ordered 1: 2 A',
    ],
    [
      'in the line from which the most are shipped',
      'processing: 2 A → gone | processing: 3 A → gone | shipment: new → 6 A',
      '1→3: 2 A, 2→3: 3 A',
      '1→3: 2 A, 2→3: 4 A, ordered 2: 1 A',
    ],
    [
      'in the first of two lines from which equally many are shipped',
      'processing: 3 A → gone | processing: 3 A → gone | shipment: new → 7 A',
      '1→3: 3 A, 2→3: 3 A',
      '1→3: 4 A, 2→3: 3 A, ordered 1: 1 A',
    ],
    [
      'after the units that would be removed from the line are shipped',
      'processing: 6 A → 2 A | shipment: new → 5 A',
      '1→2: 3 A',
      '1→2: 5 A, ordered 1: 1 A',
    ],
    [
      'unless the units that would be removed from the line are enough',
      'processing: 6 A → 2 A | shipment: new → 3 A',
      '1→2: 1 A',
      '1→2: 3 A, removed 1: 1 A',
    ],
    [
      'together with the units that a line of processing gains, although nothing else is shipped from it',
      'processing: 5 A → 6 A | shipment: new → 1 A',
      '',
      '1→2: 1 A, ordered 1: 2 A',
    ],
    [
      'in the line that fills its shipment, not for another shipment of the article',
      'processing: 4 A → gone | shipment: new → 5 A | shipment: new → 1 A',
      '1→2: 4 A',
      '1→2: 5 A, ordered 1: 1 A, added 3: 1 A',
    ],
    [
      'in a line of a package from which other articles are shipped',
      'processing: 5 A, 2 B → 5 A | shipment: new → 1 A, 2 B',
      '1→2: 2 B',
      '1→2: 2 B, 1→2: 1 A, ordered 1: 1 A',
    ],
    [
      'in a new line of that package if its own line is moved elsewhere',
      'processing: 4 A, 2 B → gone | shipment: new → 4 A | shipment: new → 1 A, 2 B',
      '1→2: 4 A, 1→3: 2 B',
      '1→2: 4 A, 1→3: 2 B, 1→3: 1 A, ordered between 1: 1 A',
    ],
    [
      'in one new line for all lines of the article',
      'processing: 2 B → gone | shipment: new → 2 B, 2 A, 1 A large',
      '1→2: 2 B',
      '1→2: 2 B, 1→2: 2 A, 1→2: 1 A, ordered between 1: 3 A',
    ],
    [
      'in a new line of the first package from which other articles are shipped',
      'processing: 2 B → gone | processing: 2 C → gone | shipment: new → 1 A, 2 B, 2 C',
      '2→3: 2 C, 1→3: 2 B',
      '2→3: 2 C, 1→3: 2 B, 1→3: 1 A, ordered between 1: 1 A',
    ],
  ]);

  itOrdersNothing([
    ['but not without a pending package', 'shipment: new → 3 A', '', 'added 1: 3 A'],
    [
      'but not in a line that neither changes nor is shipped',
      'processing: 5 A | shipment: new → 1 A',
      '',
      'added 2: 1 A',
    ],
    [
      'but not in a line that is moved to another shipment',
      'processing: 4 A → gone | shipment: new → 4 A | shipment: new → 1 A',
      '1→2: 4 A',
      'added 3: 1 A',
    ],
    [
      'but not in a new line for a stored shipment',
      'processing: 2 B → gone | shipment: 1 C → 1 C, 2 B, 1 A',
      '1→2: 2 B',
      'added 2: 1 A',
    ],
  ]);
});

describe('units added to a pending package are ordered first in processing', () => {
  itOrders([
    [
      'if a new package gets them and no others',
      'processing: 3 A, 3 B → gone | on_hold: new → 3 A, 4 B',
      '1→2: 3 A, 1→2: 3 B',
      '1→2: 3 A, 1→2: 4 B, ordered 1: 1 B',
    ],
    [
      'if all of them come from lines of which others are held',
      'processing: 3 A, 3 B → gone | on_hold: 1 C → 1 C, 4 A, 4 B',
      '1→2: 3 A, 1→2: 3 B',
      '1→2: 4 A, 1→2: 4 B, ordered 1: 1 A, ordered 1: 1 B',
    ],
    [
      'if a line of processing gains units too',
      'processing: 5 A → 6 A | on_hold: 2 A → 3 A',
      '',
      '1→2: 1 A, ordered 1: 2 A',
    ],
    [
      'unless an earlier order of the article includes them',
      'incoming: 5 A → 6 A | processing: 4 A → gone | cancelled: new → 2 A | shipment: new → 5 A',
      '2→4: 4 A',
      '2→4: 5 A, 1→3: 2 A, ordered 1: 3 A, ordered 2: 1 A',
    ],
    [
      'if units are ordered there for a shipment, which is considered before',
      'incoming: 6 A → 7 A | processing: 6 A → gone | shipment: new → 8 A',
      '2→3: 6 A',
      '2→3: 8 A, 2→1: 1 A, ordered 2: 3 A',
    ],
  ]);

  itOrdersNothing([
    [
      'but not if a new package gets several lines: one event adds them all',
      'processing: 2 A, 2 B → gone | on_hold: new → 3 A, 3 B',
      '1→2: 2 A, 1→2: 2 B',
      'added 2: 1 A, added 2: 1 B',
    ],
    [
      'but not if one of several lines is ordered only: one event adds them all',
      'processing: 2 A → gone | on_hold: 1 C → 1 C, 3 A, 3 B',
      '1→2: 2 A',
      'added 2: 1 A, added 2: 3 B',
    ],
    [
      'but not for a package of processing: orders may be added to each',
      'processing: 2 A → gone | processing: 1 B → 1 B, 3 A',
      '1→2: 2 A',
      'added 2: 1 A',
    ],
    [
      'but not in a line of another type, although it gains units too',
      'incoming: 5 A, 1 B → 6 A | on_hold: 2 A → 3 A | shipment: new → 1 B',
      '1→3: 1 B',
      'added 1: 1 A, added 2: 1 A',
    ],
    ['but not in a line that gains none', 'processing: 5 A | on_hold: 2 A → 3 A', '', 'added 2: 1 A'],
    ['but not in a new line', 'processing: 2 B → gone | on_hold: new → 2 B, 1 A', '1→2: 2 B', 'added 2: 1 A'],
  ]);
});

describe('units added to a cancellation are ordered first', () => {
  itOrders([
    [
      'in a pending line of the article, although no route leads from there',
      'processing: 5 A | cancelled: new → 1 A',
      '',
      '1→2: 1 A, ordered 1: 1 A',
    ],
    [
      'in processing rather than in other pending packages',
      'on_hold: 5 A | incoming: 5 A | processing: 5 A | cancelled: new → 1 A',
      '',
      '3→4: 1 A, ordered 3: 1 A',
    ],
  ]);

  itOrdersNothing([
    ['but not in a line of a shipment', 'shipment: 5 A | cancelled: new → 1 A', '', 'added 2: 1 A'],
    [
      'but not in a new line of a package from which other articles are shipped',
      'processing: 1 C → gone | shipment: 2 B → 1 B, 1 C | cancelled: new → 1 A, 1 B',
      '1→2: 1 C, 2→3: 1 B',
      'added 3: 1 A',
    ],
  ]);
});

describe('units of incoming packages that are led through another package', () => {
  const twoIncoming = 'incoming: 2 A → gone | incoming: 2 A → gone';
  it.each([
    [
      'let more be ordered where they come from, not in a line that only passes them on',
      `${twoIncoming} | processing: 1 B | shipment: new → 5 A`,
      '1→4: 2 A, 2→4: 2 A',
      '1→3: 2 A, 3→4: 4 A, 2→3: 2 A, 1→4: 1 A, ordered 1: 1 A',
    ],
    [
      'let more be ordered in a stored line that passes them on',
      `${twoIncoming} | processing: 1 A | shipment: new → 5 A`,
      '1→4: 2 A, 2→4: 2 A',
      '1→3: 2 A, 3→4: 5 A, 2→3: 2 A, ordered 3: 1 A',
    ],
    [
      'let nothing be ordered in a new package that passes them on',
      'incoming: 2 B → gone | incoming: 2 C → gone | on_hold: new → empty | shipment: new → 2 B, 1 A',
      '1→4: 2 B',
      '1→3: 2 B, 3→4: 2 B, added 4: 1 A, removed 2: 2 C',
    ],
  ])('%s', (_, packages, moves, outcome) => {
    expect(ordersIn(packages, moves, 3).outcome).toBe(outcome);
  });
});
