import type { OpenLine, Supply } from './flows';
import type { MatchRule } from './match-rules';
import type { LineItem, LineKey, PackageKey } from '../purchase';
import type { PackageChange } from './open-lines';
import { articleOf } from './package-similarity';

/** Indexes of the items of all packages, open or unchanged. Each index is built on first use. */
export class Stock {
  private readonly steps: ReadonlyMap<PackageKey, PackageChange>;
  private changed: ReadonlySet<LineKey> | undefined;
  private readonly unchanged = new Map<PackageKey, readonly Supply[]>();
  private shipments: Map<string, PackageKey[]> | undefined;

  constructor(
    steps: readonly PackageChange[],
    private readonly supplies: readonly Supply[],
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

  /** Shipments that hold the article of a line before or after. */
  shipmentsWith({ line }: OpenLine<LineItem>): readonly PackageKey[] {
    this.shipments ??= this.findShipments();
    return this.shipments.get(articleOf(line)) ?? [];
  }

  private findShipments(): Map<string, PackageKey[]> {
    const shipments = new Map<string, PackageKey[]>();
    for (const { key, before, after } of this.steps.values())
      for (const each of [before, after])
        if (each?.type === 'shipment')
          for (const article of new Set(each.items.map(articleOf))) {
            const known = shipments.get(article);
            if (known === undefined) shipments.set(article, [key]);
            else if (known.at(-1) !== key) known.push(key);
          }
    return shipments;
  }
}
