import { Client, credentials, type ServiceError } from '@grpc/grpc-js';
import { jsonEvent, START, streamNameFilter } from '@eventstore/db-client';
import { Empty as WellKnownEmpty } from 'google-protobuf/google/protobuf/empty_pb';
import { Empty, StreamIdentifier, UUID } from '@eventstore/db-client/generated/shared_pb';
import { StreamsService } from '@eventstore/db-client/generated/streams_grpc_pb';
import {
  AppendReq,
  type AppendResp,
  BatchAppendReq,
  type BatchAppendResp,
  DeleteReq,
  ReadReq,
  TombstoneReq,
} from '@eventstore/db-client/generated/streams_pb';
import { type NodeUnderTest, startNode } from './node-under-test';

const PATH = '/event_store.client.streams.Streams';
const bytesAsTheyAre = (bytes: Buffer): Buffer => bytes;

/** How a call ends that sends these bytes: with how many answers, or which code. */
function end(peer: Client, method: string, requests: readonly Uint8Array[]): Promise<number | string> {
  const call = peer.makeBidiStreamRequest(`${PATH}/${method}`, bytesAsTheyAre, bytesAsTheyAre);
  let answers = 0;
  return new Promise((resolve) => {
    call.on('data', () => answers++);
    call.on('error', ({ code }: ServiceError) => resolve(`code ${code}`));
    call.on('end', () => resolve(answers));
    for (const request of requests) call.write(Buffer.from(request));
    call.end();
  });
}

const identifier = (name: string): StreamIdentifier => {
  const message = new StreamIdentifier();
  message.setStreamName(Buffer.from(name));
  return message;
};

function uuid(text: string): UUID {
  const id = new UUID();
  id.setString(text);
  return id;
}

function proposed(id?: UUID, type = 'Sent'): BatchAppendReq.ProposedMessage {
  const message = new BatchAppendReq.ProposedMessage();
  message.setId(id);
  if (type !== '') message.getMetadataMap().set('type', type);
  message.setData(Buffer.alloc(10));
  return message;
}

function batch(stream: string, messages: BatchAppendReq.ProposedMessage[], final = true, id = 'x'): BatchAppendReq {
  const options = new BatchAppendReq.Options();
  options.setStreamIdentifier(identifier(stream));
  options.setAny(new WellKnownEmpty());
  const request = new BatchAppendReq();
  request.setCorrelationId(uuid(id));
  request.setOptions(options);
  request.setProposedMessagesList(messages);
  request.setIsFinal(final);
  return request;
}

function read(change: (options: ReadReq.Options, stream: ReadReq.Options.StreamOptions) => void): ReadReq {
  const stream = new ReadReq.Options.StreamOptions();
  stream.setStreamIdentifier(identifier('kept'));
  stream.setStart(new Empty());
  const options = new ReadReq.Options();
  options.setStream(stream);
  options.setCount('10');
  options.setNoFilter(new Empty());
  change(options, stream);
  const request = new ReadReq();
  request.setOptions(options);
  return request;
}

const all = (position: string): ReadReq =>
  read((options) => {
    const at = new ReadReq.Options.Position();
    at.setCommitPosition(position);
    at.setPreparePosition(position);
    const from = new ReadReq.Options.AllOptions();
    from.setPosition(at);
    options.setAll(from);
  });

const HIGHEST = '18446744073709551615';

