import { demandOf } from '../../../../test/traces';
import type { UnitsByPackage } from './flows';
import type { PackageKey, PackageType } from '../purchase';
import { RouteAllocation } from './route-allocation';
import { additionCost, EVENT_COST, ITEM_COST, type PackageTypes, removalCost, routeCost } from './routes';

const of = (type: PackageType): PackageTypes => ({ before: type, after: type });
const [processing, incoming, shipment, refund] = [of('processing'), of('incoming'), of('shipment'), of('refund')];
const newShipment: PackageTypes = { ...shipment, isNew: true };
const [monday, tuesday] = ['2026-02-02T10:00:00.000Z', '2026-02-03T10:00:00.000Z'];

/** Units by package. */
type Units = Readonly<Record<PackageKey, number>>;
type Route = readonly [from: PackageKey, to: PackageKey];

interface Situation {
  types: Readonly<Record<PackageKey, PackageTypes>>;
  /** The units of each article that are missing from a package, and those that are new in one. */
  articles: readonly (readonly [missing: Units, added: Units])[];
  /** Packages whose remainders cost no further event. */
  free?: { supply?: PackageKey[]; demand?: PackageKey[] };
  /** Packages with a remainder that is an event of its own, in every article. */
  separate?: PackageKey[];
  /** Stored shipments that hold an article, by article. */
  shipments?: readonly (readonly PackageKey[])[];
  /** Shipments that are not in the sent purchase. */
  gone?: PackageKey[];
}

function allocationOf({ types, articles, free = {}, separate = [], shipments = [], gone = [] }: Situation) {
  const unitsOf = (units: Units): UnitsByPackage =>
    new Map(
      Object.entries(units).map(([key, each]) => [
        Number(key),
        { units: each, isSeparateEvent: separate.includes(Number(key)) },
      ]),
    );
  const keysOf = (side: 0 | 1): PackageKey[] =>
    [...new Set(articles.flatMap((each) => Object.keys(each[side]).map(Number)))].sort((a, b) => a - b);
  const [sources, targets] = [keysOf(0), keysOf(1)];
  const allocation = new RouteAllocation(
    {
      sources,
      targets,
      articles: articles.map(([missing, added], index) => ({
        article: { supplies: [], demands: [demandOf(String(index))] },
        supply: unitsOf(missing),
        demand: unitsOf(added),
      })),
    },
    {
      remainders: { supply: new Set(free.supply), demand: new Set(free.demand) },
      typesOf: (key) => types[key] ?? processing,
      shipmentsWith: (each) =>
        (shipments[Number(each.line.details.sku)] ?? []).map((key) => ({ key, isSent: !gone.includes(key) })),
    },
  );
  const choose = ([from, to]: Route) =>
    allocation.choose({ source: sources.indexOf(from), target: targets.indexOf(to) });
  return { allocation, choose };
}

/** The cost of an allocation in which these routes were chosen, one after the other. */
function costOf(situation: Situation, ...routes: Route[]): number {
  const { allocation, choose } = allocationOf(situation);
  for (const route of routes) choose(route);
  return allocation.cost();
}

function boundOf(situation: Situation, ...routes: Route[]): number {
  const { allocation, choose } = allocationOf(situation);
  for (const route of routes) choose(route);
  return allocation.lowerBound();
}

/** The cost of a move of so many articles along a plausible route, or of so many lines that are ordered or removed. */
const event = (items = 1): number => EVENT_COST + ITEM_COST * items;
const refundedDirectly = routeCost(processing, refund) + event();

