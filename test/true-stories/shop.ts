import type { Package, PackageType, Purchase } from '@app/purchase/purchase';
import { line, orderOf, pack } from '../builders';

/** A seeded random source. */
export interface Random {
  /** A whole number from 0 to `below` − 1. */
  below: (below: number) => number;
  /** True with this probability. */
  chance: (probability: number) => boolean;
}

/** How one sender writes its purchases. */
export interface Style {
  /** Which packages have a visible number: all, those that are shipped or refunded, or none. */
  names: 'all' | 'done' | 'none';
  /** Shipments, refunds and cancellations have a date. */
  dated: boolean;
  /** Each body has its arrays in another order. */
  shuffles: boolean;
}

export interface ShopLine {
  article: string;
  price: number;
  quantity: number;
}

export interface ShopPackage {
  id: number;
  type: PackageType;
  name?: string;
  /** The day of shipping, refunding or cancellation. */
  day?: number;
  delivered?: number;
  tracking?: string;
  lines: ShopLine[];
}

/**
 * Units that move from one package to another. `from` is absent for new units, `to` for units that leave the purchase.
 */
export interface PieceMove {
  article: string;
  from?: number;
  to?: number;
  quantity: number;
  /** The types of both packages at that time; not known of a move that the diff tells. */
  types?: readonly [from: PackageType | undefined, to: PackageType | undefined];
}

const DATE_OF: Partial<Record<PackageType, 'shippedAt' | 'refundedAt' | 'cancelledAt'>> = {
  shipment: 'shippedAt',
  refund: 'refundedAt',
  cancelled: 'cancelledAt',
};
const PREFIX: Record<PackageType, string> = {
  incoming: 'I',
  processing: 'P',
  on_hold: 'H',
  shipment: 'S',
  refund: 'R',
  cancelled: 'C',
};
const isDone = (type: PackageType): boolean => type in DATE_OF;
const onDay = (day: number): string => new Date(Date.UTC(2026, 0, 1 + day, 10)).toISOString();

/** One order as the merchant sees it: packages with identities, and a record of all moves. */
export class Shop {
  packages: ShopPackage[] = [];
  moves: PieceMove[] = [];
  private nextId = 1;
  private nextNumber = 1;
  private today = 1;

  constructor(
    readonly random: Random,
    readonly style: Style,
  ) {}

  nextDay(): void {
    this.today++;
  }

  /** Adds an empty package with the name and date that the sender gives to packages of this type. */
  open(type: PackageType, name?: string): ShopPackage {
    const { names, dated } = this.style;
    // Senders with two pending packages of one type name them by warehouse or fulfilment order.
    const isSecond = !isDone(type) && this.of(type).length > 0;
    const isNamed = names === 'all' || isSecond || (names === 'done' && type !== 'cancelled' && isDone(type));
    const opened: ShopPackage = { id: this.nextId++, type, lines: [] };
    if (name !== undefined || isNamed) opened.name = name ?? `${PREFIX[type]}-${this.nextNumber++}`;
    if (dated && isDone(type)) opened.day = this.today;
    if (type === 'shipment' && this.random.chance(0.3)) opened.tracking = `T${this.nextNumber++}`;
    this.packages.push(opened);
    return opened;
  }

  newNumber = (type: PackageType): string => `${PREFIX[type]}-${this.nextNumber++}`;

  deliver(target: ShopPackage): void {
    target.delivered = this.today;
  }

  date(target: ShopPackage): void {
    if (this.style.dated && isDone(target.type)) target.day = this.today;
  }

  /** Adds units to a package: to a line of the same article and price, or to a new line. */
  put(target: ShopPackage, { article, price, quantity }: ShopLine): void {
    const found = target.lines.find((each) => each.article === article && each.price === price);
    if (found === undefined) target.lines.push({ article, price, quantity });
    else found.quantity += quantity;
  }

  private take(source: ShopPackage, from: ShopLine, quantity: number): void {
    from.quantity -= quantity;
    if (from.quantity === 0) source.lines = source.lines.filter((each) => each !== from);
  }

  move(source: ShopPackage, from: ShopLine, quantity: number, target: ShopPackage): void {
    this.take(source, from, quantity);
    this.put(target, { ...from, quantity });
    const types = [source.type, target.type] as const;
    this.moves.push({ article: from.article, from: source.id, to: target.id, quantity, types });
  }

  /** Moves all items to the other package. */
  moveAll(source: ShopPackage, target: ShopPackage): void {
    for (const each of [...source.lines]) this.move(source, each, each.quantity, target);
  }

  order(target: ShopPackage, ordered: ShopLine): void {
    this.put(target, ordered);
    const types = [undefined, target.type] as const;
    this.moves.push({ article: ordered.article, to: target.id, quantity: ordered.quantity, types });
  }

  strike(source: ShopPackage, from: ShopLine, quantity: number): void {
    this.take(source, from, quantity);
    const types = [source.type, undefined] as const;
    this.moves.push({ article: from.article, from: source.id, quantity, types });
  }

  /** Empty packages are not sent. */
  clean(): void {
    this.packages = this.packages.filter(({ lines }) => lines.length > 0);
  }

  of = (...types: PackageType[]): ShopPackage[] => this.packages.filter(({ type }) => types.includes(type));

  pick<T>(list: readonly T[]): T | undefined {
    return list[this.random.below(Math.max(1, list.length))];
  }

  /** The units of each article in each package. */
  holdings(): Map<number, Map<string, number>> {
    return new Map(
      this.packages.map(({ id, lines }) => {
        const held = new Map<string, number>();
        for (const { article, quantity } of lines) held.set(article, (held.get(article) ?? 0) + quantity);
        return [id, held];
      }),
    );
  }

  shuffled<T>(list: readonly T[]): T[] {
    if (!this.style.shuffles) return [...list];
    return list
      .map((each) => ({ each, at: this.random.below(1_000_000) }))
      .sort((a, b) => a.at - b.at)
      .map(({ each }) => each);
  }

  private said({ type, name, day, delivered, tracking, lines }: ShopPackage): Package {
    const milestone = DATE_OF[type];
    return pack(
      type,
      this.shuffled(lines).map(({ article, price, quantity }) => line(article, quantity, price)),
      {
        ...(name !== undefined && { name }),
        dates: {
          ...(milestone !== undefined && day !== undefined && { [milestone]: onDay(day) }),
          ...(delivered !== undefined && { deliveredAt: onDay(delivered) }),
        },
        trackings: tracking === undefined ? [] : [{ carrier: 'DHL', trackingNumber: tracking }],
      },
    );
  }

  /** The current body, and the identity of each of its packages. */
  message(): { purchase: Purchase; ids: readonly number[] } {
    const order = this.shuffled(this.packages);
    return { purchase: orderOf(order.map((each) => this.said(each))), ids: order.map(({ id }) => id) };
  }
}
