import { line, pack, type PackageParts } from '../../../../test/builders';
import { choosePairs, type Pairing } from './choose-pairs';
import type { KeyedPackage, LineItem, Package, PackageType } from '../purchase';
import type { StepBudget } from './route-search';

const [monday, tuesday] = ['2026-02-02T10:00:00.000Z', '2026-02-03T10:00:00.000Z'];
const mugs = (quantity: number): LineItem[] => [line('Mug', quantity)];
const cups = (quantity: number): LineItem[] => [line('Cup', quantity)];
const shipment = (items: LineItem[], more?: PackageParts): Package => pack('shipment', items, more);
const waiting = (): Package => pack('processing', mugs(1));

interface Situation {
  /** The packages of pairs that an identifier proves, of uncertain pairs, and of none. */
  certain?: readonly (readonly [Package, Package])[];
  uncertain?: readonly (readonly [Package, Package])[];
  removed?: readonly Package[];
  added?: readonly Package[];
  /** The cost of the events of a pairing; 10 without. */
  costs?: Readonly<Record<string, number>>;
  /** Does the search for moves of a pairing. */
  spend?: (budget: StepBudget | undefined) => void;
  /** The order of the added packages. */
  sort?: (added: readonly Package[]) => readonly Package[];
}

/**
 * Stored packages have the keys 1, 2 …, sent ones the letters a, b …: those of certain pairs first, then of uncertain
 * ones, then the others. A pairing is told as `1a 2b, removed 3, added c`.
 */
function choose({ certain = [], uncertain = [], removed = [], added = [], costs = {}, ...more }: Situation) {
  const keyed = (each: Package, index: number): KeyedPackage => ({
    ...each,
    key: index + 1,
    items: each.items.map((item) => ({ ...item, key: 1 })),
  });
  const pairs = [...certain, ...uncertain];
  const before = [...pairs.map(([each]) => each), ...removed].map(keyed);
  const after = [...pairs.map(([, each]) => each), ...added].map((each) => ({ ...each }));
  const matched = pairs.map((_, index): [KeyedPackage, Package] => [before[index]!, after[index]!]);
  const letterOf = (each: Package): string => String.fromCharCode(97 + after.indexOf(each));
  const textOf = ({ pairs, onlyBefore, onlyAfter }: Pairing): string =>
    [
      pairs
        .map(([b, a]) => `${b.key}${letterOf(a)}`)
        .sort()
        .join(' '),
      ...(onlyBefore.length > 0 ? [`removed ${onlyBefore.map(({ key }) => key).join(' ')}`] : []),
      ...(onlyAfter.length > 0 ? [`added ${onlyAfter.map(letterOf).join(' ')}`] : []),
    ]
      .filter((each) => each !== '')
      .join(', ');
  const compared: string[] = [];
  const { pairing, result } = choosePairs(
    {
      pairs: matched,
      // The most similar ones first, whatever their keys are.
      uncertain: matched.slice(certain.length).toReversed(),
      onlyBefore: before.slice(pairs.length),
      onlyAfter: after.slice(pairs.length),
    },
    more.sort ?? ((all) => [...all].sort((a, b) => after.indexOf(a) - after.indexOf(b))),
    (each, budget) => {
      more.spend?.(budget);
      compared.push(textOf(each));
      return { cost: costs[textOf(each)] ?? 10 };
    },
  );
  return { chosen: textOf(pairing), cost: result.cost, compared };
}

