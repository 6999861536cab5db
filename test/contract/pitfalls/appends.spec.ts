import { status } from '@grpc/grpc-js';
import * as shared from '@eventstore/db-client/generated/shared_pb';
import type { BatchAppendReq } from '@eventstore/db-client/generated/streams_pb';
import { type EventStore, type EventToAppend } from '@app/event-store/event-store';
import { connectEventStoreDb, type EventStoreDbOptions } from '@app/event-store/eventstoredb/eventstoredb-event-store';
import { testEvent } from '../test-event';
import {
  type BatchCall,
  callError,
  methods,
  refuse,
  type Script,
  type ScriptedServer,
  startScriptedServer,
  succeed,
} from './scripted-server';

/** For servers that are silent; the others get all the time they want. */
const IMPATIENT: EventStoreDbOptions = { totalTimeoutMs: 1_000, tryTimeoutMs: 200 };
const ids = (request: BatchAppendReq): (string | undefined)[] =>
  request.getProposedMessagesList().map((message) => message.getId()?.getString());

describe('appends, and what the client and the server do wrong with them', () => {
  const servers: ScriptedServer[] = [];
  const stores: EventStore[] = [];

  async function connect(script: Script, options: EventStoreDbOptions = {}, more = ''): Promise<EventStore> {
    const server = await startScriptedServer(script);
    servers.push(server);
    const store = connectEventStoreDb(server.url + more, options);
    stores.push(store);
    return store;
  }
  const append = (store: EventStore, event: EventToAppend = testEvent(1)): Promise<unknown> =>
    store.append('s', [event], 'no-stream');

  afterEach(async () => {
    await Promise.all(stores.splice(0).map((store) => store.close()));
    for (const server of servers.splice(0)) server.stop();
  });

  describe('pitfall: a silent server leaves a batch append pending for ever', () => {
    it('ends within its time-out, and was sent again with the same event ids', async () => {
      const seen: (string | undefined)[] = [];
      const store = await connect({ batchAppend: (request) => void seen.push(...ids(request)) }, IMPATIENT);
      const event = testEvent(1);
      await expect(append(store, event)).rejects.toMatchObject({ name: 'EventStoreUnavailable' });
      expect(seen.length).toBeGreaterThan(1);
      expect(new Set(seen)).toEqual(new Set([event.id]));
    });

    it('succeeds when a later try is answered', async () => {
      let tries = 0;
      const batchAppend: Script['batchAppend'] = (request, call) => (++tries < 3 ? undefined : succeed(request, call));
      expect(await append(await connect({ batchAppend }, { totalTimeoutMs: 20_000, tryTimeoutMs: 200 }))).toMatchObject(
        { revision: 0n },
      );
    });

    it('is not sent again under any: the same ids are stored once only while the server lives', async () => {
      let tries = 0;
      const store = await connect({ batchAppend: () => void (tries += 1) }, IMPATIENT);
      await expect(store.append('s', [testEvent(1)], 'any')).rejects.toMatchObject({ name: 'EventStoreUnavailable' });
      expect(tries).toBe(1);
    });
  });

  describe('pitfall: the look at the features of the server has no time-out, and a failed one is remembered', () => {
    it.each<[string, NonNullable<Script['features']> | undefined]>([
      ['fails', (reply) => reply(callError(status.INTERNAL, 'starting'))],
      ['is silent', () => {}],
    ])('an append succeeds although the first look %s', async (_case, first) => {
      let looks = 0;
      const features: Script['features'] = (reply) =>
        ++looks === 1 ? first?.(reply) : reply(null, methods('batchappend'));
      const store = await connect({ features }, { totalTimeoutMs: 20_000, tryTimeoutMs: 300 });
      expect(await append(store)).toMatchObject({ revision: 0n });
    });
  });

  describe('pitfall: the deadline of an append is a point in time by the clock of the client', () => {
    it('goes without one, so that no clock makes a server refuse at once', async () => {
      const deadlines: boolean[] = [];
      const batchAppend: Script['batchAppend'] = (request, call) => {
        deadlines.push(request.getOptions()?.hasDeadline() === true);
        succeed(request, call);
      };
      await append(await connect({ batchAppend }));
      expect(deadlines).toEqual([false]);
    });
  });

  describe('pitfall: one promise bank for the whole process', () => {
    it('a server that is lost fails no append to another one', async () => {
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

    it('an answer that comes too late, twice, or to nobody ends nothing', async () => {
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

  describe('pitfall: throwOnAppendFailure=false tells a wrong revision', () => {
    it('changes nothing here: a conflict is an error', async () => {
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
      '%s means try again',
      async (words) => {
        let tries = 0;
        const batchAppend: Script['batchAppend'] = (request, call) =>
          ++tries < 3 ? refuse(request, call, words) : succeed(request, call);
        expect(await append(await connect({ batchAppend }))).toMatchObject({ revision: 0n });
      },
    );

    it.each<[string, status]>([
      ['a server that stops (RST_STREAM)', status.INTERNAL],
      ['a server that is gone', status.UNAVAILABLE],
      ['a server that was restarted', status.CANCELLED],
      ['a write after the end of a call', status.INTERNAL],
    ])('%s means try again', async (words, code) => {
      let tries = 0;
      const batchAppend: Script['batchAppend'] = (request, call) =>
        ++tries < 3 ? call.emit('error', callError(code, words)) : succeed(request, call);
      expect(await append(await connect({ batchAppend }))).toMatchObject({ revision: 0n });
    });
  });

  describe('pitfall: an unknown error that is final is tried until the time is over', () => {
    it('a bad request is refused at once', async () => {
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
    ])('%s is an error of its own', async (reason, type, details) => {
      const batchAppend: Script['batchAppend'] = (request, call) => refuse(request, call, type, type, details);
      await expect(append(await connect({ batchAppend }))).rejects.toMatchObject({ name: 'EventStoreRefused', reason });
    });

    it('a full disk is unavailable, and not asked again', async () => {
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

    it('a limit that the server sets lower is told with its bytes', async () => {
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

  describe('pitfall: what is malformed never settles, or is answered twice and ends the process', () => {
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
