import { createUUID } from '@eventstore/db-client/dist/utils';
import { AllStreamPosition, UUID } from '@eventstore/db-client/generated/shared_pb';
import { Status } from '@eventstore/db-client/generated/status_pb';
import { BatchAppendReq, BatchAppendResp } from '@eventstore/db-client/generated/streams_pb';
import type { ExpectedRevision } from '../event-store';
import { batchRequest, readBatchAnswer } from './batch-messages';
import type { ProposedEvent } from './events';

const ID = '0190a5b2-0000-4000-8000-000000000001';
const eventOf = (size: number, type = 'PurchaseCreated'): ProposedEvent => ({
  id: crypto.randomUUID(),
  type,
  contentType: 'application/json',
  data: Uint8Array.from({ length: size }, (_, at) => at % 256),
  metadata: Uint8Array.from({ length: size % 1_000 }, (_, at) => 255 - (at % 256)),
});

const textOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');

describe('batchRequest', () => {
  it.each([0, 1, 127, 128, 16_383, 16_384, 2_097_151, 2_097_152])('writes what the client reads: %i bytes', (size) => {
    const events = [eventOf(size), eventOf(3, '注文'.repeat(100))];
    const read = BatchAppendReq.deserializeBinary(batchRequest(ID, undefined, events, false));
    expect([read.getCorrelationId()?.getString(), read.hasOptions(), read.getIsFinal()]).toEqual([ID, false, false]);
    const found = read.getProposedMessagesList().map((message) => ({
      id: message.getId()?.getString(),
      type: message.getMetadataMap().get('type'),
      contentType: message.getMetadataMap().get('content-type'),
      data: textOf(message.getData_asU8()),
      metadata: textOf(message.getCustomMetadata_asU8()),
    }));
    expect(found).toEqual(
      events.map((event) => ({ ...event, data: textOf(event.data), metadata: textOf(event.metadata) })),
    );
  });

  it.each<ExpectedRevision>([0n, 1n, 127n, 128n, 2n ** 53n + 1n, 2n ** 64n - 1n, 'no-stream', 'any'])(
    'writes the stream and the expected revision %s',
    (expected) => {
      const stream = `purchase-${'ß'.repeat(200)}`;
      const read = BatchAppendReq.deserializeBinary(batchRequest(ID, { stream, expected }, [], true));
      const options = read.getOptions();
      const name = Buffer.from(options?.getStreamIdentifier()?.getStreamName_asU8() ?? []).toString();
      expect([name, read.getIsFinal(), options?.hasDeadline()]).toEqual([stream, true, false]);
      expect([options?.hasNoStream(), options?.hasAny(), options?.getStreamPosition()]).toEqual([
        expected === 'no-stream',
        expected === 'any',
        typeof expected === 'bigint' ? String(expected) : '0',
      ]);
    },
  );
});

describe('readBatchAnswer', () => {
  const answer = (fill: (response: BatchAppendResp) => void): Buffer => {
    const response = new BatchAppendResp();
    response.setCorrelationId(createUUID(ID));
    fill(response);
    return Buffer.from(response.serializeBinary());
  };
  const success = (revision: string): BatchAppendResp.Success =>
    new BatchAppendResp.Success()
      .setCurrentRevision(revision)
      .setPosition(new AllStreamPosition().setCommitPosition('9007199254740993').setPreparePosition('7'));

  it('reads a revision and a position', () => {
    for (const revision of [0n, 5n, 2n ** 53n + 1n])
      expect(
        readBatchAnswer(
          answer((each) => each.setSuccess(success(String(revision)))),
          () => '',
        ),
      ).toEqual({ id: ID, result: { revision, position: { commit: 9007199254740993n, prepare: 7n } } });
  });

  it('reads an id in two numbers', () => {
    const structured = new UUID.Structured()
      .setMostSignificantBits(String(BigInt.asIntN(64, 0x0190a5b200004000n)))
      .setLeastSignificantBits(String(BigInt.asIntN(64, 0x8000000000000001n)));
    const bytes = answer((each) =>
      each.setCorrelationId(new UUID().setStructured(structured)).setSuccess(success('1')),
    );
    expect(readBatchAnswer(bytes, () => '').id).toBe(ID);
  });

  it('reads an error, and the lack of a result as one', () => {
    const error = new Status().setMessage('no space left');
    for (const [fill, message] of [
      [(each: BatchAppendResp) => void each.setError(error), 'no space left'],
      [() => {}, ''],
    ] as const)
      expect(readBatchAnswer(answer(fill), () => 's')).toEqual({
        id: ID,
        result: new Error(`an answer without a result: ${message}`),
      });
  });

  it('reads no result from a part of an answer', () => {
    const bytes = answer((each) => each.setSuccess(success('5')));
    const resultOf = (length: number): unknown => {
      try {
        return readBatchAnswer(bytes.subarray(0, length), () => '').result;
      } catch (error) {
        return error;
      }
    };
    for (let length = 1; length < bytes.length; length++) expect(resultOf(length)).toBeInstanceOf(Error);
  });
});
