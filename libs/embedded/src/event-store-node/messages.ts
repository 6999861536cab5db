import * as shared from '@eventstore/db-client/generated/shared_pb';
import { ReadResp } from '@eventstore/db-client/generated/streams_pb';
import { fieldSize, varintSize, writeBytes, writeFieldHead, writeVarint } from './protobuf';
import type { LoggedEvent } from './record';

function identifierOf(stream: string): shared.StreamIdentifier {
  const identifier = new shared.StreamIdentifier();
  identifier.setStreamName(Buffer.from(stream));
  return identifier;
}

export const streamNameOf = (identifier: shared.StreamIdentifier | undefined): string =>
  Buffer.from(identifier?.getStreamName_asU8() ?? new Uint8Array()).toString('utf8');

/** Reads a UUID in either form of the protocol. */
export function uuidText(uuid: shared.UUID | undefined): string {
  const structured = uuid?.getStructured();
  if (structured === undefined) return uuid?.getString() ?? '';
  return uuidOf(BigInt(structured.getMostSignificantBits()), BigInt(structured.getLeastSignificantBits()));
}

/** The text of a UUID that is sent as two numbers of 64 bits. */
export function uuidOf(high: bigint, low: bigint): string {
  const bits = (value: bigint): string => BigInt.asUintN(64, value).toString(16).padStart(16, '0');
  return (bits(high) + bits(low)).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** A ReadResp, or the serialized form of one. */
const bytesOf = (response: ReadResp): Buffer => Buffer.from(response.serializeBinary());

/** Serializes a ReadResp with an event, or with a link and the event it points at (absent when that does not exist). */
export function eventMessage(event: LoggedEvent | undefined, link?: LoggedEvent): Buffer {
  const position = (link ?? event)?.position ?? 0;
  const [eventBytes, linkBytes] = [event?.message, link?.message];
  const size =
    (eventBytes === undefined ? 0 : fieldSize(eventBytes.length)) +
    (linkBytes === undefined ? 0 : fieldSize(linkBytes.length)) +
    (1 + varintSize(position));
  const message = Buffer.allocUnsafe(fieldSize(size));
  let at = writeFieldHead(message, 0, 1, size);
  if (eventBytes !== undefined) at = writeBytes(message, at, 1, eventBytes);
  if (linkBytes !== undefined) at = writeBytes(message, at, 2, linkBytes);
  message[at] = 3 << 3;
  writeVarint(message, at + 1, position);
  return message;
}

export function streamNotFound(stream: string): Buffer {
  const message = new ReadResp.StreamNotFound();
  message.setStreamIdentifier(identifierOf(stream));
  const response = new ReadResp();
  response.setStreamNotFound(message);
  return bytesOf(response);
}

export function confirmation(): Buffer {
  const message = new ReadResp.SubscriptionConfirmation();
  message.setSubscriptionId(crypto.randomUUID());
  const response = new ReadResp();
  response.setConfirmation(message);
  return bytesOf(response);
}

export function checkpoint(position: number): Buffer {
  const message = new ReadResp.Checkpoint();
  message.setCommitPosition(String(position));
  message.setPreparePosition(String(position));
  const response = new ReadResp();
  response.setCheckpoint(message);
  return bytesOf(response);
}

export function caughtUp(): Buffer {
  const response = new ReadResp();
  response.setCaughtUp(new ReadResp.CaughtUp());
  return bytesOf(response);
}
