import { BatchAppendResp } from '@eventstore/db-client/generated/streams_pb';
import { unpackToCommandError } from '@eventstore/db-client/dist/streams/appendToStream/unpackError';
import type { Appended, ExpectedRevision } from '../event-store';
import type { ProposedEvent } from './events';
import { Fields, readPosition, readUuid } from './message-fields';
import { MessageWriter } from './message-writer';

/** The messages of a batch append. Field numbers: streams.proto and shared.proto of EventStoreDB. */

const UUID_BYTES = 36;
/** Bounds of the bytes that a request, and each of its events, has besides names, data and metadata. */
const REQUEST_OVERHEAD = 128;
const EVENT_OVERHEAD = 128;

/** The stream and expected revision of an append, in its first request. */
export interface AppendTarget {
  stream: string;
  expected: ExpectedRevision;
}

/** A message BatchAppendReq, as bytes. `target` undefined: the request continues an append. */
export function batchRequest(
  id: string,
  target: AppendTarget | undefined,
  events: readonly ProposedEvent[],
  isFinal: boolean,
): Buffer {
  const writer = new MessageWriter(sizeBound(target, events));
  if (isFinal) writer.integer(4, 1n);
  for (let at = events.length - 1; at >= 0; at--) {
    const event = events[at];
    if (event !== undefined) writer.message(3, () => writeEvent(writer, event));
  }
  if (target !== undefined) writer.message(2, () => writeTarget(writer, target));
  writer.message(1, () => writer.field(2, id));
  return writer.written;
}

function sizeBound(target: AppendTarget | undefined, events: readonly ProposedEvent[]): number {
  const ofEvent = ({ type, contentType, data, metadata }: ProposedEvent): number =>
    EVENT_OVERHEAD + UUID_BYTES + 3 * (type.length + contentType.length) + data.length + metadata.length;
  return events.reduce((sum, event) => sum + ofEvent(event), REQUEST_OVERHEAD + 3 * (target?.stream.length ?? 0));
}

function writeEvent(writer: MessageWriter, { id, type, contentType, data, metadata }: ProposedEvent): void {
  writer.field(4, data);
  writer.field(3, metadata);
  writeEntry(writer, 'content-type', contentType);
  writeEntry(writer, 'type', type);
  writer.message(1, () => writer.field(2, id));
}

function writeEntry(writer: MessageWriter, key: string, value: string): void {
  writer.message(2, () => {
    writer.field(2, value);
    writer.field(1, key);
  });
}

/** Without a deadline: it is an absolute time, so a server whose clock is ahead would refuse immediately. The limit of the server applies. */
function writeTarget(writer: MessageWriter, { stream, expected }: AppendTarget): void {
  if (typeof expected === 'bigint') writer.integer(2, expected);
  else writer.field(expected === 'no-stream' ? 3 : 4, '');
  writer.message(1, () => writer.field(3, stream));
}

/** The answer to one append. */
export interface BatchAnswer {
  /** The id of the request. */
  id: string;
  result: Appended | Error;
}

/** Reads a message BatchAppendResp. @throws RangeError, or an error of the client, for a malformed message */
export function readBatchAnswer(bytes: Buffer, streamOf: (id: string) => string): BatchAnswer {
  let id = '';
  let result: Appended | undefined;
  const fields = new Fields(bytes, 0, bytes.length);
  while (fields.next())
    if (fields.number === 1) id = readUuid(bytes, fields.start, fields.end);
    else if (fields.number === 3) result = readSuccess(bytes, fields.start, fields.end);
  return { id, result: result ?? readError(bytes, streamOf(id)) };
}

function readSuccess(bytes: Buffer, start: number, end: number): Appended {
  let revision = 0n;
  let position: Appended['position'];
  const fields = new Fields(bytes, start, end);
  while (fields.next())
    if (fields.number === 1) revision = fields.value;
    else if (fields.number === 3) position = readPosition(bytes, fields.start, fields.end);
  return { revision, ...(position !== undefined && { position }) };
}

function readError(bytes: Buffer, stream: string): Error {
  const error = BatchAppendResp.deserializeBinary(bytes).getError();
  return error?.hasDetails() === true
    ? unpackToCommandError(error, stream)
    : new Error(`an answer without a result: ${error?.getMessage() ?? ''}`);
}
