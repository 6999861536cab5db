import {
  type AllStreamRecordedEvent,
  jsonEvent,
  type JSONEventData,
  type JSONType,
  type ResolvedEvent,
} from '@eventstore/db-client';
import { AppendTooLarge, type EventMetadata, type EventToAppend, type RecordedEvent } from './event-store';

/** The server's default for all events of one append, in bytes; what it sends back counts when it is another. */
export const MAX_APPEND_BYTES = 1_048_576;

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const LARGEST_REVISION = 2n ** 63n - 1n;

/** A name must come back as it was sent; half of a surrogate pair would not. */
const survivesUtf8 = (text: string): boolean => Buffer.from(text, 'utf8').toString('utf8') === text;

/** @throws TypeError for what is no name of a stream */
export function checkStream(stream: string): void {
  if (stream === '') throw new TypeError('a stream has a name');
  if (!survivesUtf8(stream)) throw new TypeError(`${JSON.stringify(stream)} is no name of a stream: not Unicode`);
}

/** Negative numbers fail inside the client, some only while they are sent. @throws TypeError */
export function checkRevision(revision: bigint): void {
  if (revision < 0n || revision > LARGEST_REVISION) throw new TypeError(`${revision} is no revision`);
}

/** The text of a value, or a TypeError in the words of the caller where JSON has none. */
function jsonText(value: unknown, what: string): string {
  let text: string | undefined;
  try {
    text = JSON.stringify(value);
  } catch (cause) {
    throw new TypeError(`${what} cannot be stored as JSON: ${cause instanceof Error ? cause.message : ''}`, { cause });
  }
  if (text === undefined) throw new TypeError(`${what} cannot be stored as JSON: there is none`);
  return text;
}

/**
 * Events as the client takes them. Nothing malformed may reach it: a value that JSON cannot hold, or an id that is no UUID, leaves the append
 * pending for ever beside a rejection that nobody handles; an event without a type is refused twice by the server.
 * @throws TypeError, AppendTooLarge
 */
export function toClientEvents(stream: string, events: readonly EventToAppend[]): JSONEventData[] {
  let bytes = 0;
  const prepared = events.map(({ id, type, data, metadata }) => {
    if (type === '' || !survivesUtf8(type)) throw new TypeError(`an event for ${stream} has no type`);
    if (!UUID.test(id)) throw new TypeError(`the id of an event for ${stream} is no UUID`);
    bytes += Buffer.byteLength(jsonText(data, `the data of ${type} for ${stream}`));
    bytes += Buffer.byteLength(jsonText(metadata, `the metadata of ${type} for ${stream}`));
    return jsonEvent({ id, type, data: data as JSONType, metadata: { ...metadata } });
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
