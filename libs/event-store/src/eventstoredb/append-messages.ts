import { createStreamIdentifier, createUUID } from '@eventstore/db-client/dist/utils';
import { AppendReq, BatchAppendReq } from '@eventstore/db-client/generated/streams_pb';
import { Empty } from 'google-protobuf/google/protobuf/empty_pb';
import type { Appended, ExpectedRevision } from '../event-store';
import type { ProposedEvent } from './events';

export function fillMessage<M extends AppendReq.ProposedMessage | BatchAppendReq.ProposedMessage>(
  message: M,
  event: ProposedEvent,
): M {
  message.setId(createUUID(event.id));
  message.getMetadataMap().set('type', event.type);
  message.getMetadataMap().set('content-type', event.contentType);
  message.setData(event.data);
  message.setCustomMetadata(event.metadata);
  return message;
}

export function batchOptions(stream: string, expected: ExpectedRevision): BatchAppendReq.Options {
  const options = new BatchAppendReq.Options();
  options.setStreamIdentifier(createStreamIdentifier(stream));
  if (typeof expected === 'bigint') options.setStreamPosition(String(expected));
  else if (expected === 'no-stream') options.setNoStream(new Empty());
  else options.setAny(new Empty());
  // No deadline: it is an absolute time, so a server whose clock is ahead would refuse immediately. The limit of the server applies.
  return options;
}

export function unaryOptions(stream: string, expected: ExpectedRevision): AppendReq {
  const options = new AppendReq.Options();
  options.setStreamIdentifier(createStreamIdentifier(stream));
  if (typeof expected === 'bigint') options.setRevision(String(expected));
  else if (expected === 'no-stream') options.setNoStream(new Empty());
  else options.setAny(new Empty());
  const request = new AppendReq();
  request.setOptions(options);
  return request;
}

interface Success {
  getCurrentRevision(): string;
  getPosition(): { getCommitPosition(): string; getPreparePosition(): string } | undefined;
}

export function toAppended(success: Success): Appended {
  const at = success.getPosition();
  const position = at && { commit: BigInt(at.getCommitPosition()), prepare: BigInt(at.getPreparePosition()) };
  return { revision: BigInt(success.getCurrentRevision()), ...(position !== undefined && { position }) };
}
