import { status } from '@grpc/grpc-js';
import * as shared from '@eventstore/db-client/generated/shared_pb';
import type { BatchAppendReq } from '@eventstore/db-client/generated/streams_pb';
import { type EventStore, type EventToAppend } from '@app/event-store/event-store';
import { type EventStoreDbOptions } from '@app/event-store/eventstoredb/eventstoredb-event-store';
import { testEvent } from '../test-event';
import { type BatchCall, callError, methods, refuse, type Script, useScriptedStores, succeed } from './scripted-server';

/** Time-outs for tests in which the server does not answer. */
const SHORT_TIMEOUTS: EventStoreDbOptions = { totalTimeoutMs: 1_000, tryTimeoutMs: 200 };
const ids = (request: BatchAppendReq): (string | undefined)[] =>
  request.getProposedMessagesList().map((message) => message.getId()?.getString());

describe('appends: pitfalls of the client and the server', () => {
  const { servers, connect } = useScriptedStores();
  const append = (store: EventStore, event: EventToAppend = testEvent(1)): Promise<unknown> =>
    store.append('s', [event], 'no-stream');

  describe('pitfall: a batch append to an unresponsive server stays pending forever', () => {
    it('an append ends within its time-out; retries send the same event ids', async () => {
      const seen: (string | undefined)[] = [];
      const store = await connect({ batchAppend: (request) => void seen.push(...ids(request)) }, SHORT_TIMEOUTS);
      const event = testEvent(1);
      await expect(append(store, event)).rejects.toMatchObject({ name: 'EventStoreUnavailable' });
      expect(seen.length).toBeGreaterThan(1);
      expect(new Set(seen)).toEqual(new Set([event.id]));
    });

    it('an append succeeds when a later attempt is answered', async () => {
      let tries = 0;
      const batchAppend: Script['batchAppend'] = (request, call) => (++tries < 3 ? undefined : succeed(request, call));
      expect(await append(await connect({ batchAppend }, { totalTimeoutMs: 20_000, tryTimeoutMs: 200 }))).toMatchObject(
        { revision: 0n },
      );
    });

    it('an append with revision any is not retried: a restarted server would store the same ids again', async () => {
      let tries = 0;
      const store = await connect({ batchAppend: () => void (tries += 1) }, SHORT_TIMEOUTS);
      await expect(store.append('s', [testEvent(1)], 'any')).rejects.toMatchObject({ name: 'EventStoreUnavailable' });
      expect(tries).toBe(1);
    });
  });

  describe('pitfall: the query for server features has no time-out, and its failure is cached', () => {
    it.each<[string, NonNullable<Script['features']> | undefined]>([
      ['fails', (reply) => reply(callError(status.INTERNAL, 'starting'))],
      ['is not answered', () => {}],
    ])('an append succeeds although the first query %s', async (_case, first) => {
      let queries = 0;
      const features: Script['features'] = (reply) =>
        ++queries === 1 ? first?.(reply) : reply(null, methods('batchappend'));
      const store = await connect({ features }, { totalTimeoutMs: 20_000, tryTimeoutMs: 300 });
      expect(await append(store)).toMatchObject({ revision: 0n });
    });
  });

  describe('pitfall: the deadline of an append is an absolute time of the client clock', () => {
    it('an append is sent without a deadline, so that a clock difference cannot make the server refuse it', async () => {
      const deadlines: boolean[] = [];
      const batchAppend: Script['batchAppend'] = (request, call) => {
        deadlines.push(request.getOptions()?.hasDeadline() === true);
        succeed(request, call);
      };
      await append(await connect({ batchAppend }));
      expect(deadlines).toEqual([false]);
    });
  });

  describe('pitfall: all clients of the process share one table of pending appends', () => {
    it('the loss of one server does not fail appends to another', async () => {
      const held: [BatchAppendReq, BatchCall][] = [];
      const lost = await connect({ batchAppend: () => {} }, { totalTimeoutMs: 400, tryTimeoutMs: 400 });
      const other = await connect({ batchAppend: (...answer) => void held.push(answer) }, { tryTimeoutMs: 20_000 });
      const failing = append(lost).catch((error: Error) => error.name);
      const pending = append(other);
      while (held.length === 0) await new Promise(setImmediate);
      servers[0]?.stop();
      expect(await failing).toBe('EventStoreUnavailable');
      for (const answer of held) succeed(...answer);
      expect(await pending).toMatchObject({ revision: 0n });
    });

    it('late, repeated and unknown responses are ignored', async () => {
      const late: [BatchAppendReq, BatchCall][] = [];
      const batchAppend: Script['batchAppend'] = (request, call) => {
        if (late.length < 2) return void late.push([request, call]);
        succeed(request, call);
        refuse(request, call, 'Bad Request', 'Timeout', new shared.Timeout());
      };
      const store = await connect({ batchAppend }, { totalTimeoutMs: 20_000, tryTimeoutMs: 200 });
      expect(await append(store)).toMatchObject({ revision: 0n });
      for (const answer of late) succeed(...answer);
      expect(await append(store)).toMatchObject({ revision: 0n });
    });
  });

  describe('pitfall: throwOnAppendFailure=false returns a wrong revision on a conflict', () => {
    it('has no effect: a conflict is an error', async () => {
      const wrong = new shared.WrongExpectedVersion();
      wrong.setCurrentStreamRevision('7');
      const batchAppend: Script['batchAppend'] = (request, call) =>
        refuse(request, call, 'wrong', 'WrongExpectedVersion', wrong);
      const store = await connect({ batchAppend }, {}, '&throwOnAppendFailure=false');
      await expect(append(store)).rejects.toMatchObject({ name: 'WrongExpectedRevision', stream: 's', actual: 7n });
    });
  });

  describe('pitfall: "not ready" arrives as an unknown error', () => {
    it.each(['Server Is Not Ready', 'Server Is Busy', 'No leader info available in response'])(
      '%s is retried',
      async (message) => {
        let tries = 0;
        const batchAppend: Script['batchAppend'] = (request, call) =>
          ++tries < 3 ? refuse(request, call, message) : succeed(request, call);
        expect(await append(await connect({ batchAppend }))).toMatchObject({ revision: 0n });
      },
    );

    it.each<[string, status]>([
      ['a server that shuts down (RST_STREAM)', status.INTERNAL],
      ['an unreachable server', status.UNAVAILABLE],
      ['a restarted server', status.CANCELLED],
      ['a write after the end of a call', status.INTERNAL],
    ])('%s is retried', async (message, code) => {
      let tries = 0;
      const batchAppend: Script['batchAppend'] = (request, call) =>
        ++tries < 3 ? call.emit('error', callError(code, message)) : succeed(request, call);
      expect(await append(await connect({ batchAppend }))).toMatchObject({ revision: 0n });
    });
  });

  describe('pitfall: a permanent error of type unknown is retried until the time-out', () => {
    it('a bad request is not retried', async () => {
      let tries = 0;
      const batchAppend: Script['batchAppend'] = (request, call) => {
        tries += 1;
        refuse(request, call, 'Bad Request', 'Unknown', new shared.Unknown());
      };
      const refused = { name: 'EventStoreRefused', reason: 'invalid-request' };
      await expect(append(await connect({ batchAppend }))).rejects.toMatchObject(refused);
      expect(tries).toBe(1);
    });

    it.each<[string, string, shared.AccessDenied | shared.StreamDeleted]>([
      ['access-denied', 'AccessDenied', new shared.AccessDenied()],
      ['stream-deleted', 'StreamDeleted', new shared.StreamDeleted()],
    ])('%s is reported as its own reason', async (reason, type, details) => {
      const batchAppend: Script['batchAppend'] = (request, call) => refuse(request, call, type, type, details);
      await expect(append(await connect({ batchAppend }))).rejects.toMatchObject({ name: 'EventStoreRefused', reason });
    });

    it('a full disk is reported as unavailable and not retried', async () => {
      let tries = 0;
      const fails: Script['append'] = (call, reply) => {
        tries += 1;
        call.resume().on('end', () => reply(callError(status.RESOURCE_EXHAUSTED, 'disk full') as never));
      };
      const features: Script['features'] = (reply) => reply(null, methods());
      const store = await connect({ features, append: fails });
      await expect(append(store)).rejects.toMatchObject({ name: 'EventStoreUnavailable' });
      expect(tries).toBe(1);
    });

    it('a lower size limit of the server is reported in bytes', async () => {
      const batchAppend: Script['batchAppend'] = (request, call) => {
        const tooLarge = new shared.MaximumAppendSizeExceeded();
        tooLarge.setMaxappendsize(1_000);
        refuse(request, call, 'too large', 'MaximumAppendSizeExceeded', tooLarge);
      };
      await expect(append(await connect({ batchAppend }))).rejects.toMatchObject({
        name: 'AppendTooLarge',
        maxBytes: 1_000,
      });
    });
  });

  describe('pitfall: a malformed append never settles, or is answered twice, which ends the process', () => {
    const refusals: [string, string, EventToAppend, bigint | 'no-stream'][] = [
      ['data that JSON cannot hold', 's', { ...testEvent(1), data: { n: 1n } }, 'no-stream'],
      ['no data', 's', { ...testEvent(1), data: undefined }, 'no-stream'],
      ['an empty event type', 's', { ...testEvent(1), type: '' }, 'no-stream'],
      ['an id that is no UUID', 's', testEvent(1, 'one'), 'no-stream'],
      ['an empty stream name', '', testEvent(1), 'no-stream'],
      ['revision -1', 's', testEvent(1), -1n],
    ];

    it.each(refusals)('%s is a TypeError before anything is sent', async (_case, stream, event, expected) => {
      let sent = 0;
      const store = await connect({ batchAppend: () => void (sent += 1) });
      await expect(store.append(stream, [event], expected)).rejects.toBeInstanceOf(TypeError);
      expect(sent).toBe(0);
    });
  });
});
