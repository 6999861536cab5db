import { itOrders, itOrdersNothing } from '../../../../test/earlier-orders';

describe('units added to a refund are ordered first', () => {
  itOrders([
    [
      'in the line from which the article is shipped',
      'processing: 4 A → gone | shipment: new → 4 A | refund: new → 1 A',
      '1→2: 4 A',
      '1→2: 4 A, 1→3: 1 A, ordered 1: 1 A',
    ],
    [
      'in a pending line if no shipment contains the article: it was shipped and refunded',
      'processing: 5 A | refund: new → 1 A',
      '',
      '1→2: 1 A, ordered 1: 1 A',
    ],
    [
      'in a pending line from whose package something is shipped',
      'processing: 5 A, 2 B → 5 A | shipment: new → 1 B | cancelled: new → 1 B | refund: new → 1 A | shipment: 3 A',
      '1→2: 1 B, 1→3: 1 B',
      '1→2: 1 B, 1→3: 1 B, 1→4: 1 A, ordered 1: 1 A',
    ],
    [
      'in a replacement of which units are refunded, rather than in a package from which other articles are refunded',
      'shipment: new → 3 A | refund: new → 1 A, 1 B | processing: 1 B → gone',
      '3→2: 1 B',
      '3→2: 1 B, 1→2: 1 A, added 1: 4 A',
    ],
    [
      'in a new line, with those of the replacement of which they are refunded',
      'processing: 1 B → empty | refund: empty → 1 A | shipment: new → 1 A, 1 B',
      '1→3: 1 B',
      '1→3: 1 B, 3→2: 1 A, 1→3: 2 A, ordered between 1: 2 A',
    ],
    [
      'in a replacement, and not before it, if its units would arrive after they are refunded',
      'incoming to processing: 1 B → empty | refund: empty → 1 A | shipment: new → 1 A, 1 B',
      '1→3: 1 B',
      '1→3: 1 B, 3→2: 1 A, added 3: 2 A',
    ],
    [
      'in a new line, shipped and refunded like other articles',
      'processing: 1 C → gone | shipment: 2 B → 1 B, 1 C | refund: new → 1 A, 1 B',
      '1→2: 1 C, 2→3: 1 B',
      '1→2: 1 C, 2→3: 1 B, 1→2: 1 A, 2→3: 1 A, ordered between 1: 1 A',
    ],
    [
      'in a new line, shipped and refunded in the first shipment that is filled from a pending package',
      'shipment: 2 B → 1 B | processing: 2 C → gone | shipment: 2 B → 1 B, 1 C | shipment: 2 B → 1 B, 1 C | refund: new → 1 A, 3 B',
      '1→5: 1 B, 4→5: 1 B, 3→5: 1 B, 2→4: 1 C, 2→3: 1 C',
      '1→5: 1 B, 4→5: 1 B, 3→5: 1 B, 2→4: 1 C, 2→3: 1 C, 2→3: 1 A, 3→5: 1 A, ordered between 2: 1 A',
    ],
    [
      'in a new line of a package that becomes a refund, whose own units are not ordered in that line',
      'refund: new → 1 A, 1 B | shipment: 1 B → 1 C | incoming to refund: 1 C → 1 A',
      '3→2: 1 C, 2→1: 1 B',
      '3→2: 1 C, 2→1: 1 B, 3→2: 1 A, 2→1: 1 A, ordered between 3: 1 A, added 3: 1 A',
    ],
    [
      'in a new line of a package from which other articles are refunded',
      'processing: 1 B, 1 C → gone | shipment: 1 B → 1 C | refund: new → 1 A, 2 B',
      '1→2: 1 C, 1→3: 1 B, 2→3: 1 B',
      '1→2: 1 C, 1→3: 1 B, 2→3: 1 B, 1→3: 1 A, ordered between 1: 1 A',
    ],
  ]);

  itOrdersNothing([
    [
      'but not in a pending line if a shipment contains the article',
      'processing: 5 A | refund: new → 1 A | shipment: 3 A',
      '',
      'added 2: 1 A',
    ],
    [
      'but not in a pending line if something is moved to a stored shipment or a new cancellation only',
      'processing: 5 A, 2 B → 5 A | shipment: 3 A → 3 A, 1 B | cancelled: new → 1 B | refund: new → 1 A',
      '1→2: 1 B, 1→3: 1 B',
      'added 4: 1 A',
    ],
    ['but not in a stored shipment', 'shipment: 3 A → 5 A | refund: new → 1 A', '', 'added 1: 2 A, added 2: 1 A'],
    [
      'but not in a shipment of a later day',
      'shipment tuesday: new → 3 A | refund monday: new → 1 A',
      '',
      'added 1: 3 A, added 2: 1 A',
    ],
    [
      'but not in a shipment that only has units of a cancellation',
      'cancelled: 3 A → gone | shipment: new → 3 A | refund: new → 1 A',
      '1→2: 3 A',
      'added 3: 1 A',
    ],
    [
      'but not in a new line for a package that is led through a cancellation',
      'processing: 1 C → gone | cancelled: 2 B → 1 B, 1 C | refund: new → 1 A, 1 B',
      '1→2: 1 C, 2→3: 1 B',
      'added 3: 1 A',
    ],
    [
      'but not in a new line if it would be shipped before its package becomes processing',
      'incoming to processing: 1 C → empty | shipment: 2 B → 1 B, 1 C | refund: new → 1 A, 1 B',
      '1→2: 1 C, 2→3: 1 B',
      'added 3: 1 A',
    ],
  ]);
});

describe('units added to a replacement are new', () => {
  itOrdersNothing([
    [
      'although a line of processing gains units too',
      'shipment monday: 4 A → 3 A | refund tuesday: new → 1 A | shipment tuesday: new → 1 A | processing: 5 A → 6 A',
      '1→2: 1 A',
      'added 3: 1 A, added 4: 1 A',
    ],
  ]);

  itOrders([
    [
      'unless units of one of its articles are shipped from a pending package',
      'shipment monday: 4 A, 4 B → 1 A, 3 B | refund tuesday: new → 3 A, 1 B | shipment tuesday: new → 3 A, 1 B | processing: 2 A, 4 B → 5 B',
      '1→2: 3 A, 1→2: 1 B, 4→3: 2 A',
      '1→2: 3 A, 1→2: 1 B, 4→3: 3 A, 4→3: 1 B, ordered 4: 1 A, ordered 4: 2 B',
    ],
  ]);
});
