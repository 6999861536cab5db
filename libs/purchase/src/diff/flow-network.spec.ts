import { line, pack } from '../../../../test/builders';
import { articleKeyOf, FlowNetwork, MultiMap } from './flow-network';
import type { Demand, Flow, OpenLine, Supply } from './flows';
import type { PackageChange } from './open-lines';
import type { KeyedPackage, LineItem, LineKey, PackageKey, PackageType } from '../purchase';
import { type PackageTypes, routeCost } from './routes';
import { Stock } from './stock';

const of = (type: PackageType): PackageTypes => ({ before: type, after: type });
const TYPES: Readonly<Record<PackageKey, PackageTypes>> = {
  1: of('processing'),
  2: of('shipment'),
  3: of('refund'),
  4: { before: 'processing', after: 'shipment' },
};

const openLine = (item: LineItem, at: PackageKey = 1): OpenLine<LineItem> => ({
  package: at,
  line: item,
  matchKey: (rule) => rule.before(item.details),
});
const supply = (at: PackageKey, key: LineKey, quantity = 5, sku = 'Mug'): Supply => ({
  ...openLine(line(sku, quantity), at),
  line: { ...line(sku, quantity), key },
  left: 0,
});
const demand = (at: PackageKey, key: LineKey, quantity = 5, more: Partial<Demand> & { sku?: string } = {}): Demand => ({
  ...openLine(line(more.sku ?? 'Mug', quantity), at),
  key,
  left: 0,
  ...more,
});
/** A stored line and the sent line that continues it. */
function kept(at: PackageKey, key: LineKey, before = 5, after = before): { was: Supply; is: Demand } {
  const was = supply(at, key, before);
  const is = demand(at, key, after, { source: was });
  was.successor = is;
  return { was, is };
}
const flow = (from: Supply, to: Demand, quantity = 1): Flow => ({ supply: from, demand: to, quantity });

function networkOf(
  flows: readonly Flow[],
  demands: readonly Demand[] = [],
  steps: readonly PackageChange[] = [],
): FlowNetwork {
  const trace = { supplies: [], demands, flows, nextLineKey: 100 };
  const supplies = flows.map((each) => each.supply);
  return new FlowNetwork(trace, demands, (key) => TYPES[key]!, new Stock(steps, supplies, () => []));
}

const told = (flows: readonly Flow[]): string[] =>
  flows.map((each) => `${each.supply.line.key}→${each.demand.key}: ${each.quantity}`);

it('a multi-map keeps the values of a key in order', () => {
  const map = new MultiMap<number>();
  map.add('a', 2);
  map.add('a', 1);
  map.add('b', 3);
  expect([map.get('a'), map.get('b'), map.get('c')]).toEqual([[2, 1], [3], []]);
});

describe('the article of a line', () => {
  const keyOf = (item: LineItem): string => articleKeyOf(openLine(item));
  const unnamed = (name: string): LineItem => line(name, 1, 100, { sku: undefined });

  it('is its identifiers, whatever its name is', () => {
    expect(keyOf(line('Mug', 1))).toBe(keyOf(line('Mug', 2, 50, { nameParent: 'Big mug' })));
    expect(keyOf(line('Mug', 1))).not.toBe(keyOf(line('Cup', 1)));
  });

  it('is its name if it has no identifier', () => {
    expect(keyOf(unnamed('Mug'))).toBe(keyOf(unnamed('Mug')));
    expect(keyOf(unnamed('Mug'))).not.toBe(keyOf(unnamed('Cup')));
  });
});

