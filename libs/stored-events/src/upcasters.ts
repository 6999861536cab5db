import type { PurchaseEventType } from '@app/purchase/events';

type Data = Record<string, unknown>;

interface Upcaster {
  type: PurchaseEventType;
  /** The schema version that `upcast` converts to the next one. */
  from: number;
  upcast: (data: Data) => Data;
}

/**
 * Upcasters for retired schema versions, with the date of the change, oldest first. An event passes every step from its own version to the
 * current one.
 */
const UPCASTERS: readonly Upcaster[] = [
  {
    // 2026-11-24: renamed `was` to `before`, as in the other events that remove a value.
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

/** Retired event types: the last version that was written, and the conversion to version 1 of the replacing type. */
const RETIRED: Record<string, { version: number; read: (data: Data) => { type: PurchaseEventType; data: Data } }> = {
  // 2026-11-26: SenderClocksChanged covers all clocks of the sender.
  RevisionDateChanged: {
    version: 1,
    read: ({ before, after }) => ({
      type: 'SenderClocksChanged',
      data: { before: revisionClock(before), after: revisionClock(after) },
    }),
  },
};

/** Converts an event of a retired type to the replacing type; returns any other event unchanged. */
export function replaceRetired({ type, data }: Stored, version: number): Stored {
  const retired = Object.hasOwn(RETIRED, type) ? RETIRED[type] : undefined;
  return retired === undefined || version > retired.version ? { type, data } : retired.read(data as Data);
}

/** Converts the data of an event of `version` to the current schema version. */
export function upcast(type: PurchaseEventType, version: number, data: unknown): unknown {
  return UPCASTERS.filter((each) => each.type === type && each.from >= version).reduce<unknown>(
    (read, each) => each.upcast(read as Data),
    data,
  );
}
