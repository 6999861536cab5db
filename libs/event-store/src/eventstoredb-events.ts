import {
  type AllStreamRecordedEvent,
  jsonEvent,
  type JSONEventData,
  type JSONType,
  type ResolvedEvent,
} from '@eventstore/db-client';
import { AppendTooLarge, type EventMetadata, type EventToAppend, type RecordedEvent } from './event-store';

/** The server's default for all events of one append, in bytes; what it sends back counts when it is another. */
const MAX_APPEND_BYTES = 1_048_576;

/**
 * Events as the client takes them. Nothing malformed may reach it: a value that JSON cannot hold leaves an append pending for ever, and an event
 * without a type is refused twice by the server, which ends the process.
 * @throws TypeError, AppendTooLarge
 */
export function toClientEvents(stream: string, events: readonly EventToAppend[]): JSONEventData[] {
  if (stream === '') throw new TypeError('an append needs the name of a stream');
  let bytes = 0;
  const prepared = events.map(({ id, type, data, metadata }) => {
    if (type === '') throw new TypeError(`an event for ${stream} has no type`);
    const [dataText, metadataText] = [JSON.stringify(data), JSON.stringify(metadata)];
    if (dataText === undefined || metadataText === undefined)
      throw new TypeError(`an event ${type} for ${stream} has no data that JSON can hold`);
    bytes += Buffer.byteLength(dataText) + Buffer.byteLength(metadataText);
    return jsonEvent({ id, type, data: data as JSONType, metadata: metadata as unknown as Record<string, unknown> });
  });
  if (bytes > MAX_APPEND_BYTES) throw new AppendTooLarge(stream, MAX_APPEND_BYTES);
  return prepared;
}

type ClientEvent = NonNullable<ResolvedEvent['event']> | AllStreamRecordedEvent;

const isMetadata = (value: unknown): value is Partial<EventMetadata> =>
  typeof value === 'object' && value !== null && !(value instanceof Uint8Array);

/** An event of the client as the port hands it on. */
export function toRecordedEvent(event: ClientEvent): RecordedEvent {
  const { id, streamId, revision, type, data, metadata, created, position } = event;
  return {
    id,
    stream: streamId,
    revision,
    type,
    data,
    metadata: isMetadata(metadata) ? metadata : {},
    recordedAt: created,
    // Servers up to 21.10 give reads of a stream no position.
    position: position ?? { commit: 0n, prepare: 0n },
  };
}
