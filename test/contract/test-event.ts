import { randomUUID } from 'node:crypto';
import type { EventBatch, EventToAppend, RecordedEvent } from '@app/event-store/event-store';

/** An event with a number in its data that identifies it. */
export const testEvent = (n: number, id: string = randomUUID()): EventToAppend => ({
  id,
  type: 'Tested',
  data: { n, text: 'ünï 🧾' },
  metadata: {
    site: 'test',
    actor: 'test',
    requestId: 'r',
    schemaVersion: 1,
    occurredAt: '2026-01-01T00:00:00.000Z',
    $correlationId: 'r',
  },
});

export const testEvents = (count: number, from = 0): EventToAppend[] =>
  Array.from({ length: count }, (_, index) => testEvent(from + index));

export const numberOf = ({ data }: { data: unknown }): number => (data as { n: number }).n;
export const numbersOf = ({ events }: Pick<EventBatch, 'events'>): number[] => events.map(numberOf);
export const upTo = (count: number): number[] => Array.from({ length: count }, (_, n) => n);
/** The event without its size and its text, which the official client does not tell. */
export const withoutSize = ({ bytes: _, json: __, ...event }: RecordedEvent): object => event;
