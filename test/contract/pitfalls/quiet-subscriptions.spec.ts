import { status } from '@grpc/grpc-js';
import type { EventBatch, EventStore } from '@app/event-store/event-store';
import { connectEventStoreDb } from '@app/event-store/eventstoredb/eventstoredb-event-store';
import { numbersOf } from '../test-event';
import {
  callError,
  caughtUp,
  confirmation,
  type ReadCall,
  recorded,
  type Script,
  type ScriptedServer,
  startScriptedServer,
} from './scripted-server';

/** Answers reads of $all from a list of events that stand there. */
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

describe('subscriptions to a store that says little', () => {
  let server: ScriptedServer | undefined;
  let store: EventStore | undefined;

  async function subscribe(script: Script, signal?: AbortSignal): Promise<AsyncIterable<EventBatch>> {
    server = await startScriptedServer(script);
    store = connectEventStoreDb(server.url);
    return store.subscribe({ from: undefined, streamPrefixes: ['mine-'], signal });
  }
  afterEach(async () => {
    await store?.close();
    server?.stop();
  });

  describe('pitfall: a small or idle store gives a filtered subscription no checkpoint for long', () => {
    it('the position moves on over the events of others', async () => {
      const all: [string, bigint][] = [
        ['other-1', 10n],
        ['other-1', 20n],
      ];
      const quiet: Script['subscribe'] = (call) => {
        call.write(confirmation());
        call.write(caughtUp());
      };
      for await (const { events, position } of await subscribe({ read: readsOf(() => all), subscribe: quiet })) {
        expect(events).toEqual([]);
        if (position.commit === 10n) throw new Error('a position in the middle of what was looked at');
        if (position.commit === 20n) break;
      }
    });

    it('it does not move on over an event that matches and has not come yet', async () => {
      const all: [string, bigint][] = [
        ['other-1', 10n],
        ['mine-1', 20n],
        ['other-1', 30n],
      ];
      let subscriptions = 0;
      const forgetful: Script['subscribe'] = (call) => {
        call.write(confirmation());
        call.write(caughtUp());
        // The first one never sends what it has; it is left for another one.
        if (++subscriptions > 1) call.write(recorded('mine-1', 20n));
      };
      const seen: number[] = [];
      for await (const batch of await subscribe({ read: readsOf(() => all), subscribe: forgetful })) {
        seen.push(...numbersOf(batch));
        expect(batch.position.commit === 0n || seen.length === 1).toBe(true);
        if (batch.position.commit === 30n) break;
      }
      expect(seen).toEqual([20]);
      expect(subscriptions).toBe(2);
    });
  });

  describe('pitfall: servers before 23.10 do not say when a subscription has caught up', () => {
    it('it has when the end as it was at the start is reached', async () => {
      const silent: Script['subscribe'] = (call) => {
        call.write(confirmation());
        call.write(recorded('mine-1', 10n));
      };
      for await (const { caughtUp: isThere } of await subscribe({
        read: readsOf(() => [['mine-1', 10n]]),
        subscribe: silent,
      }))
        if (isThere) break;
    });

    it('it has when nothing that matches stands ahead', async () => {
      for await (const { caughtUp: isThere } of await subscribe({ read: readsOf(() => [['other-1', 10n]]) }))
        if (isThere) break;
    });
  });

  describe('pitfall: a link that died without a word', () => {
    it('is noticed within seconds, and another subscription goes on', async () => {
      let dead = false;
      const calls: ReadCall[] = [];
      const dying: Script['subscribe'] = (call) => {
        calls.push(call);
        call.write(confirmation());
        if (calls.length === 1) call.write(recorded('mine-1', 1n));
        else call.write(recorded('mine-1', 2n));
        dead = calls.length === 1;
      };
      const read: Script['read'] = (call) => {
        if (!dead) return void call.end();
        dead = false; // The next connection is alive.
      };
      const seen: number[] = [];
      for await (const batch of await subscribe({ subscribe: dying, read })) {
        seen.push(...numbersOf(batch));
        if (seen.length === 2) break;
      }
      expect(seen).toEqual([1, 2]);
    });
  });

  describe('pitfall: the client waits for the server when a subscription is left', () => {
    const ends: [string, Script][] = [
      ['while it starts and the server is silent', { read: () => {} }],
      ['before it is confirmed', { subscribe: () => {} }],
      ['while nothing comes', { subscribe: (call) => void call.write(confirmation()) }],
      [
        'while it waits to subscribe again',
        { subscribe: (call) => void call.emit('error', callError(status.UNAVAILABLE, 'lost')) },
      ],
    ];

    it.each(ends)('it ends at once by its signal %s', async (_case, script) => {
      const end = new AbortController();
      const batches = await subscribe(script, end.signal);
      setTimeout(() => end.abort(), 300);
      for await (const { events } of batches) expect(events).toEqual([]);
    });

    it.each(ends)('it ends when the store is closed %s', async (_case, script) => {
      const batches = await subscribe(script);
      setTimeout(() => void store?.close(), 300);
      for await (const { events } of batches) expect(events).toEqual([]);
    });

    it('the call on the server ends with it, also while it is paused', async () => {
      const calls: ReadCall[] = [];
      const flood: Script['subscribe'] = (call) => {
        calls.push(call);
        call.write(confirmation());
        for (let n = 1; n <= 12_000; n++) call.write(recorded('mine-1', BigInt(n)));
      };
      for await (const { events } of await subscribe({ subscribe: flood })) {
        // Long enough for the queue to fill.
        await new Promise((resolve) => setTimeout(resolve, 500));
        if (events.length > 0) break;
      }
      while (calls.some(({ cancelled }) => !cancelled)) await new Promise((resolve) => setTimeout(resolve, 10));
      expect(calls).toHaveLength(1);
    });
  });
});
