import type { AllStreamRecordedEvent, ResolvedEvent } from '@eventstore/db-client';
import type { EventMetadata, EventToAppend, RecordedEvent } from '../event-store';
import { jsonBytes } from './json-bytes';

/** Default limit of the server for all events of one append, in bytes. A server with a lower limit refuses the append. */
const MAX_APPEND_BYTES = 1_048_576;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** An event as sent to the server. */
export interface ProposedEvent {
  id: string;
  type: string;
  contentType: string;
  data: Uint8Array;
  metadata: Uint8Array;
}

/** Size in bytes as counted by the server, which stores types in UTF-16. */
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
 * Serializes events for an append.
 * @throws TypeError for a malformed event: the server would answer one without a type twice, and an unserializable value would fail inside the call
 */
export function toProposedEvents(stream: string, events: readonly EventToAppend[]): ProposedEvent[] {
  if (stream === '') throw new TypeError('an append needs the name of a stream');
  return events.map((event) => toProposedEvent(stream, event));
}

/** Whether the events fit in one append. */
export const fitsOneAppend = (events: readonly ProposedEvent[]): boolean =>
  events.reduce((sum, event) => sum + sizeOf(event), 0) <= MAX_APPEND_BYTES;

type ClientEvent = NonNullable<ResolvedEvent['event']> | AllStreamRecordedEvent;

const isMetadata = (value: unknown): value is Partial<EventMetadata> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array);

/** Converts an event of the client to an event of the port. Data of events from other applications may be bytes. */
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
    // Servers up to 21.10 return no position when reading a stream.
    position: position ?? { commit: 0n, prepare: 0n },
  };
}
