import type { EventToAppend, Position } from '../event-store';

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

/** A stored event with its bytes. Parsing them would lose numbers above 2^53 and the formatting of the JSON. */
export interface RawEvent extends ProposedEvent {
  stream: string;
  revision: bigint;
  position: Position;
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
