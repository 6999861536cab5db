import type { Appended, EventToAppend, ExpectedRevision, RecordedEvent } from '@app/event-store/event-store';
import { PURCHASE_PREFIX } from '@app/stored-events/streams';
import type { MemoryEventStore } from '../memory-event-store';
import type { Seen } from './interleaving';

/**
 * Stores that make the writer violate one rule each; the test must detect it. They acknowledge an append that the rule requires without making
 * it, or make an append that the rule forbids.
 */

const purchaseOf = (event: EventToAppend | RecordedEvent | undefined): unknown =>
  (event?.data as { purchase?: unknown } | undefined)?.purchase;

const next = (expected: ExpectedRevision): Appended => ({
  revision: typeof expected === 'bigint' ? expected + 1n : 0n,
});

type Append = MemoryEventStore['append'];

/** The store with a replaced `append`, which receives the last event of the stream. */
const appending =
  (
    change: (append: Append, last: RecordedEvent | undefined, ...args: Parameters<Append>) => ReturnType<Append>,
  ): Seen =>
  (store) => ({
    readStream: store.readStream.bind(store),
    append: (stream, ...rest) => {
      const last = store.all.findLast((event) => event.stream === stream);
      return change(store.append.bind(store), last, stream, ...rest);
    },
  });

/** Acknowledges the empty append, which checks that a revision is the last one, without the store. */
const skipEmptyAppend = appending((append, _last, stream, events, expected) =>
  events.length === 0 ? Promise.resolve({ revision: expected as bigint }) : append(stream, events, expected),
);

export const BROKEN_RULES: Record<string, Seen> = {
  'no fence is appended': appending((append, _last, stream, events, expected) =>
    events[0]?.type === 'IdentifierForfeited' ? Promise.resolve(next(expected)) : append(stream, events, expected),
  ),
  'an earlier claim of the same purchase is reused': appending((append, last, stream, events, expected) => {
    const isOwn = last?.type === 'IdentifierClaimed' && purchaseOf(last) === purchaseOf(events[0]);
    return isOwn && events[0]?.type === 'IdentifierClaimed' && expected === last.revision
      ? Promise.resolve(next(last.revision - 1n))
      : append(stream, events, expected);
  }),
  'the claim to release is read after the append': appending((append, last, stream, events, expected) => {
    const isOwn = last?.type === 'IdentifierClaimed' && purchaseOf(last) === purchaseOf(events[0]);
    return append(stream, events, isOwn && events[0]?.type === 'IdentifierReleased' ? last.revision : expected);
  }),
  'appends to purchases have no expected revision': appending((append, _last, stream, events, expected) =>
    append(stream, events, stream.startsWith(PURCHASE_PREFIX) ? 'any' : expected),
  ),
  'claims have no expected revision': appending((append, _last, stream, events, expected) =>
    append(stream, events, events[0]?.type === 'IdentifierClaimed' ? 'any' : expected),
  ),
  'a write without changes does not check the revision': skipEmptyAppend,
};
