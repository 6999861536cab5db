import { movesOf, traceOf } from '../../../../test/traces';
import { Detours, MAX_ROUTES } from './detours';

/** Packages 1, 2 …, the moves that are known before, and the moves with detours. */
type Case = [title: string, packages: string, moves: string, outcome: string];

/** `led`: a move that leads through another package before. */
function detoursIn(packages: string, moves: string, led?: { from: number; to: number; through: number }): string {
  const { steps, stock, network } = traceOf(packages.split(' | '), moves.split(', '));
  for (const flow of network.allFlows())
    if (flow.supply.package === led?.from && flow.demand.package === led.to) {
      network.redirect(flow, led.through);
      network.removeRoute(led.from, led.to);
    }
  new Detours(network, steps, stock).find();
  return movesOf(network.allFlows()).join(', ');
}

const itLeads = (cases: Case[]): void =>
  it.each(cases)('%s', (_, packages, moves, outcome) => {
    expect(detoursIn(packages, moves)).toBe(outcome);
  });
const itLeavesAll = (cases: [title: string, packages: string, moves: string][]): void =>
  it.each(cases)('%s', (_, packages, moves) => {
    expect(detoursIn(packages, moves)).toBe(moves);
  });

describe('pending units that are refunded were shipped before', () => {
  itLeads([
    [
      'in a shipment that is filled from the same package',
      'processing: 2 A → gone | shipment: new → 1 A | refund: new → 1 A',
      '1→2: 1 A, 1→3: 1 A',
      '1→2: 2 A, 2→3: 1 A',
    ],
    [
      'in the first of two such shipments',
      'processing: 3 A → gone | shipment: new → 1 A | shipment: new → 1 A | refund: new → 1 A',
      '1→3: 1 A, 1→2: 1 A, 1→4: 1 A',
      '1→3: 1 A, 1→2: 2 A, 2→4: 1 A',
    ],
    [
      'in a new shipment, whatever it contains',
      'processing: 1 A → gone | shipment: new → 1 B | refund: new → 1 A',
      '1→3: 1 A',
      '1→2: 1 A, 2→3: 1 A',
    ],
    [
      'in a stored shipment that contains the article',
      'processing: 1 A → gone | shipment: 1 A | refund: new → 1 A',
      '1→3: 1 A',
      '1→2: 1 A, 2→3: 1 A',
    ],
    [
      'before units on other routes are led through packages, because that may use the same shipment',
      'incoming: 3 A, 1 B → gone | shipment: new → 2 A, 1 C | refund: new → 1 A | processing: 1 C → 1 B',
      '1→2: 2 A, 1→3: 1 A, 1→4: 1 B, 4→2: 1 C',
      '1→2: 3 A, 1→4: 1 B, 4→2: 1 C, 2→3: 1 A',
    ],
  ]);

  itLeavesAll([
    [
      'but not in a stored shipment without the article',
      'processing: 1 A → gone | shipment: 2 B → 1 B | refund: new → 1 A, 1 B',
      '1→3: 1 A, 2→3: 1 B',
    ],
    [
      'but not in a stored shipment with only one of the articles',
      'processing: 1 A, 1 C → gone | shipment: 1 A, 2 B → 1 A, 1 B | refund: new → 1 A, 1 C, 1 B',
      '1→3: 1 A, 1→3: 1 C, 2→3: 1 B',
    ],
    [
      'but not in a shipment that is removed',
      'processing: 1 A → gone | shipment: 1 A → gone | refund: new → 2 A',
      '1→3: 1 A, 2→3: 1 A',
    ],
    [
      'but shipped units were not shipped again, even if they are refunded on an earlier day',
      'shipment tuesday: 1 A → gone | shipment: new → 1 B | refund monday: new → 1 A',
      '1→3: 1 A',
    ],
    [
      'but not in a shipment of a later day',
      'processing: 1 A → gone | shipment tuesday: new → 1 B | refund monday: new → 1 A',
      '1→3: 1 A',
    ],
  ]);

  it(`with at most ${MAX_ROUTES} routes`, () => {
    const shippedIn = (shipments: number): string => {
      const packages = Array.from({ length: shipments }, () => 'shipment: new → 1 A').join(' | ');
      const moves = Array.from({ length: shipments }, (_, n) => `1→${n + 2}: 1 A`).join(', ');
      const refund = shipments + 2;
      return detoursIn(
        `processing: ${shipments + 1} A → gone | ${packages} | refund: new → 1 A`,
        `${moves}, 1→${refund}: 1 A`,
      );
    };
    expect(shippedIn(MAX_ROUTES - 1)).toMatch(/, 2→101: 1 A$/);
    expect(shippedIn(MAX_ROUTES)).toMatch(/, 1→102: 1 A$/);
  });
});

