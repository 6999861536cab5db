import { Client, credentials, type ServiceError } from '@grpc/grpc-js';
import { binaryEvent, jsonEvent, START, streamNameFilter } from '@eventstore/db-client';
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
import type { ProposedEvent } from '@app/embedded/event-store-node/event-record';
import { ProposedEvents } from '@app/embedded/event-store-node/proposed-events';
import { Turn } from '@app/embedded/event-store-node/turn';
import { type NodeUnderTest, startNode } from './node-under-test';

const PATH = '/event_store.client.streams.Streams';
const identity = (bytes: Buffer): Buffer => bytes;

/** Sends these bytes. Returns the number of responses, or `code N` if the call fails. */
function send(peer: Client, method: string, requests: readonly Uint8Array[]): Promise<number | string> {
  const call = peer.makeBidiStreamRequest(`${PATH}/${method}`, identity, identity);
  let responses = 0;
  return new Promise((resolve) => {
    call.on('data', () => responses++);
    call.on('error', ({ code }: ServiceError) => resolve(`code ${code}`));
    call.on('end', () => resolve(responses));
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

describe('invalid and hostile requests', () => {
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
  /** After each test, other clients can read what is stored. */
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
    ['bytes that are not a message', 'Read', Buffer.from('ffffffffffffffff', 'hex')],
    ['bytes that are not a batch', 'BatchAppend', Buffer.from('0affffffff0f', 'hex')],
    ['a read without direction, stream and filter', 'Read', new ReadReq().serializeBinary()],
    ['a read with count 0', 'Read', read((options) => options.setCount('0')).serializeBinary()],
    ['a position without an event', 'Read', all('17').serializeBinary()],
    ['a deletion with empty options', 'Delete', Buffer.from('0a00', 'hex')],
    ['a message of more than 16 MiB', 'BatchAppend', Buffer.alloc(16 * 1024 * 1024 + 1)],
    ['an unknown method', 'Nothing', empty],
  ])('%s is refused', async (_case, method, bytes) => {
    expect(await send(peer, method, [bytes])).toMatch(/^code \d+$/);
  });

  it('the highest count, revision and position are answered', async () => {
    expect(await send(peer, 'Read', [read((options) => options.setCount(HIGHEST)).serializeBinary()])).toBe(1);
    expect(await send(peer, 'Read', [read((_, stream) => stream.setRevision(HIGHEST)).serializeBinary()])).toBe(0);
    expect(await send(peer, 'Read', [all(HIGHEST).serializeBinary()])).toBe(0);
  });

  it('an invalid append is refused without affecting other appends of the call', async () => {
    const validId = (): UUID => uuid(crypto.randomUUID());
    const noOptions = new BatchAppendReq();
    noOptions.setIsFinal(true);
    const high = batch('high', [proposed(validId())]);
    high.getOptions()?.setStreamPosition(HIGHEST);
    const requests = [
      batch('hostile', [proposed(uuid('garbage'))]),
      batch('hostile', [proposed()]),
      batch('hostile', [proposed(validId(), '')]),
      batch('', [proposed(validId())]),
      batch('x'.repeat(100_000), [proposed(validId())]),
      noOptions,
      high,
      batch('valid', [proposed(validId())], true, 'valid'),
    ];
    const call = peer.makeBidiStreamRequest<BatchAppendReq, BatchAppendResp>(
      `${PATH}/BatchAppend`,
      StreamsService.batchAppend.requestSerialize,
      StreamsService.batchAppend.responseDeserialize,
    );
    const stored: string[] = [];
    let responses = 0;
    const ended = new Promise((resolve) => call.on('end', resolve));
    call.on('data', (response: BatchAppendResp) => {
      responses++;
      if (response.hasSuccess()) stored.push(response.getCorrelationId()?.getString() ?? '');
    });
    for (const request of requests) call.write(request);
    call.end();
    await ended;
    expect(responses).toBe(requests.length);
    expect(stored).toEqual(['valid']);
  });

  it('an invalid unary append is refused', async () => {
    const options = new AppendReq.Options();
    options.setStreamIdentifier(identifier('unary'));
    options.setRevision(HIGHEST);
    const request = new AppendReq();
    request.setOptions(options);
    const message = new AppendReq.ProposedMessage();
    message.setId(uuid('garbage'));
    const event = new AppendReq();
    event.setProposedMessage(message);
    expect(await send(peer, 'Append', [request.serializeBinary(), event.serializeBinary()])).toBe('code 2');
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

  it('the names of the events of a unary append are limited, and the rest of its messages is not kept', async () => {
    const options = new AppendReq.Options().setStreamIdentifier(identifier('unary')).setAny(new Empty());
    const event = (type: string, contentType: string): Uint8Array => {
      const message = new AppendReq.ProposedMessage().setId(uuid(crypto.randomUUID())).setData(Buffer.alloc(10));
      message.getMetadataMap().set('type', type).set('content-type', contentType);
      return new AppendReq().setProposedMessage(message).serializeBinary();
    };
    const append = (events: Uint8Array[]): Promise<number | string> =>
      send(peer, 'Append', [new AppendReq().setOptions(options).serializeBinary(), ...events]);
    expect(await append([event('x'.repeat(600_000), 'application/json')])).toBe('code 3');
    // Field 15, which is not known, of 4 MiB.
    const unknown = Buffer.concat([Buffer.from('7a80808002', 'hex'), Buffer.alloc(4 * 1024 * 1024)]);
    const large = Buffer.concat([event('Sent', 'x'.repeat(1_000_000)), unknown]);
    const received = jest.spyOn(ProposedEvents.prototype, 'whole');
    expect(await append(Array.from({ length: 3 }, () => large))).toBe(1);
    const [events] = received.mock.results.map(({ value }) => value as ProposedEvent[]);
    received.mockRestore();
    expect(events?.map(({ contentType, data }) => [contentType, data.buffer.byteLength])).toEqual(
      Array(3).fill(['application/octet-stream', 10]),
    );
  });

  it('a deletion at a revision beyond the end is refused', async () => {
    for (const Request of [DeleteReq, TombstoneReq]) {
      const options = new Request.Options();
      options.setStreamIdentifier(identifier('kept'));
      options.setRevision(HIGHEST);
      const request = new Request();
      request.setOptions(options);
      const method = Request === DeleteReq ? 'Delete' : 'Tombstone';
      expect(await send(peer, method, [request.serializeBinary()])).toBe('code 9');
    }
  });

  it('a number that is not whole in the metadata of a stream is ignored', async () => {
    for (const data of [{ $tb: 0.5 }, { $maxCount: 0.5 }]) {
      await node.client.appendToStream('$$kept', [jsonEvent({ type: '$metadata', data })]);
      expect(await send(peer, 'Read', [read(() => {}).serializeBinary()])).toBe(1);
    }
  });

  it('a link to a revision beyond the end of its stream is not resolved', async () => {
    const links = ['0@kept', '1@kept', '99999999999999999999@kept'];
    const events = links.map((link) => binaryEvent({ type: '$>', data: Buffer.from(link) }));
    await node.client.appendToStream('links', events);
    const resolved = [];
    for await (const { event } of node.client.readStream('links', { resolveLinkTos: true })) resolved.push(event?.type);
    expect(resolved).toEqual(['Kept', undefined, undefined]);
  });

  it('an error with a long name of characters beyond the first 65,536 is answered', async () => {
    const name = `a${'😀'.repeat(3_000)}`;
    const tombstone = new TombstoneReq().setOptions(
      new TombstoneReq.Options().setStreamIdentifier(identifier(name)).setAny(new Empty()),
    );
    const bytes = tombstone.serializeBinary();
    expect(await send(peer, 'Tombstone', [bytes])).toBe(1);
    expect(await send(peer, 'Tombstone', [bytes])).toBe('code 9');
    const reading = read((_, stream) => stream.setStreamIdentifier(identifier(name)));
    expect(await send(peer, 'Read', [reading.serializeBinary()])).toBe('code 9');
  });

  it('a refusal of a regular expression with a half of a surrogate pair is answered', async () => {
    const expression = new ReadReq.Options.FilterOptions.Expression().setRegex('(...');
    const bytes = Buffer.from(
      read((options) => {
        options.setAll(new ReadReq.Options.AllOptions().setStart(new Empty()));
        options.setFilter(new ReadReq.Options.FilterOptions().setStreamIdentifier(expression));
      }).serializeBinary(),
    );
    bytes.write('eda080', bytes.indexOf('(...') + 1, 'hex');
    expect(await send(peer, 'Read', [bytes])).toBe('code 2');
  });

  it('unfinished batch appends are limited, and discarded with their call', async () => {
    const part = (n: number): Uint8Array =>
      batch('never', [proposed(uuid(crypto.randomUUID()))], false, `${n}`).serializeBinary();
    expect(
      await send(
        peer,
        'BatchAppend',
        Array.from({ length: 1_001 }, (_, n) => part(n)),
      ),
    ).toBe('code 2');
    expect(await send(peer, 'BatchAppend', [part(1)])).toBe(0);
    await expect(node.client.readStream('never')[Symbol.asyncIterator]().next()).rejects.toThrow('not found');
  });

  it('unfinished batch appends are limited by the size of their messages, not only of their events', async () => {
    // Field 15, which is not known, of 4 MiB.
    const unknown = Buffer.concat([Buffer.from('7a80808002', 'hex'), Buffer.alloc(4 * 1024 * 1024)]);
    const parts = Array.from({ length: 17 }, (_, n) => batch('never', [], false, `${n}`).serializeBinary());
    const large = parts.map((part) => Buffer.concat([part, unknown]));
    expect(await send(peer, 'BatchAppend', large.slice(0, 2))).toBe(0);
    expect(await send(peer, 'BatchAppend', large)).toBe('code 2');
  });

  it('an append with a million empty events is refused, and its call goes on', async () => {
    const million = Buffer.concat([batch('never', []).serializeBinary(), Buffer.alloc(2_000_000, '1a00', 'hex')]);
    expect(await send(peer, 'BatchAppend', [million, million])).toBe(2);
  });

  it('a request without events has at most 1 MiB', async () => {
    const valid = read(() => {}).serializeBinary();
    // Field 15, which is not known, of 1 MiB.
    const unknown = Buffer.concat([Buffer.from('7a808040', 'hex'), Buffer.alloc(1024 * 1024)]);
    expect(await send(peer, 'Read', [valid])).toBe(1);
    expect(await send(peer, 'Read', [Buffer.concat([valid, unknown])])).toBe('code 13');
  });

  it('a regular expression with exponential backtracking is stopped', async () => {
    await node.client.appendToStream(`${'a'.repeat(60)}!`, [jsonEvent({ type: 'Tested', data: {} })]);
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

  it('reads that pass many events and send none do not block the node', async () => {
    const events = Array.from({ length: 2_000 }, () => ({ type: 'Old', data: { text: 'x'.repeat(200) } }));
    for (let round = 0; round < 20; round++)
      await node.client.appendToStream(
        'old',
        events.map((event) => jsonEvent(event)),
      );
    await node.client.setStreamMetadata('old', { maxAge: 1 });
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    const turns = jest.spyOn(Turn.prototype, 'next');
    const expired = read((_, stream) => stream.setStreamIdentifier(identifier('old')));
    expect(await send(peer, 'Read', [expired.serializeBinary()])).toBe(0);
    expect(turns).toHaveBeenCalled();
    turns.mockClear();
    const expression = new ReadReq.Options.FilterOptions.Expression().setPrefixList(['nothing']);
    const filtered = read((options) => {
      options.setAll(new ReadReq.Options.AllOptions().setStart(new Empty()));
      options.setFilter(new ReadReq.Options.FilterOptions().setStreamIdentifier(expression));
    });
    expect(await send(peer, 'Read', [filtered.serializeBinary()])).toBe(0);
    expect(turns).toHaveBeenCalled();
    turns.mockRestore();
  });

  it('a client that disconnects during appends affects no other client', async () => {
    const calls = Array.from({ length: 20 }, () => {
      const call = peer.makeBidiStreamRequest(`${PATH}/BatchAppend`, identity, identity);
      call.on('error', () => {});
      for (let n = 0; n < 50; n++)
        call.write(Buffer.from(batch('cancelled', [proposed(uuid(crypto.randomUUID()))]).serializeBinary()));
      return call;
    });
    await new Promise((resolve) => setImmediate(resolve));
    for (const call of calls) call.cancel();
  });
});
