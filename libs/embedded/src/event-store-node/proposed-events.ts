import type * as shared from '@eventstore/db-client/generated/shared_pb';
import type { AppendReq, BatchAppendReq } from '@eventstore/db-client/generated/streams_pb';
import type { ProposedEvent } from './event-record';
import { uuidText } from './messages';
import { AppendTooLarge, InvalidRequest } from './refusal';

/** Maximum size of all events of one append, in bytes. The default of EventStoreDB. */
export const MAX_APPEND_BYTES = 1_048_576;

type Message = AppendReq.ProposedMessage | BatchAppendReq.ProposedMessage;

/** @throws InvalidRequest */
function proposed(message: Message): ProposedEvent {
  const metadata = message.getMetadataMap();
  return {
    id: eventId(message.getId()),
    type: metadata.get('type') ?? '',
    contentType: metadata.get('content-type') ?? 'application/octet-stream',
    data: message.getData_asU8(),
    metadata: message.getCustomMetadata_asU8(),
  };
}

const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/;

function eventId(uuid: shared.UUID | undefined): string {
  const id = uuidText(uuid).toLowerCase();
  if (!UUID.test(id)) throw new InvalidRequest('the id of an event is not a UUID');
  return id;
}

const sizeOf = ({ data, metadata }: ProposedEvent): number => data.length + metadata.length;

/** Collects the parts of one append. A validation error is kept until the append is executed; the events are dropped at once. */
export class ProposedEvents {
  private events: ProposedEvent[] = [];
  private wrong?: Error;
  bytes = 0;

  add(messages: readonly Message[]): void {
    try {
      for (const message of messages) if (this.wrong === undefined) this.addEvent(proposed(message));
    } catch (error) {
      this.refuse(error as Error);
    }
  }

  /** @throws InvalidRequest, AppendTooLarge */
  whole(): readonly ProposedEvent[] {
    if (this.wrong !== undefined) throw this.wrong;
    return this.events;
  }

  private addEvent(event: ProposedEvent): void {
    this.bytes += sizeOf(event);
    if (this.bytes > MAX_APPEND_BYTES) this.refuse(new AppendTooLarge(MAX_APPEND_BYTES));
    else this.events.push(event);
  }

  private refuse(error: Error): void {
    this.wrong = error;
    this.events = [];
    this.bytes = 0;
  }
}
