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

interface Stored {
  type: string;
  data: unknown;
}

const revisionClock = (revisionDate: unknown): Data => (revisionDate === undefined ? {} : { revisionDate });

/** Retired event types, dated: the last version that was written, and what is read instead, in its version 1. */
const RETIRED: Record<string, { version: number; read: (data: Data) => { type: PurchaseEventType; data: Data } }> = {
  // 2026-11-26: all clocks of the sender move by one event.
  RevisionDateChanged: {
    version: 1,
    read: ({ before, after }) => ({
      type: 'SenderClocksChanged',
      data: { before: revisionClock(before), after: revisionClock(after) },
    }),
  },
};

/** An event of a retired type as the type that replaced it; any other as it is. */
export function replaceRetired({ type, data }: Stored, version: number): Stored {
  const retired = Object.hasOwn(RETIRED, type) ? RETIRED[type] : undefined;
  return retired === undefined || version > retired.version ? { type, data } : retired.read(data as Data);
}

/** Data of an event of `version` in today's shape. */
export function upcast(type: PurchaseEventType, version: number, data: unknown): unknown {
  return UPCASTERS.filter((each) => each.type === type && each.from >= version).reduce<unknown>(
    (read, each) => each.upcast(read as Data),
    data,
  );
}
