import { movesOf, traceOf, unitsOf } from '../../../../test/traces';
import { refineTrace } from './plausible-trace';

/**
 * The moves of the refined trace, the units that are ordered in stored lines before any move, the units in lines that
 * exist `between` two events only, and the number of stored lines that are involved.
 */
function refined(packages: string, moves: string): string {
  const { trace, steps, typesOf, shipmentsWith } = traceOf(
    packages.split(' | '),
    moves === '' ? [] : moves.split(', '),
  );
  const { flows, orderedFirst, transitLines, supplies } = refineTrace(trace, steps, typesOf, shipmentsWith);
  return [
    ...movesOf(flows),
    ...unitsOf(orderedFirst).map((each) => `ordered ${each}`),
    ...unitsOf(transitLines.map((each) => [each, each.line.quantity])).map((each) => `between ${each}`),
    `${supplies.length} stored`,
  ].join(', ');
}

describe('a trace is refined', () => {
  it.each([
    [
      'by earlier orders of units that are implausible as added ones',
      'processing: 6 A → 2 A | shipment: new → 6 A',
      '1→2: 4 A',
      '1→2: 6 A, ordered 1: 2 A, 1 stored',
    ],
    [
      'by detours of implausible routes, also through lines that stay the same',
      'processing: 1 A → gone | shipment: 1 A | refund: new → 1 A',
      '1→3: 1 A',
      '1→2: 1 A, 2→3: 1 A, 2 stored',
    ],
    [
      'by detours that need less events, of three or more plausible routes',
      'processing: 2 A, 1 B → gone | processing: 1 C → 1 B | shipment: new → 2 A, 1 C',
      '1→3: 2 A, 1→2: 1 B, 2→3: 1 C',
      '1→2: 1 B, 2→3: 1 C, 1→2: 2 A, 2→3: 2 A, between 2: 2 A, 3 stored',
    ],
    [
      'by earlier orders that a detour made possible',
      'incoming: 1 B, 2 C → gone | processing: 5 A → 5 A, 1 B | shipment: 1 D → 1 D, 2 C, 1 A',
      '1→2: 1 B, 1→3: 2 C',
      '1→2: 1 B, 1→2: 2 C, 2→3: 2 C, 2→3: 1 A, ordered 2: 1 A, between 2: 2 C, 3 stored',
    ],
  ])('%s', (_, packages, moves, outcome) => {
    expect(refined(packages, moves)).toBe(outcome);
  });
});

describe('a trace stays as it is', () => {
  it.each([
    ['if all packages are new', 'shipment: new → 3 A | refund: new → 1 A', '', '0 stored'],
    [
      'if it is plausible and has one or two routes, although units of a new package could have been ordered before',
      'processing: 5 A → gone | processing: new → 4 A | shipment: new → 2 A',
      '1→2: 3 A, 1→3: 2 A',
      '1→2: 3 A, 1→3: 2 A, 1 stored',
    ],
  ])('%s', (_, packages, moves, outcome) => {
    expect(refined(packages, moves)).toBe(outcome);
  });
});
