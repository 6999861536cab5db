import { type ChildProcess, fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type EventStore, EventStoreUnavailable, type EventToAppend } from '@app/event-store/event-store';
import { connectEventStoreDb } from '@app/event-store/eventstoredb-event-store';

/** `npm run test:crash` runs 200 rounds. */
const ROUNDS = Number(process.env.CRASH_ROUNDS ?? 4);
const WRITERS = 32;
const NODE = resolve(__dirname, '../../dist/libs/embedded/src/event-store-node/main.js');

const event = (n: number): EventToAppend => ({
  id: randomUUID(),
  type: 'Written',
  data: { n, text: 'x'.repeat(300) },
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

describe('the embedded event-store node', () => {
  it(`loses nothing that it acknowledged, through ${ROUNDS} kills under ${WRITERS} writers`, async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'crash-'));
    let node = await startNode(dataDir, 0);
    const store: EventStore = connectEventStoreDb(node.url, { totalTimeoutMs: 20_000, tryTimeoutMs: 2_000 });
    const acknowledged = new Map<string, string[]>();
    let stopping = false;
    const write = async (writer: number): Promise<void> => {
      const stream = `crash-${writer}`;
      const ids: string[] = [];
      acknowledged.set(stream, ids);
      while (!stopping) {
        const next = event(ids.length);
        await store.append(stream, [next], ids.length === 0 ? 'no-stream' : BigInt(ids.length - 1));
        ids.push(next.id);
      }
    };
    const writing = Promise.all(Array.from({ length: WRITERS }, (_, writer) => write(writer)));
    const total = (): number => [...acknowledged.values()].reduce((sum, ids) => sum + ids.length, 0);
    for (let round = 1; round <= ROUNDS; round++) {
      const before = total();
      const goal = before + 50 + ((round * 97) % 400);
      while (total() < goal) await new Promise((done) => setTimeout(done, 2));
      await kill(node.child);
      node = await startNode(dataDir, node.port);
    }
    stopping = true;
    await writing;

    for (const [stream, ids] of acknowledged) {
      const { events } = await store.readStream(stream);
      expect(events.map(({ id }) => id)).toEqual(ids);
      expect(events.map(({ revision }) => Number(revision))).toEqual(ids.map((_, index) => index));
    }
    const seen = new Set<string>();
    let last = -1n;
    for await (const batch of store.subscribe({ from: undefined, streamPrefixes: ['crash-'] })) {
      for (const { id, position } of batch.events) {
        expect(position.commit > last && !seen.has(id)).toBe(true);
        last = position.commit;
        seen.add(id);
      }
      if (batch.caughtUp) break;
    }
    expect(seen.size).toBe(total());
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
    await expect(store.append('x', [event(0)], 'no-stream')).rejects.toBeInstanceOf(EventStoreUnavailable);
    await store.close();
  });
});