describe('pairs of packages that no identifier proves', () => {
  it('stay if no other pairing costs less', () => {
    expect(choose({ uncertain: [[waiting(), waiting()]] })).toEqual({
      chosen: '1a',
      cost: 10,
      compared: ['1a', 'removed 1, added a'],
    });
  });

  it('are split if that costs less', () => {
    const costs = { 'removed 1, added a': 9 };
    expect(choose({ uncertain: [[waiting(), waiting()]], costs })).toEqual({
      chosen: 'removed 1, added a',
      cost: 9,
      // The cheaper pairing is compared with those that differ from it.
      compared: ['1a', 'removed 1, added a', '1a'],
    });
  });

  it('are exchanged, or one of them is replaced, if that costs less', () => {
    const uncertain = [
      [waiting(), waiting()],
      [waiting(), waiting()],
    ] as const;
    const costs = { '1b 2a': 9 };
    expect(choose({ uncertain, costs })).toMatchObject({ chosen: '1b 2a', cost: 9 });
    const added = [waiting()];
    expect(choose({ uncertain, added, costs: { '1c 2b, added a': 9 } }).chosen).toBe('1c 2b, added a');
    expect(choose({ uncertain, removed: added, costs: { '1a 3b, removed 2': 9 } }).chosen).toBe('1a 3b, removed 2');
  });

  it('are built from removed and added packages if that costs less, the cheapest first', () => {
    const situation = { removed: [waiting(), waiting()], added: [waiting()] };
    expect(choose({ ...situation, costs: { '1a, removed 2': 9, '2a, removed 1': 8 } })).toEqual({
      chosen: '2a, removed 1',
      cost: 8,
      compared: ['removed 1 2, added a', '1a, removed 2', '2a, removed 1', '1a, removed 2', 'removed 1 2, added a'],
    });
  });

  it('change in several steps if each costs less', () => {
    const uncertain = [
      [waiting(), waiting()],
      [waiting(), waiting()],
      [waiting(), waiting()],
    ] as const;
    expect(choose({ uncertain, costs: { '1b 2a 3c': 9, '1b 2c 3a': 8 } }).chosen).toBe('1b 2c 3a');
  });

  it('are looked for from no pairs as well, if there are two or more', () => {
    const uncertain = [
      [waiting(), waiting()],
      [waiting(), waiting()],
    ] as const;
    const none = 'removed 1 2, added a b';
    expect(choose({ uncertain, costs: { [none]: 9 } })).toEqual({
      chosen: none,
      cost: 9,
      compared: [
        ...['1a 2b', '1b 2a', '2b, removed 1, added a', '1a, removed 2, added b'],
        ...[
          none,
          '1a, removed 2, added b',
          '1b, removed 2, added a',
          '2a, removed 1, added b',
          '2b, removed 1, added a',
        ],
      ],
    });
    expect(choose({ uncertain, costs: { [none]: 11, '1b, removed 2, added a': 9 } }).chosen).toBe(
      '1b, removed 2, added a',
    );
    expect(choose({ uncertain, costs: { [none]: 10 } }).chosen).toBe('1a 2b');
  });

  it('are compared without the pairs that an identifier proves', () => {
    expect(choose({ certain: [[waiting(), waiting()]], uncertain: [[waiting(), waiting()]] }).compared).toEqual([
      '1a 2b',
      '1a, removed 2, added b',
    ]);
    expect(choose({ certain: [[waiting(), waiting()]], removed: [waiting()], added: [waiting()] }).compared).toEqual([
      '1a, removed 2, added b',
      '1a 2b',
    ]);
  });

  it('are not compared if packages are only removed or only added', () => {
    expect(choose({ removed: [waiting(), waiting()] }).compared).toEqual(['removed 1 2']);
    expect(choose({ added: [waiting(), waiting()] }).compared).toEqual(['added a b']);
  });

  it('are compared with added packages in their business order', () => {
    const reversed = (all: readonly Package[]): Package[] => [...all].sort((a, b) => b.items.length - a.items.length);
    const one = pack('processing', [...mugs(1)]);
    const two = pack('processing', [...mugs(1), ...cups(1)]);
    const three = pack('processing', [...mugs(1), ...cups(1), line('Tea', 1)]);
    const { compared } = choose({ uncertain: [[one, two]], added: [one, three], sort: reversed });
    expect(compared).toEqual(['1a, added c b', '1c, added a b', '1b, added c a', 'removed 1, added c a b']);
  });

  it('are compared for up to 12 packages', () => {
    const uncertain = Array.from({ length: 10 }, () => [waiting(), waiting()] as const);
    const few = { uncertain, removed: [waiting()], added: [waiting()] };
    expect(choose(few).compared.length).toBeGreaterThan(1);
    expect(choose({ ...few, removed: [waiting(), waiting()] }).compared).toHaveLength(1);
  });
});