describe('an allocation', () => {
  const types = { 1: processing, 2: shipment, 3: shipment };

  it('moves all units that a route can take, of all articles, and gives them back', () => {
    const { allocation, choose } = allocationOf({
      types,
      articles: [
        [{ 1: 5 }, { 2: 3 }],
        [{ 1: 2 }, { 2: 9 }],
      ],
    });
    expect(allocation.unitsAlong(0, 0)).toBe(5);
    const before = allocation.cost();
    const taken = choose([1, 2]);
    expect([...taken.units]).toEqual([3, 2]);
    expect(taken.items).toBe(2);
    expect([allocation.supply.total[0], allocation.demand.total[0]]).toEqual([2, 7]);
    expect(allocation.unitsAlong(0, 0)).toBe(0);
    allocation.undo(taken);
    expect([allocation.supply.total[0], allocation.demand.total[0]]).toEqual([7, 12]);
    expect(allocation.cost()).toBe(before);
  });

  it('costs one event for each route, and each of its articles', () => {
    const articles: Situation['articles'] = [
      [{ 1: 5 }, { 2: 3, 3: 2 }],
      [{ 1: 1 }, { 2: 1 }],
    ];
    expect(costOf({ types, articles }, [1, 2], [1, 3])).toBe(event(2) + event());
    expect(costOf({ types: { ...types, 1: incoming }, articles }, [1, 2], [1, 3])).toBe(
      event(2) + event() + 2 * routeCost(incoming, shipment),
    );
  });

  it('costs one event for all lines that are removed from a package, and their implausibility', () => {
    const articles: Situation['articles'] = [
      [{ 2: 1 }, {}],
      [{ 2: 1 }, {}],
    ];
    const lines = 2 * (ITEM_COST + removalCost(shipment));
    expect(costOf({ types, articles })).toBe(EVENT_COST + lines);
    expect(costOf({ types, articles, free: { supply: [2] } })).toBe(lines);
    expect(costOf({ types, articles, separate: [2] })).toBe(2 * EVENT_COST + lines);
    expect(costOf({ types, articles, free: { supply: [2] }, separate: [2] })).toBe(2 * EVENT_COST + lines);
  });

  it('costs one event for all lines that are added to a package, and their implausibility', () => {
    const articles: Situation['articles'] = [
      [{}, { 2: 1 }],
      [{}, { 2: 1 }],
    ];
    const lines = 2 * (ITEM_COST + additionCost(shipment));
    expect(costOf({ types, articles })).toBe(EVENT_COST + lines);
    expect(costOf({ types, articles, free: { demand: [2] } })).toBe(lines);
    expect(costOf({ types, articles, separate: [2] })).toBe(2 * EVENT_COST + lines);
  });
});

describe('pending units that are refunded', () => {
  const types = { 1: processing, 2: newShipment, 3: refund, 4: refund, 5: processing, 9: shipment };
  const articles: Situation['articles'] = [[{ 1: 3 }, { 2: 2, 3: 1 }]];

  it('were shipped in a shipment that is filled from their package: one event more', () => {
    expect(costOf({ types, articles }, [1, 2], [1, 3])).toBe(event() + event());
    const stored = { ...types, 2: shipment };
    expect(costOf({ types: stored, articles }, [1, 2], [1, 3])).toBe(event() + event());
  });

  it('are refunded with other units of that shipment: no event more', () => {
    const more: Situation['articles'] = [...articles, [{ 2: 1 }, { 3: 1 }]];
    const stored = { ...types, 2: shipment };
    expect(costOf({ types: stored, articles: more }, [1, 2], [2, 3], [1, 3])).toBe(event() + event() + ITEM_COST);
    const elsewhere: Situation['articles'] = [...articles, [{ 2: 1 }, { 4: 1 }]];
    expect(costOf({ types: stored, articles: elsewhere }, [1, 2], [2, 4], [1, 3])).toBe(event() + event() + event());
  });

  it('are refunded directly without such a shipment, which is implausible', () => {
    expect(costOf({ types, articles: [[{ 1: 1 }, { 3: 1 }]] }, [1, 3])).toBe(refundedDirectly);
    const late = { ...types, 2: { ...newShipment, completedAt: tuesday }, 3: { ...refund, completedAt: monday } };
    expect(costOf({ types: late, articles }, [1, 2], [1, 3])).toBe(event() + refundedDirectly);
  });

  it('were shipped in a new shipment that is filled from another package: two events more', () => {
    const other: Situation['articles'] = [
      [{ 5: 2 }, { 2: 2 }],
      [{ 1: 1 }, { 3: 1 }],
    ];
    expect(costOf({ types, articles: other }, [5, 2], [1, 3])).toBe(event() + EVENT_COST + event());
    const fromIncoming = { ...types, 1: incoming };
    expect(costOf({ types: fromIncoming, articles: other }, [5, 2], [1, 3])).toBe(
      event() + EVENT_COST + event() + routeCost(incoming, shipment),
    );
    const stored = { ...types, 2: shipment };
    expect(costOf({ types: stored, articles: other }, [5, 2], [1, 3])).toBe(event() + refundedDirectly);
  });

  it('were shipped in a stored shipment that holds the articles: two events more', () => {
    const only: Situation['articles'] = [[{ 1: 2 }, { 3: 1, 4: 1 }]];
    const throughIt = EVENT_COST + event();
    const holding = { types, articles: only, shipments: [[9]] };
    expect(costOf({ ...holding, articles: [[{ 1: 1 }, { 3: 1 }]] }, [1, 3])).toBe(throughIt);
    // The units of the second refund enter the shipment with those of the first.
    expect(costOf(holding, [1, 3], [1, 4])).toBe(throughIt + event());
    expect(costOf({ ...holding, gone: [9] }, [1, 3], [1, 4])).toBe(2 * refundedDirectly);
    const two: Situation['articles'] = [
      [{ 1: 1 }, { 3: 1 }],
      [{ 1: 1 }, { 3: 1 }],
    ];
    expect(costOf({ types, articles: two, shipments: [[9], [9]] }, [1, 3])).toBe(throughIt + ITEM_COST);
    expect(costOf({ types, articles: two, shipments: [[9], []] }, [1, 3])).toBe(refundedDirectly + ITEM_COST);
    expect(costOf({ types, articles: two, shipments: [[], [9]] }, [1, 3])).toBe(refundedDirectly + ITEM_COST);
    // Only the articles of the route have to be in the shipment.
    const other: Situation['articles'] = [
      [{ 5: 1 }, { 2: 1 }],
      [{ 1: 1 }, { 3: 1 }],
    ];
    const opened = { ...types, 2: shipment };
    expect(costOf({ types: opened, articles: other, shipments: [[], [9]] }, [5, 2], [1, 3])).toBe(event() + throughIt);
  });

  it('enter a shipment from each package by an event of its own', () => {
    const both: Situation['articles'] = [
      [
        { 1: 1, 5: 1 },
        { 3: 1, 4: 1 },
      ],
    ];
    const throughIt = EVENT_COST + event();
    expect(costOf({ types, articles: both, shipments: [[9]] }, [1, 3], [5, 4])).toBe(2 * throughIt);
  });
});

