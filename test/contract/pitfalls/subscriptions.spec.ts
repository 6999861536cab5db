import { status } from '@grpc/grpc-js';
import type { ReadReq } from '@eventstore/db-client/generated/streams_pb';
import type { EventBatch, Position } from '@app/event-store/event-store';
import { numbersOf, upTo } from '../test-event';
import {
  callError,
  caughtUp,
  checkpoint,
  confirmation,
  type ReadCall,
  recorded,
  type Script,
  useScriptedStores,
} from './scripted-server';

const tooSlow = (): object =>
  callError(status.ABORTED, 'Consumer too slow to handle event while live. Client resubscription required.');

/** Returns the position from which a subscription starts. */
function startOf(request: ReadReq): Position | undefined {
  const at = request.getOptions()?.getAll()?.getPosition();
  return at && { commit: BigInt(at.getCommitPosition()), prepare: BigInt(at.getPreparePosition()) };
}
const startCommit = (call: ReadCall): number => Number(startOf(call.request)?.commit ?? 0n);

describe('subscriptions: pitfalls of the client and the server', () => {
  const { connect } = useScriptedStores();

  /** Receives batches until `enough` returns true; returns the numbers of their events. */
  async function take(script: Script, enough: (batch: EventBatch, seen: number[]) => boolean): Promise<number[]> {
    const seen: number[] = [];
    const batches = (await connect(script)).subscribe({ from: undefined, streamPrefixes: ['mine-'], maxBatch: 7 });
    for await (const batch of batches) {
      seen.push(...numbersOf(batch));
      if (enough(batch, seen)) break;
    }
    return seen;
  }

  describe('pitfall: subscriptions never resume', () => {
    it.each<[string, object]>([
      ['cancelled, the code for a killed server', callError(status.CANCELLED, 'killed')],
      ['unavailable, the code for a lost connection', callError(status.UNAVAILABLE, 'lost')],
      ['internal, the code for a server that shuts down', callError(status.INTERNAL, 'RST_STREAM')],
      ['not ready', callError(status.UNAVAILABLE, 'Server Is Not Ready')],
    ])('it resumes after %s, each event once', async (_case, failure) => {
      const subscribe: Script['subscribe'] = (call) => {
        const from = startCommit(call);
        call.write(confirmation());
        for (let n = from + 1; n <= from + 10; n++) call.write(recorded('mine-1', BigInt(n)));
        setTimeout(() => call.emit('error', failure), 20);
      };
      const seen = await take({ subscribe }, (_batch, all) => all.length >= 30);
      expect(seen.slice(0, 30)).toEqual(upTo(30).map((n) => n + 1));
    });

    it('it resumes after the server ended it without an error', async () => {
      const subscribe: Script['subscribe'] = (call) => {
        call.write(confirmation());
        call.write(recorded('mine-1', BigInt(startCommit(call) + 1)));
        call.end();
      };
      expect((await take({ subscribe }, (_batch, all) => all.length >= 3)).slice(0, 3)).toEqual([1, 2, 3]);
    });

    it('it resumes after a malformed message', async () => {
      const truncated = Object.assign(recorded('mine-1', 2n), { serializeBinary: () => new Uint8Array([0x0a, 0x7f]) });
      let calls = 0;
      const subscribe: Script['subscribe'] = (call) => {
        calls += 1;
        call.write(confirmation());
        call.write(recorded('mine-1', BigInt(calls)));
        if (calls === 1) call.write(truncated);
      };
      expect(await take({ subscribe }, (_batch, all) => all.length >= 2)).toEqual([1, 2]);
    });

    it('an event that the server repeats after a resume is delivered once', async () => {
      const subscribe: Script['subscribe'] = (call) => {
        const from = startCommit(call);
        call.write(confirmation());
        for (let n = Math.max(1, from - 2); n <= from + 3; n++) call.write(recorded('mine-1', BigInt(n)));
        setTimeout(() => call.emit('error', callError(status.UNAVAILABLE, 'lost')), 20);
      };
      const seen = await take({ subscribe }, (_batch, all) => all.length >= 9);
      expect(seen.slice(0, 9)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    });

    it('a permanent refusal ends it with an error of the port', async () => {
      const subscribe: Script['subscribe'] = (call) =>
        void call.emit('error', callError(status.PERMISSION_DENIED, 'no', { exception: 'access-denied' }));
      await expect(take({ subscribe }, () => false)).rejects.toMatchObject({
        name: 'EventStoreRefused',
        reason: 'access-denied',
      });
    });
  });

  describe('pitfall: a live subscription whose consumer falls behind is dropped', () => {
    it('20 drops increase no delay and log nothing', async () => {
      const [warn, error] = [jest.spyOn(console, 'warn'), jest.spyOn(console, 'error')];
      let drops = 0;
      const times: number[] = [];
      const subscribe: Script['subscribe'] = (call) => {
        call.write(confirmation());
        times.push(Date.now());
        if (drops++ < 20) return void call.emit('error', tooSlow());
        call.write(recorded('mine-1', 1n));
      };
      await take({ subscribe }, (_batch, all) => all.length === 1);
      const gaps = times.slice(1).map((at, index) => at - (times[index] ?? 0));
      gaps.sort((a, b) => a - b);
      expect(gaps[10]).toBeLessThan(1_000);
      expect(warn.mock.calls.length + error.mock.calls.length).toBe(0);
    });
  });

  describe('pitfall: an async data handler is not awaited', () => {
    it('delivers one batch at a time, in order, to a slow consumer', async () => {
      const subscribe: Script['subscribe'] = (call) => {
        call.write(confirmation());
        for (let n = 1; n <= 200; n++) call.write(recorded('mine-1', BigInt(n)));
      };
      const seen: number[] = [];
      let [active, most] = [0, 0];
      for await (const batch of (await connect({ subscribe })).subscribe({
        from: undefined,
        streamPrefixes: ['mine-'],
        maxBatch: 10,
      })) {
        most = Math.max(most, ++active);
        await new Promise((resolve) => setTimeout(resolve, 5));
        seen.push(...numbersOf(batch));
        active -= 1;
        if (seen.length === 200) break;
      }
      expect(most).toBe(1);
      expect(seen).toEqual(upTo(200).map((n) => n + 1));
    });
  });

  describe('pitfall: a checkpoint overtakes events that are queued in the client', () => {
    it('no event is skipped because of a later checkpoint', async () => {
      const last = 12_000;
      const subscribe: Script['subscribe'] = (call) => {
        call.write(confirmation());
        for (let n = startCommit(call) + 1; n <= last; n++) {
          call.write(recorded('mine-1', BigInt(n)));
          if (n % 3 === 0) call.write(checkpoint(BigInt(n)));
        }
      };
      const seen: number[] = [];
      for await (const batch of (await connect({ subscribe })).subscribe({
        from: undefined,
        streamPrefixes: ['mine-'],
        maxBatch: 500,
      })) {
        seen.push(...numbersOf(batch));
        await new Promise((resolve) => setTimeout(resolve, 5));
        if (seen.length >= last) break;
      }
      expect(seen).toEqual(upTo(last).map((n) => n + 1));
    });
  });

  describe('pitfall: the client requests a checkpoint every 32 events and awaits each', () => {
    it('requests one every 1,000 events', async () => {
      let filter: unknown;
      const subscribe: Script['subscribe'] = (call) => {
        const requested = call.request.getOptions()?.getFilter();
        filter = [requested?.getMax(), requested?.getCheckpointintervalmultiplier()];
        call.write(confirmation());
        call.write(caughtUp());
      };
      await take({ subscribe }, (batch) => batch.caughtUp);
      expect(filter).toEqual([1_000, 1]);
    });
  });

  describe('pitfall: storing only the commit position can lose an event', () => {
    it('resumes with commit and prepare position of an event or a checkpoint', async () => {
      const starts: (Position | undefined)[] = [];
      const subscribe: Script['subscribe'] = (call) => {
        starts.push(startOf(call.request));
        call.write(confirmation());
        if (starts.length === 1) call.write(recorded('mine-1', 900n, 880n));
        if (starts.length === 2) call.write(checkpoint(1_000n, 990n));
        if (starts.length === 3) call.write(recorded('mine-1', 1_100n, 1_090n));
        else setTimeout(() => call.emit('error', callError(status.UNAVAILABLE, 'lost')), 20);
      };
      await take({ subscribe }, (_batch, all) => all.length === 2);
      expect(starts).toEqual([undefined, { commit: 900n, prepare: 880n }, { commit: 1_000n, prepare: 990n }]);
    });
  });
});