describe('units move along routes that are in use and more plausible', () => {
  /** Incoming units that move to another incoming package: through processing, they leave it before they enter it. */
  const transfer = (stored: string, sent = stored): string =>
    `incoming: 3 A, 1 B → gone | processing: ${stored}, 1 C → ${sent}, 1 B | incoming: 1 D → 1 D, 3 A, 1 C | shipment: 1 A → 5 A`;
  const moves = '1→3: 3 A, 1→2: 1 B, 2→3: 1 C';
  const through = '1→2: 1 B, 2→3: 1 C, 1→2: 3 A, 2→3: 3 A';

  itLeads([
    [
      'through processing before they are shipped',
      'incoming: 2 A, 1 B → gone | processing: 1 C → 1 B | shipment: new → 2 A, 1 C',
      '1→3: 2 A, 1→2: 1 B, 2→3: 1 C',
      '1→2: 1 B, 2→3: 1 C, 1→2: 2 A, 2→3: 2 A',
    ],
    ['out of a package before they move into it, if it has as many', transfer('3 A'), moves, through],
    [
      'out of a package before they move into it, if it has as many besides those that are shipped',
      transfer('7 A', '3 A'),
      `${moves}, 2→4: 4 A`,
      '1→2: 1 B, 2→3: 1 C, 2→4: 4 A, 1→2: 3 A, 2→3: 3 A',
    ],
  ]);

  itLeavesAll([
    ['but not out of a package before they move into it, if it has less', transfer('2 A'), moves],
    ['but not if it has less besides those that are shipped', transfer('6 A', '2 A'), `${moves}, 2→4: 4 A`],
    ['but not if it has no line of the article', transfer('3 E'), moves],
    [
      'but not if it has less of one of the articles',
      'incoming: 3 A, 2 F, 1 B → gone | processing: 3 A, 1 F, 1 C → 3 A, 1 F, 1 B | incoming: 1 D → 1 D, 3 A, 2 F, 1 C',
      '1→3: 3 A, 1→3: 2 F, 1→2: 1 B, 2→3: 1 C',
    ],
    [
      'but not if it has less of the article than two lines need',
      'incoming: 2 A, 2 A large, 1 B → gone | processing: 3 A, 1 C → 3 A, 1 B | incoming: 1 D → 1 D, 2 A, 2 A large, 1 C',
      '1→3: 2 A, 1→3: 2 A, 1→2: 1 B, 2→3: 1 C',
    ],
  ]);
});

describe('units that already lead through a line', () => {
  const heldBefore = (held: number): string =>
    `on_hold: ${held} A, 1 B → ${held} A | processing: 1 C → 1 B | shipment: new → 3 A, 1 C | processing: 3 A → gone`;
  const heldAfter = (held: number, target: string): string =>
    `incoming: 3 A, 1 B → gone | processing: 1 C → 1 B | on_hold: ${held} A → ${held} A, 1 C | ${target}: 1 D → 1 D, 3 A`;

  it('still enter it before they leave it', () => {
    const [moves, led] = ['1→2: 1 B, 2→3: 1 C, 4→3: 3 A', { from: 4, to: 3, through: 1 }];
    expect(detoursIn(heldBefore(2), moves, led)).toBe('1→2: 1 B, 2→3: 1 C, 4→1: 3 A, 1→3: 3 A');
    expect(detoursIn(heldBefore(3), moves, led)).toBe('1→2: 1 B, 2→3: 1 C, 4→1: 3 A, 1→2: 3 A, 2→3: 3 A');
    const refunded = 'processing: 2 A | shipment: new → 1 B | refund: 1 A → 4 A | incoming: 3 A → gone';
    const arrived = { from: 4, to: 3, through: 1 };
    expect(detoursIn(refunded, '4→3: 3 A', arrived)).toBe('4→1: 3 A, 1→2: 3 A, 2→3: 3 A');
  });

  it('still leave it after they entered it', () => {
    const [moves, led] = ['1→2: 1 B, 2→3: 1 C, 1→4: 3 A', { from: 1, to: 4, through: 3 }];
    const direct = '1→2: 1 B, 2→3: 1 C, 1→3: 3 A, 3→4: 3 A';
    const detour = '1→2: 1 B, 2→3: 1 C, 3→4: 3 A, 1→2: 3 A, 2→3: 3 A';
    expect(detoursIn(heldAfter(2, 'processing'), moves, led)).toBe(direct);
    expect(detoursIn(heldAfter(3, 'processing'), moves, led)).toBe(detour);
    expect(detoursIn(heldAfter(2, 'shipment'), moves, led)).toBe(detour);
  });
});
