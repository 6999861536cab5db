import type { OpenLine, Supply } from './flows';
import type { MatchRule } from './match-rules';
import type { LineItem, LineKey, Package, PackageKey } from '../purchase';
import type { PackageChange } from './open-lines';
import { articleOf } from './package-similarity';

/** The items of all packages, open or unchanged. Indexes are built on first use. */
export class Stock {
  private readonly steps: ReadonlyMap<PackageKey, PackageChange>;
  private changed: ReadonlySet<LineKey> | undefined;
  private readonly unchanged = new Map<PackageKey, readonly Supply[]>();

  constructor(
    steps: readonly PackageChange[],
    private readonly supplies: readonly Supply[],
    readonly shipmentsWith: ShipmentsWith,
  ) {
    this.steps = new Map(steps.map((step) => [step.key, step]));
  }

  /** Lines of a package that are equal before and after. Units may pass through them. */
  unchangedLines(key: PackageKey): readonly Supply[] {
    const known = this.unchanged.get(key) ?? this.findUnchanged(key);
    this.unchanged.set(key, known);
    return known;
  }

  private findUnchanged(key: PackageKey): Supply[] {
    const { before, after } = this.steps.get(key) ?? {};
    if (before === undefined || after === undefined) return [];
    const changed = (this.changed ??= new Set(this.supplies.map(({ line }) => line.key)));
    return before.items.flatMap((line): Supply[] => {
      if (changed.has(line.key)) return [];
      const matchKey = (rule: MatchRule): string | undefined => rule.before(line.details);
      const supply: Supply = { package: key, line, left: 0, matchKey, isUnchanged: true };
      supply.successor = { package: key, line, key: line.key, left: 0, matchKey, source: supply };
      return [supply];
    });
  }
}

/** A shipment that holds an article before or after. `isSent`: it holds the article after. */
export interface ShipmentOfArticle {
  key: PackageKey;
  isSent: boolean;
}

export type ShipmentsWith = (line: OpenLine<LineItem>) => readonly ShipmentOfArticle[];

/** Returns a lookup of the shipments that hold the article of a line. The index is built on first use. */
export function shipmentsIn(steps: readonly PackageChange[]): ShipmentsWith {
  let shipments: ReadonlyMap<string, readonly ShipmentOfArticle[]> | undefined;
  return ({ line }) => {
    shipments ??= indexShipments(steps);
    return shipments.get(articleOf(line)) ?? [];
  };
}

function indexShipments(steps: readonly PackageChange[]): Map<string, ShipmentOfArticle[]> {
  const shipments = new Map<string, ShipmentOfArticle[]>();
  const articlesOf = (each?: Package): Set<string> =>
    new Set(each?.type === 'shipment' ? each.items.map(articleOf) : []);
  for (const { key, before, after } of steps) {
    const sent = articlesOf(after);
    for (const article of new Set([...articlesOf(before), ...sent])) {
      const each = { key, isSent: sent.has(article) };
      const known = shipments.get(article);
      if (known === undefined) shipments.set(article, [each]);
      else known.push(each);
    }
  }
  return shipments;
}
