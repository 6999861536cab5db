import type { AllStreamRecordedEvent, ResolvedEvent } from '@eventstore/db-client';
import type { EventMetadata, EventToAppend, RecordedEvent } from '../event-store';
import { jsonBytes } from './json-bytes';

/** The server's default limit for all events of one append, in bytes. A server with a lower limit refuses. */
const MAX_APPEND_BYTES = 1_048_576;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** An event as it goes over the wire. */
export interface ProposedEvent {
  id: string;
  type: string;
  contentType: string;
  data: Uint8Array;
  metadata: Uint8Array;
}

/** As the server counts it: names are UTF-16 in its log. */
const sizeOf = ({ type, data, metadata }: ProposedEvent): number => data.length + metadata.length + 2 * type.length;

function toProposedEvent(stream: string, { id, type, data, metadata }: EventToAppend): ProposedEvent {
  if (type === '') throw new TypeError(`an event for ${stream} has no type`);
  if (!UUID.test(id)) throw new TypeError(`an event ${type} for ${stream} has the id ${id}, which is no UUID`);
  const [dataText, metadataText] = [JSON.stringify(data), JSON.stringify(metadata)];
  if (dataText === undefined || metadataText === undefined)
    throw new TypeError(`an event ${type} for ${stream} has no data that JSON can hold`);
  const contentType = 'application/json';
  return { id, type, contentType, data: Buffer.from(dataText), metadata: Buffer.from(metadataText) };
}

/**
 * Events as they are sent. Nothing malformed goes out: the server answers an event without a type twice, and a value that JSON cannot hold
 * would fail inside the call.
 * @throws TypeError
 */
export function toProposedEvents(stream: string, events: readonly EventToAppend[]): ProposedEvent[] {
  if (stream === '') throw new TypeError('an append needs the name of a stream');
  return events.map((event) => toProposedEvent(stream, event));
}

/** Whether a server takes all of these in one append. */
export const fitsOneAppend = (events: readonly ProposedEvent[]): boolean =>
  events.reduce((sum, event) => sum + sizeOf(event), 0) <= MAX_APPEND_BYTES;

type ClientEvent = NonNullable<ResolvedEvent['event']> | AllStreamRecordedEvent;

const isMetadata = (value: unknown): value is Partial<EventMetadata> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array);

/** An event of the client as the port hands it on; the data of a foreign one may be bytes. */
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
    bytes: jsonBytes(data) + jsonBytes(metadata),
    // Servers up to 21.10 give reads of a stream no position.
    position: position ?? { commit: 0n, prepare: 0n },
  };
}
