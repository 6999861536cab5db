import type { PurchaseEventType } from '@app/purchase/events';

type Data = Record<string, unknown>;

interface Upcaster {
  type: PurchaseEventType;
  /** Reads this version and makes the next. */
  from: number;
  upcast: (data: Data) => Data;
}

/**
 * Retired shapes of stored events live here and nowhere else, dated, oldest first. An event is read through every step from its own version
 * to today's.
 */
const UPCASTERS: readonly Upcaster[] = [
  {
    // 2026-11-24: `was` became `before`, as in every other event that takes a value away.
    type: 'PackageMilestoneWithdrawn',
    from: 1,
    upcast: ({ was, ...rest }) => ({ ...rest, before: was }),
  },
];

/** Data of an event of `version` in today's shape. */
export function upcast(type: PurchaseEventType, version: number, data: unknown): unknown {
  return UPCASTERS.filter((each) => each.type === type && each.from >= version).reduce<unknown>(
    (read, each) => each.upcast(read as Data),
    data,
  );
}