describe('the flows of a network', () => {
  it('are listed by route; those within a package are no route', () => {
    const [from, other] = [supply(1, 10), supply(1, 11)];
    const network = networkOf([
      flow(from, demand(2, 20), 1),
      flow(other, demand(2, 21), 2),
      flow(from, demand(3, 30), 3),
      flow(from, demand(1, 12), 4),
    ]);
    expect(network.allRoutes().map(told)).toEqual([['10→20: 1', '11→21: 2'], ['10→30: 3']]);
    expect(told(network.allFlows())).toEqual(['10→20: 1', '11→21: 2', '10→30: 3', '10→12: 4']);
    expect([network.hasRoute(1, 2), network.hasRoute(2, 1), network.hasRoute(1, 1)]).toEqual([true, false, false]);
    expect([1, 2, 3, 4].map(network.neighboursOf)).toEqual([[2, 3], [1], [1], []]);
    network.removeRoute(1, 2);
    expect([network.hasRoute(1, 2), network.hasRoute(1, 3)]).toEqual([false, true]);
  });

  it('between the same lines are one flow', () => {
    const [from, to] = [supply(1, 10), demand(2, 20)];
    const network = networkOf([flow(from, to, 1)]);
    network.add(flow(from, to, 2));
    network.add(flow(from, demand(2, 21), 4));
    expect(network.allRoutes().map(told)).toEqual([['10→20: 3', '10→21: 4']]);
  });

  it('out of pending packages are found by their target, and by article if that is a shipment', () => {
    const network = networkOf([
      flow(supply(1, 10), demand(2, 20)),
      flow(supply(1, 11, 5, 'Cup'), demand(2, 21, 5, { sku: 'Cup' })),
      flow(supply(1, 10), demand(3, 30)),
      flow(supply(4, 40), demand(2, 20)),
      flow(supply(1, 10), demand(4, 41)),
      flow(supply(2, 22), demand(3, 30)),
      flow(supply(2, 22), demand(4, 41)),
    ]);
    const mug = openLine(line('Mug', 1));
    expect(told(network.pendingFlowsInto(2, mug))).toEqual(['10→20: 1', '40→20: 1']);
    expect(told(network.pendingFlowsInto(3, mug))).toEqual(['10→30: 1']);
    expect(told(network.shipmentFlows(mug))).toEqual(['10→20: 1', '40→20: 1', '10→41: 1']);
    expect(told(network.shipmentFlows(openLine(line('Cup', 1))))).toEqual(['11→21: 1']);
  });

  it('have the cost of their routes', () => {
    expect(networkOf([]).routeCost(1, 3)).toBe(routeCost(TYPES[1]!, TYPES[3]!));
    expect([1, 2, 3, 4].map(networkOf([]).isPending)).toEqual([true, false, false, true]);
  });
});

describe('the sent line of an article in a package', () => {
  const mug = openLine(line('Mug', 1));

  it('is the one that continues a stored line, among several', () => {
    const { is } = kept(2, 20);
    const added = demand(2, 21);
    expect(networkOf([], [is, added]).sentLineIn(2, mug)).toBe(is);
    expect(networkOf([], [added, is]).sentLineIn(2, mug)).toBe(is);
    expect(networkOf([], [is]).sentLineIn(1, mug)).toBeUndefined();
    expect(networkOf([], [is]).sentLineIn(2, openLine(line('Cup', 1)))).toBeUndefined();
  });

  it('may be an unchanged line, if none changed', () => {
    const items = [line('Mug', 5), line('Cup', 3)];
    const before: KeyedPackage = {
      ...pack('shipment', []),
      key: 2,
      items: items.map((each, key) => ({ ...each, key })),
    };
    const { is } = kept(2, 20);
    const network = networkOf([], [is], [{ key: 2, before, after: pack('shipment', items) }]);
    const cup = network.sentLineIn(2, openLine(line('Cup', 1)));
    expect([cup?.key, cup?.package, cup?.line.quantity, cup?.source?.isUnchanged]).toEqual([1, 2, 3, true]);
    expect(network.sentLineIn(2, openLine(line('Cup', 1)))).toBe(cup);
    expect(network.sentLineIn(2, mug)).toBe(is);
    expect(network.sentLineIn(2, openLine(line('Tea', 1)))).toBeUndefined();
  });
});

