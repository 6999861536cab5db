import { createStreamIdentifier, createUUID } from '@eventstore/db-client/dist/utils';
import { AppendReq } from '@eventstore/db-client/generated/streams_pb';
import { Empty } from 'google-protobuf/google/protobuf/empty_pb';
import type { Appended, ExpectedRevision } from '../event-store';
import type { ProposedEvent } from './events';

export function unaryMessage(event: ProposedEvent): AppendReq.ProposedMessage {
  const message = new AppendReq.ProposedMessage();
  message.setId(createUUID(event.id));
  message.getMetadataMap().set('type', event.type);
  message.getMetadataMap().set('content-type', event.contentType);
  message.setData(event.data);
  message.setCustomMetadata(event.metadata);
  return message;
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
