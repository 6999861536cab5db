import type { TransportProblem, TypesOf } from './flows';
import type { PackageKey } from '../purchase';
import { isPending, type PackageTypes, routeCost } from './routes';
import type { ShipmentOfArticle, ShipmentsWith } from './stock';

/** A shipment through which units can be led to a refund, and the implausibility cost of the route into it. */
export interface Passage {
  key: PackageKey;
  entryCost: number;
}

interface PassableShipment {
  key: PackageKey;
  /** The implausibility cost of a route into it, by source. */
  entryCosts: readonly number[];
  /** True if its units can be refunded to the target, by target. */
  isRefundable: readonly boolean[];
}

/** The number of shipments of an article that are considered. */
const MAX_SHIPMENTS = 20;

/** True if the first package is a shipment whose units can be refunded to the second. */
export const canRefund = (from: PackageTypes, to: PackageTypes): boolean =>
  from.after === 'shipment' && to.after === 'refund' && routeCost(from, to) === 0;

/** Stored shipments that remain in the purchase. Units of the articles that they hold may be shipped in them and refunded. */
export class PassableShipments {
  private readonly byArticle: readonly (readonly PassableShipment[])[];

  constructor({ articles, sources, targets }: TransportProblem, typesOf: TypesOf, shipmentsWith: ShipmentsWith) {
    const isNeeded =
      targets.some((key) => typesOf(key).after === 'refund') && sources.some((key) => isPending(typesOf(key).before));
    const passable = ({ key, isSent }: ShipmentOfArticle): PassableShipment[] => {
      const types = typesOf(key);
      if (!isSent || types.isNew === true) return [];
      const entryCosts = sources.map((from) => routeCost(typesOf(from), types));
      return [{ key, entryCosts, isRefundable: targets.map((to) => canRefund(types, typesOf(to))) }];
    };
    this.byArticle = articles.map(({ article: { demands } }) =>
      !isNeeded || demands[0] === undefined ? [] : shipmentsWith(demands[0]).slice(0, MAX_SHIPMENTS).flatMap(passable),
    );
  }

  /** The shipments that hold all of the articles and can be refunded to the target. */
  between(source: number, target: number, [first = 0, ...others]: readonly number[]): Passage[] {
    return (this.byArticle[first] ?? []).flatMap(({ key, entryCosts, isRefundable }) =>
      isRefundable[target] === true &&
      others.every((article) => this.byArticle[article]?.some((each) => each.key === key))
        ? [{ key, entryCost: entryCosts[source] ?? 0 }]
        : [],
    );
  }
}
