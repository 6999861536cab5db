import { createStreamIdentifier, parseUUID } from '@eventstore/db-client/dist/utils';
import { StreamsClient } from '@eventstore/db-client/generated/streams_grpc_pb';
import { ReadReq, type ReadResp } from '@eventstore/db-client/generated/streams_pb';
import { Empty } from 'google-protobuf/google/protobuf/empty_pb';
import type { Position } from '../event-store';
import type { Connection } from './connection';
import type { ProposedEvent } from './events';
import { allFrom, readRequest } from './read-request';

/** An event with its stored bytes. The client would parse them and lose numbers above 2^53 and the formatting of the JSON. */
export interface RawEvent extends ProposedEvent {
  stream: string;
  revision: bigint;
  position: Position;
}

const PAGE_SIZE = 500;
const PAGE_TIMEOUT_MS = 30_000;

const pageRequest = (from: Position | undefined): ReadReq =>
  finiteRequest(PAGE_SIZE, (options) => options.setAll(allFrom(from)));

/** A request for the last event of a stream. */
function lastEventRequest(stream: string): ReadReq {
  const last = new ReadReq.Options.StreamOptions();
  last.setStreamIdentifier(createStreamIdentifier(stream));
  last.setEnd(new Empty());
  return finiteRequest(1, (options) => options.setStream(last).setReadDirection(1));
}

const finiteRequest = (count: number, configure: (options: ReadReq.Options) => unknown): ReadReq =>
  readRequest((options) => configure(options.setNoFilter(new Empty()).setCount(String(count))));

function toRawEvent(record: ReadResp.ReadEvent.RecordedEvent): RawEvent {
  const [id, metadata] = [record.getId(), record.getMetadataMap()];
  return {
    id: id === undefined ? '' : parseUUID(id),
    stream: Buffer.from(record.getStreamIdentifier()?.getStreamName_asU8() ?? []).toString('utf8'),
    revision: BigInt(record.getStreamRevision()),
    position: { commit: BigInt(record.getCommitPosition()), prepare: BigInt(record.getPreparePosition()) },
    type: metadata.get('type') ?? '',
    contentType: metadata.get('content-type') ?? 'application/octet-stream',
    data: record.getData_asU8(),
    metadata: record.getCustomMetadata_asU8(),
  };
}

/** Executes one bounded read. @throws CallTimeout, or the error of the call */
function readRaw(connection: Connection, read: ReadReq): Promise<RawEvent[]> {
  const { client } = connection;
  const collect = async (): Promise<RawEvent[]> => {
    const call = await client['GRPCStreamCreator'](StreamsClient, 'read bytes', (grpc) =>
      grpc.read(read, ...client['callArguments']({}, { deadline: Date.now() + PAGE_TIMEOUT_MS })),
    )();
    const events: RawEvent[] = [];
    for await (const response of call as AsyncIterable<ReadResp>) {
      const record = response.getEvent()?.getEvent();
      if (record !== undefined) events.push(toRawEvent(record));
    }
    return events;
  };
  return connection.attempt(PAGE_TIMEOUT_MS, collect);
}

/** Every event of $all from the beginning, in order. @throws CallTimeout, or the error of the call */
export async function* allRawEvents(connection: Connection): AsyncGenerator<RawEvent> {
  let from: Position | undefined;
  for (;;) {
    const page = await readRaw(connection, pageRequest(from));
    // A page starts with the last event of the previous page.
    yield* page.slice(from === undefined ? 0 : 1);
    if (page.length < PAGE_SIZE) return;
    from = page.at(-1)?.position;
  }
}

/** The last event of a stream; undefined when there is none. */
export async function lastRawEvent(connection: Connection, stream: string): Promise<RawEvent | undefined> {
  const [last] = await readRaw(connection, lastEventRequest(stream));
  return last;
}