describe('added units', () => {
  const types = { 1: processing, 2: shipment, 3: shipment, 4: refund };

  it('of a shipment were ordered in the pending package that fills it with the article', () => {
    expect(costOf({ types, articles: [[{ 1: 2 }, { 2: 5 }]] }, [1, 2])).toBe(event() + EVENT_COST);
    // By one order for all shipments.
    expect(costOf({ types, articles: [[{ 1: 2 }, { 2: 1, 3: 5 }]] }, [1, 2], [1, 3])).toBe(2 * event() + EVENT_COST);
    const both: Situation['articles'] = [
      [
        { 1: 2, 5: 1 },
        { 2: 5, 3: 5 },
      ],
    ];
    expect(costOf({ types, articles: both }, [1, 2], [5, 3])).toBe(2 * event() + EVENT_COST);
  });

  it('of another article were ordered there too if the shipment is new', () => {
    const articles: Situation['articles'] = [
      [{ 1: 2 }, { 2: 2 }],
      [{}, { 2: 1 }],
    ];
    expect(costOf({ types, articles }, [1, 2])).toBe(event() + event() + additionCost(shipment));
    expect(costOf({ types: { ...types, 2: newShipment }, articles }, [1, 2])).toBe(event() + EVENT_COST);
    const elsewhere: Situation['articles'] = [
      [{ 1: 2 }, { 2: 2 }],
      [{}, { 3: 1 }],
    ];
    expect(costOf({ types: { ...types, 3: newShipment }, articles: elsewhere }, [1, 2])).toBe(
      event() + event() + additionCost(shipment),
    );
  });

  it('of a pending package, or of a shipment filled from elsewhere, were not ordered before', () => {
    expect(costOf({ types: { 1: processing, 2: processing }, articles: [[{ 1: 2 }, { 2: 5 }]] }, [1, 2])).toBe(
      event() + event(),
    );
    expect(costOf({ types: { 1: shipment, 2: shipment }, articles: [[{ 1: 2 }, { 2: 5 }]] }, [1, 2])).toBe(
      event() + routeCost(shipment, shipment) + event() + additionCost(shipment),
    );
  });

  it('of a refund were ordered and shipped in the shipment that is filled with the article', () => {
    const articles: Situation['articles'] = [[{ 1: 2 }, { 2: 2, 4: 1 }]];
    expect(costOf({ types, articles }, [1, 2])).toBe(event() + EVENT_COST + EVENT_COST);
    const refunded: Situation['articles'] = [...articles, [{ 2: 1 }, { 4: 1 }]];
    expect(costOf({ types, articles: refunded }, [1, 2], [2, 4])).toBe(event() + event() + EVENT_COST);
    const another: Situation['articles'] = [
      [{ 1: 2 }, { 2: 2 }],
      [{}, { 4: 1 }],
    ];
    expect(costOf({ types, articles: another }, [1, 2])).toBe(event() + event() + additionCost(refund));
  });

  it('of a refund are a replacement that was returned, if a new shipment has added units of the article', () => {
    const articles: Situation['articles'] = [[{}, { 2: 2, 4: 1 }]];
    const sent = event() + additionCost(shipment);
    const invented = event() + additionCost(refund);
    const replaced = costOf({ types: { ...types, 2: newShipment }, articles });
    expect(replaced).toBeGreaterThan(sent + EVENT_COST);
    expect(replaced).toBeLessThan(sent + invented);
    expect(costOf({ types, articles })).toBe(sent + invented);
    // A pending package has units left that can be refunded, or the article is another.
    const left: Situation['articles'] = [[{ 1: 1 }, { 2: 2, 4: 1 }]];
    expect(costOf({ types: { ...types, 2: newShipment }, articles: left })).toBe(sent + invented + event());
    const gone: Situation['articles'] = [[{ 3: 1 }, { 2: 2, 4: 1 }]];
    expect(costOf({ types: { ...types, 2: newShipment }, articles: gone })).toBe(
      replaced + event() + removalCost(shipment),
    );
    const otherLeft: Situation['articles'] = [...articles, [{ 1: 1 }, {}]];
    expect(costOf({ types: { ...types, 2: newShipment }, articles: otherLeft })).toBe(replaced + event());
    const other: Situation['articles'] = [
      [{}, { 2: 2 }],
      [{}, { 4: 1 }],
    ];
    expect(costOf({ types: { ...types, 2: newShipment }, articles: other })).toBe(sent + invented);
    const late = { ...types, 2: { ...newShipment, completedAt: tuesday }, 4: { ...refund, completedAt: monday } };
    expect(costOf({ types: late, articles })).toBe(sent + invented);
  });
});