describe('a flow that leads through another package', () => {
  it('enters and leaves the sent line there', () => {
    const { was, is } = kept(2, 20);
    const redirected = flow(supply(1, 10), demand(3, 30), 4);
    const network = networkOf([redirected], [is]);
    network.redirect(redirected, 2);
    expect(told(network.allFlows())).toEqual(['10→20: 4', '20→30: 4']);
    expect(network.allFlows()[1]?.supply).toBe(was);
    expect(network.allTransitLines()).toEqual([]);
  });

  it('opens a transit line with a new key if there is none', () => {
    const flows = [
      flow(supply(1, 10), demand(3, 30), 4),
      flow(supply(1, 11, 5, 'Cup'), demand(3, 31, 5, { sku: 'Cup' }), 1),
    ];
    const network = networkOf(flows);
    for (const each of flows) network.redirect(each, 2);
    expect(told(network.allFlows())).toEqual(['10→100: 4', '100→30: 4', '11→101: 1', '101→31: 1']);
    expect(network.allTransitLines().map((each) => [each.package, each.key, each.left])).toEqual([
      [2, 100, 0],
      [2, 101, 0],
    ]);
    const [transit] = network.allTransitLines();
    expect(network.sentLineIn(2, openLine(line('Mug', 1)))).toBe(transit);
    expect(network.sourceOf(transit!)).toBe(network.allFlows()[1]?.supply);
  });

  it('makes an unchanged line part of the trace', () => {
    const { was, is } = kept(2, 20);
    was.isUnchanged = true;
    const network = networkOf([], [is]);
    expect([...network.unchangedLines]).toEqual([]);
    network.add(flow(supply(1, 10), is));
    expect([...network.unchangedLines]).toEqual([was]);
    const other = networkOf([flow(was, demand(3, 30))]);
    expect([...other.unchangedLines]).toEqual([was]);
    expect([...networkOf([flow(supply(1, 10), demand(3, 30))]).unchangedLines]).toEqual([]);
  });
});

describe('units pass through a line', () => {
  /** The flows into and out of each line that units pass through, by its key. */
  const passed = (...flows: Flow[]): Record<LineKey, string[][]> =>
    Object.fromEntries(
      [...networkOf(flows).passedThrough()].map(([each, { into, outOf }]) => [
        each.line.key,
        [told(into), told(outOf)],
      ]),
    );
  const [from, to] = [supply(1, 10), demand(3, 30)];

  it('if it gives more than it had', () => {
    const { was, is } = kept(2, 20, 5, 3);
    expect(passed(flow(from, is, 4), flow(was, to, 6))).toEqual({ 20: [['10→20: 4'], ['20→30: 6']] });
    expect(passed(flow(from, is, 4), flow(was, to, 5))).toEqual({});
    expect(
      passed(flow(from, is, 4), flow(supply(4, 40), is, 1), flow(was, to, 3), flow(was, demand(3, 31), 3)),
    ).toEqual({
      20: [
        ['10→20: 4', '40→20: 1'],
        ['20→30: 3', '20→31: 3'],
      ],
    });
  });

  it('if it is new and gives more than was added in it', () => {
    const through = (left: number): Record<LineKey, string[][]> => {
      const redirected = flow(supply(1, 10), demand(3, 30), 4);
      const network = networkOf([redirected]);
      network.redirect(redirected, 2);
      network.allTransitLines()[0]!.left = left;
      return Object.fromEntries([...network.passedThrough()].map(([each, { into }]) => [each.line.key, [told(into)]]));
    };
    expect(through(0)).toEqual({ 100: [['10→100: 4']] });
    expect(through(3)).toEqual({ 100: [['10→100: 4']] });
    expect(through(4)).toEqual({});
  });

  it('not if it only gets or only gives units, or within its package', () => {
    const { was, is } = kept(2, 20, 5, 3);
    expect(passed(flow(from, is, 9))).toEqual({});
    expect(passed(flow(was, to, 9))).toEqual({});
    expect(passed(flow(from, to, 9))).toEqual({});
    expect(passed(flow(supply(2, 21), is, 9), flow(was, to, 9))).toEqual({});
    expect(passed(flow(from, is, 9), flow(was, demand(2, 22), 9))).toEqual({});
  });
});
