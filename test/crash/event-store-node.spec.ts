import { type ChildProcess, fork } from 'node:child_process';
import { randomInt, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type EventStore, EventStoreUnavailable, type EventToAppend } from '@app/event-store/event-store';
import { connectEventStoreDb } from '@app/event-store/eventstoredb/eventstoredb-event-store';

/** `npm run test:crash` runs 200 rounds. A run is repeated, as far as chance lets it be, by CRASH_SEED. */
const ROUNDS = Number(process.env.CRASH_ROUNDS ?? 4);
const SEED = Number(process.env.CRASH_SEED ?? randomInt(2 ** 31));
const WRITERS = 32;
const NODE = resolve(__dirname, '../../dist/libs/embedded/src/event-store-node/main.js');

/** Numbers from 0 to below 1 that follow from a seed (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Its text says which event it is, so that one that is torn or in another's place is seen. */
const event = (stream: string, n: number, length: number): EventToAppend => ({
  id: randomUUID(),
  type: 'Written',
  data: { stream, n, text: `${n % 10}`.repeat(length) },
  metadata: {
    site: 's',
    actor: 'a',
    requestId: 'r',
    schemaVersion: 1,
    occurredAt: '2026-01-01T00:00:00.000Z',
    $correlationId: 'r',
  },
});

function startNode(dataDir: string, port: number): Promise<{ child: ChildProcess; url: string; port: number }> {
  const child = fork(NODE, ['--data', dataDir, '--port', String(port)], { stdio: 'ignore' });
  return new Promise((done, failed) => {
    child.once('message', (message: { ready: { url: string; port: number } }) => done({ child, ...message.ready }));
    child.once('exit', (code) => failed(new Error(`the node ended with ${code}`)));
  });
}

const kill = (child: ChildProcess): Promise<unknown> => {
  const ended = new Promise((done) => child.once('exit', done));
  child.kill('SIGKILL');
  return ended;
};

type Written = Pick<EventToAppend, 'id' | 'data'>;

/** Appends of one to four events, one after the other, until it is told to stop. One whose outcome is unknown is sent again as it was. */
async function write(
  store: EventStore,
  stream: string,
  random: () => number,
  told: { stop: boolean; appends: number },
): Promise<Written[]> {
  const acknowledged: Written[] = [];
  while (!told.stop) {
    const events = Array.from({ length: 1 + Math.floor(random() * 4) }, (_, index) =>
      event(stream, acknowledged.length + index, Math.floor(random() * 1_500)),
    );
    const expected = acknowledged.length === 0 ? 'no-stream' : BigInt(acknowledged.length - 1);
    for (let known = false; !known;)
      known = await store.append(stream, events, expected).then(
        () => true,
        (error: unknown) => {
          if (error instanceof EventStoreUnavailable) return false;
          throw error;
        },
      );
    acknowledged.push(...events.map(({ id, data }) => ({ id, data })));
    told.appends += 1;
  }
  return acknowledged;
}

/** Kills the node at a random moment, while it starts or while it writes, and starts it again. */
async function killAndRestart(node: { child: ChildProcess; port: number }, dataDir: string, random: () => number) {
  await pause(random() * 400);
  await kill(node.child);
  if (random() < 0.2) {
    const starting = fork(NODE, ['--data', dataDir, '--port', String(node.port)], { stdio: 'ignore' });
    await pause(random() * 600);
    await kill(starting);
  }
  return startNode(dataDir, node.port);
}

describe('the embedded event-store node', () => {
  it(`loses nothing that it acknowledged, through ${ROUNDS} kills under ${WRITERS} writers (seed ${SEED})`, async () => {
    const random = randomFrom(SEED);
    const dataDir = mkdtempSync(join(tmpdir(), 'crash-'));
    let node = await startNode(dataDir, 0);
    const store: EventStore = connectEventStoreDb(node.url, { totalTimeoutMs: 20_000, tryTimeoutMs: 2_000 });
    const told = { stop: false, appends: 0 };
    const streams = Array.from({ length: WRITERS }, (_, writer) => `crash-${writer}`);
    const writing = Promise.all(streams.map((stream) => write(store, stream, randomFrom(random() * 2 ** 31), told)));
    for (let round = 1; round <= ROUNDS; round++) {
      const before = told.appends;
      while (told.appends < before + WRITERS) await pause(1);
      node = await killAndRestart(node, dataDir, random);
    }
    told.stop = true;
    const acknowledged = await writing;

    for (const [writer, stream] of streams.entries()) {
      const { events } = await store.readStream(stream);
      expect(events.map(({ id, data }) => ({ id, data }))).toEqual(acknowledged[writer]);
      expect(events.every(({ revision }, index) => revision === BigInt(index))).toBe(true);
    }
    const inAll = new Map<string, Written[]>(streams.map((stream) => [stream, []]));
    let last = -1n;
    for await (const batch of store.subscribe({ from: undefined, streamPrefixes: ['crash-'] })) {
      for (const { id, data, stream, position } of batch.events) {
        expect(position.commit > last).toBe(true);
        last = position.commit;
        inAll.get(stream)?.push({ id, data });
      }
      if (batch.caughtUp) break;
    }
    expect([...inAll.values()]).toEqual(acknowledged);
    console.log(`${acknowledged.flat().length} acknowledged events, ${ROUNDS} kills, seed ${SEED}`);
    await store.close();
    await kill(node.child);
    rmSync(dataDir, { recursive: true, force: true });
  });

  it('tells a second one who holds its folder', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'crash-'));
    const node = await startNode(dataDir, 0);
    await expect(startNode(dataDir, 0)).rejects.toThrow('ended with 1');
    await kill(node.child);
    const next = await startNode(dataDir, 0);
    await kill(next.child);
    rmSync(dataDir, { recursive: true, force: true });
  });
});

describe('an append when no node answers', () => {
  it('ends with a definite error', async () => {
    const store = connectEventStoreDb('esdb://127.0.0.1:9?tls=false', { totalTimeoutMs: 300 });
    await expect(store.append('x', [event('x', 0, 10)], 'no-stream')).rejects.toBeInstanceOf(EventStoreUnavailable);
    await store.close();
  });
});
