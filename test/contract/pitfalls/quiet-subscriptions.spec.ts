import { status } from '@grpc/grpc-js';
import type { EventBatch } from '@app/event-store/event-store';
import { numbersOf } from '../test-event';
import {
  callError,
  caughtUp,
  confirmation,
  type ReadCall,
  recorded,
  type Script,
  useScriptedStores,
} from './scripted-server';

/** Answers reads of $all from a list of events (stream, commit position). */
const readsOf =
  (all: () => [string, bigint][]): Script['read'] =>
  (call) => {
    const options = call.request.getOptions();
    const at = options?.getAll()?.getPosition();
    const from = at === undefined ? 0n : BigInt(at.getCommitPosition());
    const isBackwards = Number(options?.getReadDirection()) === 1;
    const events = isBackwards ? all().slice(-1) : all().filter(([, commit]) => commit >= from);
    for (const [stream, commit] of events) call.write(recorded(stream, commit));
    call.end();
  };

describe('subscriptions to a server that sends few messages', () => {
  const { stores, connect } = useScriptedStores();
  const subscribe = async (script: Script, signal?: AbortSignal): Promise<AsyncIterable<EventBatch>> =>
    (await connect(script)).subscribe({ from: undefined, streamPrefixes: ['mine-'], signal });

  describe('pitfall: a filtered subscription to a small or idle store receives no checkpoint for a long time', () => {
    it('the position advances past events that do not match', async () => {
      const all: [string, bigint][] = [
        ['other-1', 10n],
        ['other-1', 20n],
      ];
      const idle: Script['subscribe'] = (call) => {
        call.write(confirmation());
        call.write(caughtUp());
      };
      for await (const { events, position } of await subscribe({ read: readsOf(() => all), subscribe: idle })) {
        expect(events).toEqual([]);
        if (position.commit === 10n) throw new Error('the position is inside the range that was searched');
        if (position.commit === 20n) break;
      }
    });

    it('the position does not advance past a matching event that has not been received', async () => {
      const all: [string, bigint][] = [
        ['other-1', 10n],
        ['mine-1', 20n],
        ['other-1', 30n],
      ];
      let subscriptions = 0;
      const incomplete: Script['subscribe'] = (call) => {
        call.write(confirmation());
        call.write(caughtUp());
        // The first subscription never sends the event, so that the store opens another one.
        if (++subscriptions > 1) call.write(recorded('mine-1', 20n));
      };
      const seen: number[] = [];
      for await (const batch of await subscribe({ read: readsOf(() => all), subscribe: incomplete })) {
        seen.push(...numbersOf(batch));
        expect(batch.position.commit === 0n || seen.length === 1).toBe(true);
        if (batch.position.commit === 30n) break;
      }
      expect(seen).toEqual([20]);
      expect(subscriptions).toBe(2);
    });
  });

  describe('pitfall: servers before 23.10 do not report that a subscription has caught up', () => {
    it('it is caught up at the position that was the end when it started', async () => {
      const withoutCaughtUp: Script['subscribe'] = (call) => {
        call.write(confirmation());
        call.write(recorded('mine-1', 10n));
      };
      for await (const { caughtUp: isCaughtUp } of await subscribe({
        read: readsOf(() => [['mine-1', 10n]]),
        subscribe: withoutCaughtUp,
      }))
        if (isCaughtUp) break;
    });

    it('it is caught up when no matching event follows', async () => {
      for await (const { caughtUp: isCaughtUp } of await subscribe({ read: readsOf(() => [['other-1', 10n]]) }))
        if (isCaughtUp) break;
    });
  });

  describe('pitfall: a half-open connection', () => {
    it('is detected within seconds, and a new subscription resumes', async () => {
      let dead = false;
      const calls: ReadCall[] = [];
      const failing: Script['subscribe'] = (call) => {
        calls.push(call);
        call.write(confirmation());
        if (calls.length === 1) call.write(recorded('mine-1', 1n));
        else call.write(recorded('mine-1', 2n));
        dead = calls.length === 1;
      };
      const read: Script['read'] = (call) => {
        if (!dead) return void call.end();
        dead = false; // The next connection works.
      };
      const seen: number[] = [];
      for await (const batch of await subscribe({ subscribe: failing, read })) {
        seen.push(...numbersOf(batch));
        if (seen.length === 2) break;
      }
      expect(seen).toEqual([1, 2]);
    });
  });

  describe('pitfall: the client waits for the server when a subscription ends', () => {
    const STATES: [string, Script][] = [
      ['while it starts and the server does not answer', { read: () => {} }],
      ['before it is confirmed', { subscribe: () => {} }],
      ['while no event arrives', { subscribe: (call) => void call.write(confirmation()) }],
      [
        'while it waits to resubscribe',
        { subscribe: (call) => void call.emit('error', callError(status.UNAVAILABLE, 'lost')) },
      ],
    ];

    it.each(STATES)('its signal ends it at once %s', async (_case, script) => {
      const end = new AbortController();
      const batches = await subscribe(script, end.signal);
      setTimeout(() => end.abort(), 300);
      for await (const { events } of batches) expect(events).toEqual([]);
    });

    it.each(STATES)('closing the store ends it %s', async (_case, script) => {
      const batches = await subscribe(script);
      setTimeout(() => void stores[0]?.close(), 300);
      for await (const { events } of batches) expect(events).toEqual([]);
    });

    it('the call on the server ends with it, also while the call is paused', async () => {
      const calls: ReadCall[] = [];
      const flood: Script['subscribe'] = (call) => {
        calls.push(call);
        call.write(confirmation());
        for (let n = 1; n <= 12_000; n++) call.write(recorded('mine-1', BigInt(n)));
      };
      for await (const { events } of await subscribe({ subscribe: flood })) {
        // Time for the queue to fill.
        await new Promise((resolve) => setTimeout(resolve, 500));
        if (events.length > 0) break;
      }
      while (calls.some(({ cancelled }) => !cancelled)) await new Promise((resolve) => setTimeout(resolve, 10));
      expect(calls).toHaveLength(1);
    });
  });
});
