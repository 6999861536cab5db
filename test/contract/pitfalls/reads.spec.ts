import { status } from '@grpc/grpc-js';
import { type EventStore } from '@app/event-store/event-store';
import { type EventStoreDbOptions } from '@app/event-store/eventstoredb/eventstoredb-event-store';
import { callError, type ReadCall, recorded, type Script, useScriptedStores } from './scripted-server';

/** Time-outs for tests in which the server does not answer. */
const SHORT_TIMEOUTS: EventStoreDbOptions = { totalTimeoutMs: 700, tryTimeoutMs: 200 };

describe('reads: pitfalls of the client and the server', () => {
  const { connect } = useScriptedStores();

  describe('pitfall: reads have no deadline', () => {
    const reads: [string, (store: EventStore) => Promise<unknown>][] = [
      ['readStream', (store) => store.readStream('s')],
      ['readAll', (store) => store.readAll({ maxCount: 10 })],
      ['streamExists', (store) => store.streamExists('s')],
      ['lastRevision', (store) => store.lastRevision('s')],
      ['lastPosition', (store) => store.lastPosition()],
    ];

    it.each(reads)(
      '%s from an unresponsive server ends within its time-out and leaves no call open',
      async (_name, read) => {
        const calls: ReadCall[] = [];
        await expect(
          read(await connect({ read: (call) => void calls.push(call) }, SHORT_TIMEOUTS)),
        ).rejects.toMatchObject({
          name: 'EventStoreUnavailable',
        });
        expect(calls.length).toBeGreaterThan(1);
        while (!calls.every(({ cancelled }) => cancelled)) await new Promise((resolve) => setTimeout(resolve, 10));
      },
    );
  });

  describe('pitfall: a read whose iteration stops early stays open', () => {
    it('requests as many events as it needs, so that every call ends', async () => {
      const counts: number[] = [];
      let open = 0;
      const read: Script['read'] = (call) => {
        counts.push(Number(call.request.getOptions()?.getCount()));
        open += 1;
        call.on('close', () => (open -= 1)).on('finish', () => (open -= 1));
        call.write(recorded('s', 1n));
        call.end();
      };
      const reading = await connect({ read });
      for (let n = 0; n < 50; n++) await reading.readStream('s', { maxCount: 1 });
      expect(counts).toEqual(Array(50).fill(1));
      expect(open).toBeLessThanOrEqual(0);
    });
  });

  describe('pitfall: a read of all events at once exhausts memory', () => {
    it('reads pages', async () => {
      const counts: number[] = [];
      const read: Script['read'] = (call) => {
        counts.push(Number(call.request.getOptions()?.getCount()));
        call.end();
      };
      const reading = await connect({ read });
      await reading.readStream('s');
      await reading.readAll({ maxCount: 1_000_000 });
      expect(counts).toEqual([1_000, 1_000]);
    });
  });

  describe('pitfall: some errors are raw gRPC errors', () => {
    it.each<[string, status]>([
      ['unavailable', status.UNAVAILABLE],
      ['cancelled, the code for a restarted server since 6.0', status.CANCELLED],
      ['internal, the code for a server that shuts down', status.INTERNAL],
      ['aborted', status.ABORTED],
      ['an exceeded deadline', status.DEADLINE_EXCEEDED],
    ])('%s is retried', async (message, code) => {
      let tries = 0;
      const read: Script['read'] = (call) => {
        if (++tries < 3) return void call.emit('error', callError(code, message));
        call.write(recorded('s', 5n));
        call.end();
      };
      expect((await (await connect({ read })).readStream('s')).events).toHaveLength(1);
    });

    it.each<[string, status, Record<string, string>, string]>([
      ['a method that the server lacks', status.UNIMPLEMENTED, {}, 'invalid-request'],
      ['a request that the server cannot parse', status.UNKNOWN, {}, 'invalid-request'],
      ['wrong credentials', status.UNAUTHENTICATED, {}, 'access-denied'],
      ['missing permissions', status.PERMISSION_DENIED, { exception: 'access-denied' }, 'access-denied'],
    ])('%s is not retried', async (message, code, trailers, reason) => {
      let tries = 0;
      const read: Script['read'] = (call) => {
        tries += 1;
        call.emit('error', callError(code, message, trailers));
      };
      const refused = { name: 'EventStoreRefused', reason };
      await expect((await connect({ read })).readStream('s')).rejects.toMatchObject(refused);
      expect(tries).toBe(1);
    });
  });

  describe('pitfall: revisions and positions exceed the safe integers', () => {
    it('commit and prepare position are exact beyond 2^53', async () => {
      const [commit, prepare] = [2n ** 60n + 1n, 2n ** 60n];
      const read: Script['read'] = (call) => {
        call.write(recorded('s', commit, prepare));
        call.end();
      };
      expect(await (await connect({ read })).lastPosition()).toEqual({ commit, prepare });
    });

    it('a negative revision is a TypeError', async () => {
      await expect((await connect({})).readStream('s', { from: -1n })).rejects.toBeInstanceOf(TypeError);
    });

    it.each([0, -1, 1.5, NaN])('a count of %s, which the server would refuse, is a TypeError', async (maxCount) => {
      const reading = await connect({});
      await expect(reading.readStream('s', { maxCount })).rejects.toBeInstanceOf(TypeError);
      await expect(reading.readAll({ maxCount })).rejects.toBeInstanceOf(TypeError);
    });
  });
});
