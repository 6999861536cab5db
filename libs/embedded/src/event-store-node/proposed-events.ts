import type { ProposedEvent } from './event-record';
import { AppendTooLarge, InvalidRequest } from './refusal';

/** Maximum size of all events of one append, in bytes. The default of EventStoreDB. */
export const MAX_APPEND_BYTES = 1_048_576;

const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/;

const JSON_TYPE = 'application/json';

/** Size as EventStoreDB counts it: it stores types in UTF-16. An event without a type, which is refused later, counts too. */
const sizeOf = ({ type, data, metadata }: ProposedEvent): number =>
  data.length + metadata.length + 2 * Math.max(1, type.length);

/** The events of an append, or of a part of it. A validation error is kept until the append is executed; the events are dropped at once. */
export class ProposedEvents {
  private events: ProposedEvent[] = [];
  private wrong?: Error;
  private bytes = 0;

  /** The id of an event is stored in lower case, and of its content type whether it is JSON, as in EventStoreDB. */
  add(event: ProposedEvent): void {
    if (this.wrong !== undefined) return;
    event.id = event.id.toLowerCase();
    event.contentType = event.contentType === JSON_TYPE ? JSON_TYPE : 'application/octet-stream';
    this.bytes += sizeOf(event);
    if (!UUID.test(event.id)) this.refuse(new InvalidRequest('the id of an event is not a UUID'));
    else if (this.bytes > MAX_APPEND_BYTES) this.refuse(new AppendTooLarge(MAX_APPEND_BYTES));
    else this.events.push(event);
  }

  /** Adds the events of the next part. */
  join({ events, wrong }: ProposedEvents): void {
    for (const event of events) this.add(event);
    if (wrong !== undefined) this.refuse(wrong);
  }

  /** True when the append is going to fail, so that its events are not kept. */
  get isRefused(): boolean {
    return this.wrong !== undefined;
  }

  /** @throws InvalidRequest, AppendTooLarge */
  whole(): readonly ProposedEvent[] {
    if (this.wrong !== undefined) throw this.wrong;
    return this.events;
  }

  private refuse(error: Error): void {
    this.wrong ??= error;
    this.events = [];
  }
}
