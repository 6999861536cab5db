import { Empty } from 'google-protobuf/google/protobuf/empty_pb';
import { Timestamp } from 'google-protobuf/google/protobuf/timestamp_pb';
import { StreamIdentifier, UUID } from '@eventstore/db-client/generated/shared_pb';
import { BatchAppendReq, BatchAppendResp } from '@eventstore/db-client/generated/streams_pb';
import { batchFailed, batchSucceeded, readBatchRequest } from '@app/embedded/event-store-node/batch-messages';
import { WrongExpectedVersion } from '@app/embedded/event-store-node/refusal';

const ID = '0190a5b2-0000-4000-8000-000000000001';
const AS_NUMBERS = new UUID().setStructured(
  new UUID.Structured()
    .setMostSignificantBits(String(0x0190a5b200004000n))
    .setLeastSignificantBits(String(BigInt.asIntN(64, 0x8000000000000001n))),
);
const AS_TEXT = new UUID().setString(ID);

const optionsOf = (stream: string): BatchAppendReq.Options =>
  new BatchAppendReq.Options().setStreamIdentifier(new StreamIdentifier().setStreamName(Buffer.from(stream)));

function event(size: number, type: string): BatchAppendReq.ProposedMessage {
  const message = new BatchAppendReq.ProposedMessage().setId(AS_NUMBERS);
  message.getMetadataMap().set('type', type);
  message.getMetadataMap().set('content-type', 'application/json');
  return message.setData(Buffer.alloc(size, 'd')).setCustomMetadata(Buffer.alloc(size % 300, 'm'));
}

const bytesOf = (request: BatchAppendReq): Buffer => Buffer.from(request.serializeBinary());

describe('readBatchRequest', () => {
  it.each([0, 127, 128, 16_384, 1_000_000])('reads what the client writes: events of %i bytes', (size) => {
    const bytes = bytesOf(
      new BatchAppendReq()
        .setCorrelationId(AS_TEXT)
        .setProposedMessagesList([
          event(size, 'A'),
          event(1, '注文'.repeat(100)),
          new BatchAppendReq.ProposedMessage().setId(AS_TEXT),
        ]),
    );
    const { events: proposed, ...request } = readBatchRequest(bytes);
    const events = proposed.whole();
    expect(request).toMatchObject({ id: ID, isFinal: false, size: bytes.length });
    expect(request.target).toBeUndefined();
    expect(
      events.map(({ id, type, contentType, data, metadata }) => [id, type, contentType, data.length, metadata.length]),
    ).toEqual([
      [ID, 'A', 'application/json', size, size % 300],
      [ID, '注文'.repeat(100), 'application/json', 1, 1],
      [ID, '', 'application/octet-stream', 0, 0],
    ]);
    expect(Buffer.from(events[0]?.data ?? []).equals(Buffer.alloc(size, 'd'))).toBe(true);
  });

  it('does not read many bytes of another wire type as a number', () => {
    const content = Buffer.concat([Buffer.from('1280c00c', 'hex'), Buffer.alloc(200 * 1_024, 0xff)]);
    const options = Buffer.concat([Buffer.from('1284c00c', 'hex'), content]);
    const { BigInt: toBigInt } = globalThis;
    let converted = 0;
    const counting = (value: number): bigint => {
      converted += 1;
      return toBigInt(value);
    };
    globalThis.BigInt = Object.assign(counting, {
      asUintN: (bits: number, value: bigint) => toBigInt.asUintN(bits, value),
    }) as typeof BigInt;
    try {
      expect(readBatchRequest(options).target?.expected).toBe(2n ** 64n - 1n);
    } finally {
      globalThis.BigInt = toBigInt;
    }
    expect(converted).toBe(10);
  });

  it.each<[string, BatchAppendReq.ProposedMessage]>([
    ['the id of an event is not a UUID', new BatchAppendReq.ProposedMessage()],
    ['the id of an event is not a UUID', new BatchAppendReq.ProposedMessage().setId(new UUID().setString('x'))],
    ['Maximum Append Size of 1048576 Exceeded.', event(1_048_577, 'A')],
  ])('drops the events of an append that is going to fail: %s', (message, refused) => {
    const { events } = readBatchRequest(
      bytesOf(new BatchAppendReq().setProposedMessagesList([event(1, 'A'), refused, event(1, 'B')])),
    );
    expect(() => events.whole()).toThrow(message);
    expect(JSON.stringify(events)).not.toContain('"type"');
  });

  it('reads the stream, the expected revision and the deadline', () => {
    const read = (options: BatchAppendReq.Options): unknown =>
      readBatchRequest(bytesOf(new BatchAppendReq().setOptions(options).setIsFinal(true))).target;
    const stream = `purchase-${'ß'.repeat(200)}`;
    for (const revision of [0n, 127n, 128n, 2n ** 53n + 1n, 2n ** 64n - 1n])
      expect(read(optionsOf(stream).setStreamPosition(String(revision)))).toMatchObject({ stream, expected: revision });
    expect(read(optionsOf(stream).setNoStream(new Empty()))).toMatchObject({ stream, expected: 'no-stream' });
    expect(read(optionsOf(stream).setAny(new Empty()))).toMatchObject({ stream, expected: 'any' });
    expect(read(optionsOf(stream).setStreamExists(new Empty()))).toMatchObject({ stream, expected: 'stream-exists' });
    for (const [seconds, nanos, deadline] of [
      [1_700_000_000, 500_000_000, 1_700_000_000_500],
      [-1, 0, -1_000],
    ] as const)
      expect(read(optionsOf(stream).setDeadline(new Timestamp().setSeconds(seconds).setNanos(nanos)))).toMatchObject({
        deadline,
      });
  });

  it('refuses a message that is cut off within a field, and reads or refuses one with a changed byte', () => {
    const bytes = bytesOf(
      new BatchAppendReq()
        .setCorrelationId(AS_TEXT)
        .setOptions(optionsOf('s').setStreamPosition('300'))
        .setProposedMessagesList([event(300, 'A')])
        .setIsFinal(true),
    );
    const outcome = (message: Buffer): string => {
      try {
        readBatchRequest(message);
        return 'read';
      } catch (error) {
        return (error as Error).message;
      }
    };
    // Of the shorter ones, the empty message and those that end with one of the first three fields are valid. The first field, the id, has 40 bytes.
    expect(outcome(bytes.subarray(0, 40))).toBe('read');
    const refused = Array.from(bytes.keys()).filter((length) => outcome(bytes.subarray(0, length)) !== 'read');
    expect(refused.length).toBe(bytes.length - 4);
    for (let at = 0; at < bytes.length; at++)
      for (const byte of [0, 3, 127, 128, 255]) {
        const changed = Buffer.from(bytes);
        changed[at] = byte;
        expect(outcome(changed)).toMatch(/^(read|the request is not a valid protobuf message)$/);
      }
  });
});