describe('a removed and an added package can be one', () => {
  const dated = (shippedAt: string, name?: string): PackageParts => ({ dates: { shippedAt }, name });
  const named = (type: PackageType, identifiers: Package['identifiers']): Package =>
    pack(type, mugs(1), { identifiers });

  it.each<[boolean, string, Package, Package]>([
    [true, 'shipments with an article in common', shipment(mugs(1)), shipment([...cups(2), ...mugs(2)])],
    [false, 'shipments with no article in common', shipment(mugs(1)), shipment(cups(1))],
    [true, 'pending packages, whatever they contain', waiting(), pack('processing', cups(1))],
    [false, 'packages of two types', waiting(), shipment(mugs(1))],
    [
      true,
      'packages of two types with one identifier in common',
      named('processing', { internal: 'I', visible: 'V-1' }),
      named('shipment', { internal: 'I', visible: 'V-2' }),
    ],
    [
      false,
      'packages of two types with other identifiers',
      named('processing', { internal: 'I-1' }),
      named('shipment', { internal: 'I-2' }),
    ],
    [false, 'shipments of two days', shipment(mugs(1), dated(monday)), shipment(mugs(1), dated(tuesday))],
    [true, 'shipments of one day', shipment(mugs(1), dated(monday)), shipment(mugs(1), dated(monday))],
    [
      true,
      'shipments of two numbers and equal items',
      shipment(mugs(1), { name: 'S-1' }),
      shipment(mugs(1), { name: 'S-2' }),
    ],
    [
      false,
      'shipments of two numbers and other items',
      shipment(mugs(1), { name: 'S-1' }),
      shipment(mugs(2), { name: 'S-2' }),
    ],
    [
      true,
      'shipments of two numbers and one day with an article in common',
      shipment(mugs(1), dated(monday, 'S-1')),
      shipment(mugs(2), dated(monday, 'S-2')),
    ],
    [
      false,
      'shipments of two numbers and one day with no article in common',
      shipment(mugs(1), dated(monday, 'S-1')),
      shipment(cups(1), dated(monday, 'S-2')),
    ],
  ])('(%s) %s', (canBeOne, _, before, after) => {
    expect(choose({ removed: [before], added: [after] }).compared.includes('1a')).toBe(canBeOne);
  });

  it('in an exchange of two pairs: both of them', () => {
    const mug = [shipment(mugs(1)), shipment(mugs(1))] as const;
    const cup = [shipment([...mugs(1), ...cups(1)]), shipment(cups(1))] as const;
    const both = [shipment([...mugs(1), ...cups(1)]), shipment([...mugs(1), ...cups(1)])] as const;
    expect(choose({ uncertain: [mug, cup] }).compared).not.toContain('1b 2a');
    expect(choose({ uncertain: [cup, mug] }).compared).not.toContain('1b 2a');
    expect(choose({ uncertain: [mug, both] }).compared).toContain('1b 2a');
  });
});

describe('the comparison of pairings ends after 150,000 steps', () => {
  /** A pairing of 10 lines and packages: 1,000 steps each. */
  const situation = (): Situation => ({
    certain: [[shipment(mugs(1)), shipment(mugs(1))]],
    removed: [pack('processing', [...mugs(1), ...cups(1)])],
    added: [pack('processing', [...mugs(1), ...cups(1)])],
  });

  /** Each pairing costs less than the one before, so that the search has no other end. */
  const falling = (): Readonly<Record<string, number>> => {
    let cost = 1_000;
    return new Proxy({}, { get: () => --cost });
  };

  it('100 for each line and package, apart from the first pairing', () => {
    expect(choose({ ...situation(), costs: falling() }).compared).toHaveLength(151);
  });

  it('and up to 20,000 for the search for moves of each pairing', () => {
    const given: (number | undefined)[] = [];
    const spend = (budget: StepBudget | undefined): void => {
      given.push(budget?.left);
      if (budget !== undefined) budget.left = 0;
    };
    choose({ ...situation(), costs: falling(), spend });
    expect(given).toEqual([undefined, ...Array.from({ length: 7 }, () => 20_000), 2_000]);
  });

  it('and only the steps that a search for moves used count', () => {
    const spend = (budget: StepBudget | undefined): void => {
      if (budget !== undefined) budget.left -= 4_000;
    };
    expect(choose({ ...situation(), costs: falling(), spend }).compared).toHaveLength(31);
  });

  it('which may prevent the search from no pairs', () => {
    const uncertain = Array.from({ length: 3 }, () => [waiting(), waiting()] as const);
    const spend = (budget: StepBudget | undefined): void => {
      if (budget !== undefined) budget.left = 0;
    };
    const costs = { '1b 2a 3c': 9, 'removed 1 2 3, added a b c': 1 };
    expect(choose({ uncertain, costs, spend }).chosen).toBe('1b 2a 3c');
    expect(choose({ uncertain, costs }).chosen).toBe('removed 1 2 3, added a b c');
  });
});
