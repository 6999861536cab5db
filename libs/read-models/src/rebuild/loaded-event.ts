import type { RecordedEvent } from '@app/event-store/event-store';
import { SerializedEvent } from '@app/event-store/eventstoredb/serialized-event';

/** An event as bytes, or decoded. */
export type LoadedEvent = SerializedEvent | RecordedEvent;

export const decoded = (event: LoadedEvent): RecordedEvent =>
  event instanceof SerializedEvent ? event.decode() : event;

/** The bytes by which a load counts an event. */
export const sizeOf = (event: LoadedEvent): number =>
  event instanceof SerializedEvent ? event.size : (event.bytes ?? 0);
