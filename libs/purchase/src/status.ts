import type { Package } from './purchase';

export const FULFILMENT_STATUSES = [
  'cancelled',
  'returned',
  'complete',
  'shipped',
  'part_shipped',
  'on_hold',
  'incoming',
  'processing',
] as const;
export type FulfilmentStatus = (typeof FULFILMENT_STATUSES)[number];

type Contents = Pick<Package, 'type' | 'dates'> & { items: readonly unknown[] };

interface StatusRow {
  status: FulfilmentStatus;
  means: string;
  /** Receives the packages that contain items. */
  holds: (packages: readonly Contents[]) => boolean;
}

const isKept = ({ type }: Contents): boolean => type !== 'cancelled' && type !== 'refund';
const isShipped = ({ type, dates }: Contents): boolean => type === 'shipment' && dates.shippedAt !== undefined;
const isDelivered = ({ type, dates }: Contents): boolean => type === 'shipment' && dates.deliveredAt !== undefined;
const isSent = (p: Contents): boolean => isShipped(p) || isDelivered(p);

const kept = (packages: readonly Contents[]): readonly Contents[] => packages.filter(isKept);
const unshipped = (packages: readonly Contents[]): readonly Contents[] => kept(packages).filter((p) => !isSent(p));
/** True if there are packages and all of them pass. */
const all = (packages: readonly Contents[], test: (p: Contents) => boolean): boolean =>
  packages.length > 0 && packages.every(test);

/**
 * Evaluated from the top; the first row that holds is the status (docs/status-and-totals.md). A delivered shipment
 * counts as shipped, even without a shipping date.
 */
export const STATUS_TABLE: readonly StatusRow[] = [
  {
    status: 'cancelled',
    means: 'every item is in `cancelled` packages',
    holds: (packages) => all(packages, ({ type }) => type === 'cancelled'),
  },
  {
    status: 'returned',
    means: 'every item that is not cancelled is in `refund` packages',
    holds: (packages) => packages.length > 0 && kept(packages).length === 0,
  },
  {
    status: 'complete',
    means: 'every item that is neither cancelled nor refunded is in shipments with `delivered_at`',
    holds: (packages) => all(kept(packages), isDelivered),
  },
  {
    status: 'shipped',
    means: '… is in shipments with `shipped_at` or `delivered_at`',
    holds: (packages) => all(kept(packages), isSent),
  },
  {
    status: 'part_shipped',
    means: 'some of them are in such shipments',
    holds: (packages) => kept(packages).some(isSent),
  },
  {
    status: 'on_hold',
    means: 'the unshipped ones are all in `on_hold` packages',
    holds: (packages) => all(unshipped(packages), ({ type }) => type === 'on_hold'),
  },
  {
    status: 'incoming',
    means: 'the unshipped ones are all in `incoming` packages',
    holds: (packages) => all(unshipped(packages), ({ type }) => type === 'incoming'),
  },
  { status: 'processing', means: 'otherwise', holds: () => true },
];

/** The fulfilment status, derived from the types and dates of the packages that contain items. */
export function statusOf(packages: readonly Contents[]): FulfilmentStatus {
  const filled = packages.filter(({ items }) => items.length > 0);
  return STATUS_TABLE.find(({ holds }) => holds(filled))?.status ?? 'processing';
}