describe('answers', () => {
  const request = (options: BatchAppendReq.Options, id = AS_NUMBERS): ReturnType<typeof readBatchRequest> =>
    readBatchRequest(bytesOf(new BatchAppendReq().setCorrelationId(id).setOptions(options).setIsFinal(true)));
  const named = (response: BatchAppendResp): string =>
    Buffer.from(response.getStreamIdentifier()?.getStreamName_asU8() ?? []).toString();

  it('repeat the id, the stream and the expected revision of the request', () => {
    for (const [options, of] of [
      [
        optionsOf('s').setStreamPosition(String(2n ** 64n - 1n)),
        (each) => each.getStreamPosition() === '18446744073709551615',
      ],
      [optionsOf('s').setNoStream(new Empty()), (each) => each.hasNoStream()],
      [optionsOf('s').setAny(new Empty()), (each) => each.hasAny()],
      [optionsOf('s').setStreamExists(new Empty()), (each) => each.hasStreamExists()],
      [optionsOf('s'), (each) => each.hasAny()],
    ] as [BatchAppendReq.Options, (response: BatchAppendResp) => boolean][])
      for (const bytes of [
        batchSucceeded(request(options), { revision: 1, position: 2 }),
        batchFailed(request(options), new Error('a fault')),
      ]) {
        const response = BatchAppendResp.deserializeBinary(bytes);
        expect(response.getCorrelationId()?.toObject()).toEqual(AS_NUMBERS.toObject());
        expect([named(response), of(response)]).toEqual(['s', true]);
      }
  });

  it.each([0, 127, 128, 2 ** 40 + 1])('contain the revision and the position %i', (number) => {
    const bytes = batchSucceeded(request(optionsOf('s'), AS_TEXT), { revision: number, position: number });
    const success = BatchAppendResp.deserializeBinary(bytes).getSuccess();
    expect([
      success?.getCurrentRevision(),
      success?.getPosition()?.getCommitPosition(),
      success?.getPosition()?.getPreparePosition(),
    ]).toEqual([String(number), String(number), String(number)]);
  });

  it('contain the reason of a refusal', () => {
    const bytes = batchFailed(request(optionsOf('s')), new WrongExpectedVersion('s', 4n, 7));
    const error = BatchAppendResp.deserializeBinary(bytes).getError();
    expect(error?.getMessage()).toContain('WrongExpectedVersion');
    expect(error?.getDetails()?.getTypeUrl()).toContain('WrongExpectedVersion');
  });

  it('are made for a request without anything', () => {
    const response = BatchAppendResp.deserializeBinary(
      batchFailed(readBatchRequest(Buffer.alloc(0)), new Error('a fault')),
    );
    expect([named(response), response.getError()?.getMessage(), response.getCorrelationId()?.getString()]).toEqual([
      '',
      'a fault',
      '',
    ]);
  });
});
