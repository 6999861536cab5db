import { demandOf } from '../../../../test/traces';
import type { Demand, TransportProblem } from './flows';
import { canRefund, type Passage, PassableShipments } from './passable-shipments';
import type { PackageKey, PackageType } from '../purchase';
import { type PackageTypes, routeCost } from './routes';
import type { ShipmentOfArticle } from './stock';

const of = (type: PackageType, more: Partial<PackageTypes> = {}): PackageTypes => ({
  before: type,
  after: type,
  ...more,
});
const becoming = (before: PackageType, after: PackageType): PackageTypes => ({ before, after });
const [processing, onHold, shipment, refund] = [of('processing'), of('on_hold'), of('shipment'), of('refund')];
const [monday, tuesday] = ['2026-02-02T10:00:00.000Z', '2026-02-03T10:00:00.000Z'];

describe('units can be refunded', () => {
  it.each<[boolean, string, PackageTypes, PackageTypes]>([
    [true, 'from a shipment to a refund', shipment, refund],
    [true, 'from a package that became a shipment', becoming('processing', 'shipment'), refund],
    [true, 'to a package that became a refund', shipment, becoming('shipment', 'refund')],
    [true, 'after they were shipped', of('shipment', { completedAt: monday }), of('refund', { completedAt: tuesday })],
    [
      false,
      'before they were shipped',
      of('shipment', { completedAt: tuesday }),
      of('refund', { completedAt: monday }),
    ],
    [false, 'from a pending package', processing, refund],
    [false, 'from a package that is no longer a shipment', becoming('shipment', 'processing'), refund],
    [false, 'to a package that is no longer a refund', shipment, becoming('refund', 'cancelled')],
    [false, 'from another refund', refund, refund],
    [false, 'to a cancellation', shipment, of('cancelled')],
    [false, 'to another shipment', shipment, shipment],
    // A plausible route does not suffice.
    [false, 'to a pending package', processing, shipment],
  ])('(%s) %s', (expected, _, from, to) => {
    expect(canRefund(from, to)).toBe(expected);
  });
});

interface Situation {
  types: Readonly<Record<PackageKey, PackageTypes>>;
  sources: readonly PackageKey[];
  targets: readonly PackageKey[];
  /** The stored shipments that hold an article, by article. */
  holders: Readonly<Record<string, readonly ShipmentOfArticle[]>>;
}

/** The passages from the first source to the first target, of articles by index. `asked` gets the articles looked up. */
function passages(
  { types, sources, targets, holders }: Situation,
  { source = 0, target = 0, articles = [0], asked = [] as string[] } = {},
): Passage[] {
  const transport: TransportProblem = {
    articles: Object.keys(holders).map((sku) => ({
      article: { supplies: [], demands: [demandOf(sku)] },
      supply: new Map(),
      demand: new Map(),
    })),
    sources,
    targets,
  };
  const shipmentsWith = (each: { line: Demand['line'] }): readonly ShipmentOfArticle[] => {
    const sku = each.line.details.sku ?? '';
    asked.push(sku);
    return holders[sku] ?? [];
  };
  return new PassableShipments(transport, (key) => types[key]!, shipmentsWith).between(source, target, articles);
}

const sent = (...keys: PackageKey[]): ShipmentOfArticle[] => keys.map((key) => ({ key, isSent: true }));

describe('units of a pending package are shipped and refunded', () => {
  const types = { 1: processing, 2: onHold, 3: shipment, 4: shipment, 5: refund, 6: of('cancelled') };
  const situation: Situation = { types, sources: [1, 2], targets: [5, 6], holders: { mug: sent(3, 4) } };

  it('in each stored shipment of the article, at the cost of the route into it', () => {
    expect(passages(situation)).toEqual([
      { key: 3, entryCost: 0 },
      { key: 4, entryCost: 0 },
    ]);
    const held = routeCost(onHold, shipment);
    expect(held).toBeGreaterThan(0);
    expect(passages(situation, { source: 1 })).toEqual([
      { key: 3, entryCost: held },
      { key: 4, entryCost: held },
    ]);
  });

  it('in no shipment if they are cancelled', () => {
    expect(passages(situation, { target: 1 })).toEqual([]);
  });

  it('in no shipment that no longer holds the article, or that is new', () => {
    const holders = { mug: [{ key: 3, isSent: false }, ...sent(4)] };
    expect(passages({ ...situation, holders })).toEqual([{ key: 4, entryCost: 0 }]);
    expect(passages({ ...situation, types: { ...types, 3: of('shipment', { isNew: true }) } })).toEqual([
      { key: 4, entryCost: 0 },
    ]);
  });

  it('in no shipment that was shipped after the refund', () => {
    const dated = {
      ...types,
      3: of('shipment', { completedAt: tuesday }),
      4: of('shipment', { completedAt: monday }),
      5: of('refund', { completedAt: monday }),
    };
    expect(passages({ ...situation, types: dated })).toEqual([{ key: 4, entryCost: 0 }]);
  });

  it('in a shipment that holds all articles of the route', () => {
    const holders = { mug: sent(3, 4), cup: sent(4), tea: sent(3, 4), spoon: [] };
    expect(passages({ ...situation, holders }, { articles: [0, 1] })).toEqual([{ key: 4, entryCost: 0 }]);
    expect(passages({ ...situation, holders }, { articles: [0, 2] })).toHaveLength(2);
    expect(passages({ ...situation, holders }, { articles: [0, 2, 1] })).toHaveLength(1);
    expect(passages({ ...situation, holders }, { articles: [2, 3] })).toEqual([]);
    expect(passages({ ...situation, holders }, { articles: [3] })).toEqual([]);
    expect(passages({ ...situation, holders }, { articles: [1] })).toEqual([{ key: 4, entryCost: 0 }]);
  });

  it('in one of the first 20 shipments of the article', () => {
    const keys = Array.from({ length: 21 }, (_, index) => index + 10);
    const many = Object.fromEntries(keys.map((key) => [key, shipment]));
    const found = passages({ ...situation, types: { ...types, ...many }, holders: { mug: sent(...keys) } });
    expect(found.map(({ key }) => key)).toEqual(keys.slice(0, 20));
  });
});

describe('shipments are looked up', () => {
  const types = { 1: processing, 2: shipment, 3: refund, 4: shipment, 5: processing };
  const holders = { mug: sent(4), cup: [] };
  const askedFor = (sources: PackageKey[], targets: PackageKey[]): string[] => {
    const asked: string[] = [];
    passages({ types, sources, targets, holders }, { asked });
    return asked;
  };

  it('if one of the sources is pending and one of the targets is a refund', () => {
    expect(askedFor([2, 1], [5, 3])).toEqual(['mug', 'cup']);
    expect(askedFor([2], [3])).toEqual([]);
    expect(askedFor([1], [5])).toEqual([]);
  });

  it('for a package that was pending or becomes a refund', () => {
    const changing = { ...types, 1: becoming('processing', 'cancelled'), 3: becoming('shipment', 'refund') };
    expect(passages({ types: changing, sources: [1], targets: [3], holders })).toHaveLength(1);
  });
});
