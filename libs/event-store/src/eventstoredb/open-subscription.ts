import { StreamsClient, StreamsService } from '@eventstore/db-client/generated/streams_grpc_pb';
import { ReadReq } from '@eventstore/db-client/generated/streams_pb';
import type { ClientReadableStream } from '@grpc/grpc-js';
import type { FromPosition } from '../event-store';
import type { Connection } from './connection';
import { allFrom, readRequest } from './read-request';

/** Events per checkpoint. */
const CHECKPOINT_EVERY = 1_000;

export interface SubscriptionRequest {
  /** Exclusive. */
  from: FromPosition;
  streamPrefixes: readonly string[];
}

function requestFor({ from, streamPrefixes }: SubscriptionRequest): ReadReq {
  const expression = new ReadReq.Options.FilterOptions.Expression();
  expression.setPrefixList([...streamPrefixes]);
  const filter = new ReadReq.Options.FilterOptions();
  filter.setStreamIdentifier(expression);
  filter.setMax(CHECKPOINT_EVERY);
  filter.setCheckpointintervalmultiplier(1);
  return readRequest((options) =>
    options.setAll(allFrom(from)).setSubscription(new ReadReq.Options.SubscriptionOptions()).setFilter(filter),
  );
}

/** Subscribes to $all. The call delivers each message as bytes, for `readServerMessage`. */
export async function openSubscription(
  { client }: Connection,
  request: SubscriptionRequest,
): Promise<ClientReadableStream<Buffer>> {
  const { path, requestSerialize } = StreamsService.read;
  const open = client['GRPCStreamCreator'](StreamsClient, 'subscription', (grpc) => {
    const [metadata, callOptions] = client['callArguments']({}, { deadline: Infinity });
    return grpc.makeServerStreamRequest(
      path,
      requestSerialize,
      (bytes: Buffer) => bytes,
      requestFor(request),
      metadata,
      callOptions,
    );
  });
  return open();
}
