import type { Written } from './append';
import { toBatchStatus } from './errors';
import type { Expected, ProposedEvent } from './event-record';
import { uuidOf } from './messages';
import { ProposedEvents } from './proposed-events';
import { FieldReader, fieldSize, varintSize, writeBytes, writeFieldHead, writeVarint } from './protobuf';

/*
 * The messages of a batch append, read and written without the classes of the client, which take several times as long. Field numbers: streams.proto
 * and shared.proto of EventStoreDB. As with these classes, the last one counts of a field that is sent twice.
 */

/** A message BatchAppendReq: a part of an append. */
export interface BatchRequest {
  /** The correlation id as text; empty when there is none. */
  id: string;
  /** The message UUID of the correlation id, as it was sent. */
  correlationId?: Buffer;
  target?: BatchTarget;
  events: ProposedEvents;
  isFinal: boolean;
  /** Size of the message, in bytes. Its events refer to parts of it. */
  size: number;
}

/** The options of an append. */
export interface BatchTarget {
  stream: string;
  /** The message StreamIdentifier, as it was sent. */
  identifier: Buffer;
  expected: Expected;
  /** The varint of an exact expected revision, as it was sent. */
  revision?: Buffer;
  /** Unix time in milliseconds. */
  deadline?: number;
}

type NotExact = Exclude<Expected, bigint>;

/** Numbers of the fields with an expected revision that is not exact, in a request and in an answer. */
const EXPECTED: Partial<Record<number, NotExact>> = { 3: 'no-stream', 4: 'any', 5: 'stream-exists' };
const IN_ANSWER: Record<NotExact, number> = { 'no-stream': 6, any: 7, 'stream-exists': 8 };

const NOTHING = Buffer.alloc(0);
/** The options of a request without any. */
const ANY: BatchTarget = { stream: '', identifier: NOTHING, expected: 'any' };

/** @throws InvalidRequest for a malformed message */
export function readBatchRequest(bytes: Buffer): BatchRequest {
  const request: BatchRequest = { id: '', events: new ProposedEvents(), isFinal: false, size: bytes.length };
  const fields = new FieldReader(bytes);
  while (fields.next()) {
    const { number, start, end } = fields;
    if (number === 1) {
      request.id = readUuid(bytes, start, end);
      request.correlationId = bytes.subarray(start, end);
    } else if (number === 2) request.target = readTarget(bytes, start, end);
    else if (number === 4) request.isFinal = fields.integer !== 0n;
    // The events of an append that is going to fail are not read: a message can have millions of empty ones.
    else if (number === 3 && !request.events.isRefused) request.events.add(readEvent(bytes, start, end));
  }
  return request;
}

function readUuid(bytes: Buffer, start: number, end: number): string {
  const fields = new FieldReader(bytes, start, end);
  let [number, from, to] = [0, 0, 0];
  while (fields.next()) if (fields.number <= 2) ({ number, start: from, end: to } = fields);
  return number === 1 ? uuidOf(...readIntegers(bytes, from, to)) : bytes.toString('utf8', from, to);
}

/** Reads a message of two integers. */
function readIntegers(bytes: Buffer, start: number, end: number): [first: bigint, second: bigint] {
  let [first, second] = [0n, 0n];
  const fields = new FieldReader(bytes, start, end);
  while (fields.next())
    if (fields.number === 1) first = fields.integer;
    else if (fields.number === 2) second = fields.integer;
  return [first, second];
}

function readTarget(bytes: Buffer, start: number, end: number): BatchTarget {
  const target = { ...ANY };
  const fields = new FieldReader(bytes, start, end);
  while (fields.next()) {
    const content = bytes.subarray(fields.start, fields.end);
    if (fields.number === 1) {
      target.identifier = content;
      target.stream = readText(bytes, fields.start, fields.end, 3);
    } else if (fields.number === 2) {
      target.expected = fields.integer;
      target.revision = content;
    } else if (fields.number === 6) target.deadline = readTime(bytes, fields.start, fields.end);
    else {
      const expected = EXPECTED[fields.number];
      if (expected === undefined) continue;
      target.expected = expected;
      target.revision = undefined;
    }
  }
  return target;
}

function readTime(bytes: Buffer, start: number, end: number): number {
  const [seconds, nanos] = readIntegers(bytes, start, end);
  return Number(BigInt.asIntN(64, seconds)) * 1_000 + Number(BigInt.asIntN(32, nanos)) / 1_000_000;
}

/** Reads the text of one field of a message. */
function readText(bytes: Buffer, start: number, end: number, number: number): string {
  const fields = new FieldReader(bytes, start, end);
  let [from, to] = [0, 0];
  while (fields.next()) if (fields.number === number) ({ start: from, end: to } = fields);
  return bytes.toString('utf8', from, to);
}

function readEvent(bytes: Buffer, start: number, end: number): ProposedEvent {
  const event: ProposedEvent = {
    id: '',
    type: '',
    contentType: 'application/octet-stream',
    data: NOTHING,
    metadata: NOTHING,
  };
  const fields = new FieldReader(bytes, start, end);
  while (fields.next())
    if (fields.number === 1) event.id = readUuid(bytes, fields.start, fields.end);
    else if (fields.number === 2) readEntry(bytes, fields.start, fields.end, event);
    else if (fields.number === 3) event.metadata = bytes.subarray(fields.start, fields.end);
    else if (fields.number === 4) event.data = bytes.subarray(fields.start, fields.end);
  return event;
}

/** Reads an entry of the metadata map of an event. */
function readEntry(bytes: Buffer, start: number, end: number, event: ProposedEvent): void {
  const key = readText(bytes, start, end, 1);
  if (key === 'type') event.type = readText(bytes, start, end, 2);
  else if (key === 'content-type') event.contentType = readText(bytes, start, end, 2);
}

/** What an answer repeats of its request. */
export type Answered = Pick<BatchRequest, 'correlationId' | 'target'>;

/** A message BatchAppendResp: the append succeeded. */
export function batchSucceeded(request: Answered, { revision, position }: Written): Buffer {
  const numbers = 2 * (1 + varintSize(position));
  const success = Buffer.allocUnsafe(1 + varintSize(revision) + fieldSize(numbers));
  const at = writeFieldHead(success, writeInteger(success, 0, 1, revision), 3, numbers);
  writeInteger(success, writeInteger(success, at, 1, position), 2, position);
  return answer(request, 3, success);
}

/** A message BatchAppendResp: the append failed. */
export const batchFailed = (request: Answered, error: unknown): Buffer =>
  answer(request, 2, toBatchStatus(error).serializeBinary());

function writeInteger(bytes: Buffer, at: number, number: number, value: number): number {
  bytes[at] = number << 3;
  return writeVarint(bytes, at + 1, value);
}

function answer({ correlationId = NOTHING, target = ANY }: Answered, number: number, result: Uint8Array): Buffer {
  const { identifier, revision } = target;
  const bytes = Buffer.allocUnsafe(
    fieldSize(correlationId.length) +
      fieldSize(result.length) +
      fieldSize(identifier.length) +
      (1 + (revision?.length ?? 1)),
  );
  let at = writeBytes(bytes, 0, 1, correlationId);
  at = writeBytes(bytes, at, number, result);
  at = writeBytes(bytes, at, 4, identifier);
  if (revision === undefined) writeFieldHead(bytes, at, IN_ANSWER[target.expected as NotExact], 0);
  else {
    bytes[at] = 5 << 3;
    bytes.set(revision, at + 1);
  }
  return bytes;
}
