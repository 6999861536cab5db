import { convertToCommandError, StreamNotFoundError } from '@eventstore/db-client';
import { StreamsClient, StreamsService } from '@eventstore/db-client/generated/streams_grpc_pb';
import type { ReadReq } from '@eventstore/db-client/generated/streams_pb';
import type { ClientReadableStream } from '@grpc/grpc-js';
import type { Connection } from './connection';
import { readServerMessage, type SerializedEvent } from './serialized-event';

/** A call of the read service. It delivers each message as bytes, for `readServerMessage`. */
export type ReadCall = ClientReadableStream<Buffer>;

/** Opens a call without a deadline. It uses the connection of the official client, but not its classes, which take several times as long. */
export function openRead({ client }: Connection, request: ReadReq, requiresLeader = false): Promise<ReadCall> {
  const { path, requestSerialize } = StreamsService.read;
  const open = client['GRPCStreamCreator'](StreamsClient, 'read', (grpc) => {
    const [metadata, callOptions] = client['callArguments']({ requiresLeader }, { deadline: Infinity });
    return grpc.makeServerStreamRequest(
      path,
      requestSerialize,
      (bytes: Buffer) => bytes,
      request,
      metadata,
      callOptions,
    );
  });
  return open();
}

/** Cancels a call that is open, or as soon as it is. */
export const cancelRead = (opening: Promise<ReadCall>): void =>
  void opening.then(
    (call) => call.on('error', () => {}).cancel(),
    () => {},
  );

/** The result of a finite read. */
export interface ReadEvents<T> {
  events: T[];
  /** True when the read was ended by `maxBytes`. */
  isCut: boolean;
}

/**
 * Collects the events of a finite read up to the event that reaches a size. Decodes each event as it arrives, so that a large page does not hold
 * the event loop. @throws StreamNotFoundError, RangeError for a malformed message, or the error of the call
 */
export async function collectEvents<T>(
  call: ReadCall,
  decode: (event: SerializedEvent) => T,
  maxBytes = Infinity,
): Promise<ReadEvents<T>> {
  const events: T[] = [];
  let bytes = 0;
  const receive = (message: Buffer): void => {
    const content = readServerMessage(message);
    if (content === 'stream-not-found') throw new StreamNotFoundError();
    if (typeof content !== 'object' || !('event' in content)) return;
    events.push(decode(content.event));
    bytes += content.event.size;
  };
  const failure = await new Promise<unknown>((resolve) => {
    call
      .on('data', (message: Buffer) => {
        if (bytes >= maxBytes) return resolve(undefined);
        try {
          receive(message);
        } catch (error) {
          resolve(error);
        }
      })
      .on('error', (error) => resolve(convertToCommandError(error)))
      .on('end', () => resolve(undefined));
  });
  call.cancel();
  if (failure !== undefined) throw failure as Error;
  return { events, isCut: bytes >= maxBytes };
}