describe('the lower bound of the cost', () => {
  const types = { 1: processing, 2: processing, 3: shipment, 4: shipment, 5: refund, 6: shipment };

  it('is an event for each package with units left, on the side with more of them', () => {
    expect(boundOf({ types, articles: [[{ 1: 1, 2: 1 }, { 3: 2 }]] })).toBe(2 * EVENT_COST);
    expect(boundOf({ types, articles: [[{ 1: 2 }, { 3: 1, 4: 1 }]] })).toBe(2 * EVENT_COST);
    expect(boundOf({ types, articles: [[{ 1: 2 }, { 3: 1, 4: 1 }]] }, [1, 3])).toBe(2 * EVENT_COST);
  });

  it('counts the implausibility of the chosen routes', () => {
    expect(boundOf({ types, articles: [[{ 6: 1 }, { 3: 1 }]] }, [6, 3])).toBe(
      EVENT_COST + routeCost(shipment, shipment),
    );
  });

  it('counts no event that a shipment in between may save', () => {
    expect(boundOf({ types, articles: [[{ 1: 1, 2: 1 }, { 5: 2 }]] })).toBe(0);
    expect(boundOf({ types, articles: [[{ 1: 2 }, { 5: 2 }]] }, [1, 5])).toBe(0);
    expect(boundOf({ types, articles: [[{ 4: 1, 6: 1 }, { 5: 2 }]] })).toBe(2 * EVENT_COST);
    expect(boundOf({ types, articles: [[{ 4: 2 }, { 5: 2 }]] }, [4, 5])).toBe(EVENT_COST);
  });

  it('counts no package that changes in any case, unless a remainder is an event of its own', () => {
    const articles: Situation['articles'] = [
      [{ 1: 1 }, { 3: 1 }],
      [{ 2: 1 }, {}],
    ];
    const free = { supply: [1, 2], demand: [3] };
    expect(boundOf({ types, articles, free })).toBe(0);
    expect(boundOf({ types, articles, free, separate: [2] })).toBe(EVENT_COST);
    expect(boundOf({ types, articles, free, separate: [3] })).toBe(EVENT_COST);
    expect(boundOf({ types, articles, free, separate: [1, 3] }, [1, 3])).toBe(EVENT_COST);
    const half: Situation['articles'] = [
      [{ 1: 2 }, { 3: 1 }],
      [{ 2: 1 }, {}],
    ];
    expect(boundOf({ types, articles: half, free, separate: [1] }, [1, 3])).toBe(2 * EVENT_COST);
  });
});