describe('a hostile peer', () => {
  let node: NodeUnderTest;
  let peer: Client;

  beforeAll(async () => {
    node = await startNode();
    peer = new Client(`127.0.0.1:${node.port}`, credentials.createInsecure());
    await node.client.appendToStream('kept', [jsonEvent({ type: 'Kept', data: {} })]);
  });
  afterAll(async () => {
    peer.close();
    await node.stop();
  });
  /** What an honest client has after each of them. */
  afterEach(async () => {
    const events = [];
    for await (const { event } of node.client.readStream('kept')) events.push(event?.type);
    expect(events).toEqual(['Kept']);
  });

  const empty = new Uint8Array();
  it.each([
    ['an append without options', 'Append', empty],
    ['a read without options', 'Read', empty],
    ['a deletion without options', 'Delete', empty],
    ['a tombstone without options', 'Tombstone', empty],
    ['bytes that are no message', 'Read', Buffer.from('ffffffffffffffff', 'hex')],
    ['bytes that are no batch', 'BatchAppend', Buffer.from('0affffffff0f', 'hex')],
    ['a read of no direction, stream or filter', 'Read', new ReadReq().serializeBinary()],
    ['a read of none', 'Read', read((options) => options.setCount('0')).serializeBinary()],
    ['a position where no event stands', 'Read', all('17').serializeBinary()],
    ['options of a deletion that are empty', 'Delete', Buffer.from('0a00', 'hex')],
    ['a message of more than 16 MiB', 'BatchAppend', Buffer.alloc(16 * 1024 * 1024 + 1)],
    ['a call that there is not', 'Nothing', empty],
  ])('is refused %s', async (_what, method, bytes) => {
    expect(await end(peer, method, [bytes])).toMatch(/^code \d+$/);
  });

  it('is answered a count, a revision and a position that are as high as they get', async () => {
    expect(await end(peer, 'Read', [read((options) => options.setCount(HIGHEST)).serializeBinary()])).toBe(1);
    expect(await end(peer, 'Read', [read((_, stream) => stream.setRevision(HIGHEST)).serializeBinary()])).toBe(0);
    expect(await end(peer, 'Read', [all(HIGHEST).serializeBinary()])).toBe(0);
  });

  it('is refused each append that makes no sense, and no other of the same call', async () => {
    const good = (): UUID => uuid(crypto.randomUUID());
    const noOptions = new BatchAppendReq();
    noOptions.setIsFinal(true);
    const high = batch('high', [proposed(good())]);
    high.getOptions()?.setStreamPosition(HIGHEST);
    const requests = [
      batch('hostile', [proposed(uuid('garbage'))]),
      batch('hostile', [proposed()]),
      batch('hostile', [proposed(good(), '')]),
      batch('', [proposed(good())]),
      batch('x'.repeat(100_000), [proposed(good())]),
      noOptions,
      high,
      batch('sensible', [proposed(good())], true, 'sensible'),
    ];
    const call = peer.makeBidiStreamRequest<BatchAppendReq, BatchAppendResp>(
      `${PATH}/BatchAppend`,
      StreamsService.batchAppend.requestSerialize,
      StreamsService.batchAppend.responseDeserialize,
    );
    const stored: string[] = [];
    let answers = 0;
    const ended = new Promise((resolve) => call.on('end', resolve));
    call.on('data', (response: BatchAppendResp) => {
      answers++;
      if (response.hasSuccess()) stored.push(response.getCorrelationId()?.getString() ?? '');
    });
    for (const request of requests) call.write(request);
    call.end();
    await ended;
    expect(answers).toBe(requests.length);
    expect(stored).toEqual(['sensible']);
  });

  it('is refused by the one-by-one call, too', async () => {
    const options = new AppendReq.Options();
    options.setStreamIdentifier(identifier('one-by-one'));
    options.setRevision(HIGHEST);
    const request = new AppendReq();
    request.setOptions(options);
    const message = new AppendReq.ProposedMessage();
    message.setId(uuid('garbage'));
    const event = new AppendReq();
    event.setProposedMessage(message);
    expect(await end(peer, 'Append', [request.serializeBinary(), event.serializeBinary()])).toBe('code 2');
    const answer = await new Promise<AppendResp | undefined>((resolve, reject) => {
      const call = peer.makeClientStreamRequest<AppendReq, AppendResp>(
        `${PATH}/Append`,
        StreamsService.append.requestSerialize,
        StreamsService.append.responseDeserialize,
        (error, response) => (error === null ? resolve(response) : reject(error)),
      );
      message.setId(uuid(crypto.randomUUID()));
      message.getMetadataMap().set('type', 'Sent');
      call.write(request);
      call.write(event);
      call.end();
    });
    expect(answer?.hasWrongExpectedVersion()).toBe(true);
  });

  it('gets no stream that is deleted at a revision beyond all', async () => {
    for (const Request of [DeleteReq, TombstoneReq]) {
      const options = new Request.Options();
      options.setStreamIdentifier(identifier('kept'));
      options.setRevision(HIGHEST);
      const request = new Request();
      request.setOptions(options);
      const method = Request === DeleteReq ? 'Delete' : 'Tombstone';
      expect(await end(peer, method, [request.serializeBinary()])).toBe('code 9');
    }
  });

  it('may begin appends and finish none: what it has begun is bounded, and gone with its call', async () => {
    const part = (n: number): Uint8Array =>
      batch('never', [proposed(uuid(crypto.randomUUID()))], false, `${n}`).serializeBinary();
    expect(
      await end(
        peer,
        'BatchAppend',
        Array.from({ length: 1_001 }, (_, n) => part(n)),
      ),
    ).toBe('code 2');
    expect(await end(peer, 'BatchAppend', [part(1)])).toBe(0);
    await expect(node.client.readStream('never')[Symbol.asyncIterator]().next()).rejects.toThrow('not found');
  });

  it('cannot hold up the others with a regular expression that never ends', async () => {
    await node.client.appendToStream(`${'a'.repeat(60)}!`, [jsonEvent({ type: 'Bait', data: {} })]);
    const subscription = node.client.subscribeToAll({
      fromPosition: START,
      filter: streamNameFilter({ regex: '^(a+)+$' }),
    });
    const error = await new Promise<Error>((resolve) => subscription.on('error', resolve));
    expect(error.message).toContain('the regular expression takes too long');
    const bad = node.client.subscribeToAll({ fromPosition: START, filter: streamNameFilter({ regex: '(' }) });
    const refusal = await new Promise<Error>((resolve) => bad.on('error', resolve));
    expect(refusal.message).toContain('not a regular expression: (');
  });

  it('may hang up in the middle of everything', async () => {
    const calls = Array.from({ length: 20 }, () => {
      const call = peer.makeBidiStreamRequest(`${PATH}/BatchAppend`, bytesAsTheyAre, bytesAsTheyAre);
      call.on('error', () => {});
      for (let n = 0; n < 50; n++)
        call.write(Buffer.from(batch('hung-up', [proposed(uuid(crypto.randomUUID()))]).serializeBinary()));
      return call;
    });
    await new Promise((resolve) => setImmediate(resolve));
    for (const call of calls) call.cancel();
  });
});
