import { randomInt, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type EventStore, EventStoreUnavailable, type EventToAppend } from '@app/event-store/event-store';
import { connectEventStoreDb } from '@app/event-store/eventstoredb/eventstoredb-event-store';
import { end, forkNode, type NodeProcess, startNodeProcess } from '../processes';
import { seededRandom } from '../seeded-random';

/** `npm run test:crash` runs 200 rounds. CRASH_SEED repeats the random choices, not the timing. */
const ROUNDS = Number(process.env.CRASH_ROUNDS ?? 4);
const SEED = Number(process.env.CRASH_SEED ?? randomInt(2 ** 31));
const WRITERS = 32;

/** The data identify the event, so that a torn or misplaced one is detected. */
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

type Written = Pick<EventToAppend, 'id' | 'data'>;

/** Appends one to four events at a time until `control.stop`. An append of unknown outcome is repeated unchanged. */
async function write(
  store: EventStore,
  stream: string,
  random: () => number,
  control: { stop: boolean; appends: number },
): Promise<Written[]> {
  const acknowledged: Written[] = [];
  while (!control.stop) {
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
    control.appends += 1;
  }
  return acknowledged;
}

/** Kills the node at a random time, during start-up or during writes, and restarts it. */
async function killAndRestart(node: NodeProcess, dataDir: string, random: () => number): Promise<NodeProcess> {
  await pause(random() * 400);
  await end(node.child, 'SIGKILL');
  if (random() < 0.2) {
    const starting = forkNode(dataDir, node.port);
    await pause(random() * 600);
    await end(starting, 'SIGKILL');
  }
  return startNodeProcess(dataDir, node.port);
}

describe('the embedded event-store node', () => {
  it(`keeps every acknowledged event through ${ROUNDS} kills during ${WRITERS} concurrent writes (seed ${SEED})`, async () => {
    const random = seededRandom(SEED);
    const dataDir = mkdtempSync(join(tmpdir(), 'crash-'));
    let node = await startNodeProcess(dataDir);
    const store: EventStore = connectEventStoreDb(node.url, { totalTimeoutMs: 20_000, tryTimeoutMs: 2_000 });
    const control = { stop: false, appends: 0 };
    const streams = Array.from({ length: WRITERS }, (_, writer) => `crash-${writer}`);
    const writing = Promise.all(
      streams.map((stream) => write(store, stream, seededRandom(random() * 2 ** 31), control)),
    );
    for (let round = 1; round <= ROUNDS; round++) {
      const before = control.appends;
      while (control.appends < before + WRITERS) await pause(1);
      node = await killAndRestart(node, dataDir, random);
    }
    control.stop = true;
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
    await end(node.child, 'SIGKILL');
    rmSync(dataDir, { recursive: true, force: true });
  });

  it('refuses a folder that another node has locked', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'crash-'));
    const node = await startNodeProcess(dataDir);
    await expect(startNodeProcess(dataDir)).rejects.toThrow('ended with 1');
    await end(node.child, 'SIGKILL');
    const next = await startNodeProcess(dataDir);
    await end(next.child, 'SIGKILL');
    rmSync(dataDir, { recursive: true, force: true });
  });
});

describe('an append to an unreachable node', () => {
  it('throws EventStoreUnavailable', async () => {
    const store = connectEventStoreDb('esdb://127.0.0.1:9?tls=false', { totalTimeoutMs: 300 });
    await expect(store.append('x', [event('x', 0, 10)], 'no-stream')).rejects.toBeInstanceOf(EventStoreUnavailable);
    await store.close();
  });
});
