import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Problem } from '../../http/problems/problem';
import { WriteThread, type WriteThreadSettings } from './write-thread';

/** A thread whose behaviour is selected by the id of the purchase. */
const ENTRY = `
const { parentPort: port } = require('node:worker_threads');
port.on('message', (call) => {
  if (call === 'stop') return port.close();
  if (call.id === 'loop') for (;;);
  if (call.id === 'memory') for (const kept = []; ; ) kept.push(new Array(10_000).fill(kept.length));
  if (call.id === 'throw') throw new Error('unexpected');
  if (call.id === 'exit') process.exit(1);
  if (call.id === 'silent') return;
  if (call.id === 'problem') return port.postMessage({ problem: ['purchase-not-found', 'none', {}] });
  if (call.id === 'error') return port.postMessage({ error: { message: 'a defect', stack: 'at x' } });
  port.postMessage({ result: call.id });
});
port.postMessage('ready');
`;

describe('the write thread', () => {
  const folder = mkdtempSync(join(tmpdir(), 'write-thread-'));
  const entry = join(folder, 'entry.cjs');
  writeFileSync(entry, ENTRY);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  let thread: WriteThread;
  const lines: string[] = [];
  const start = (settings: WriteThreadSettings = {}): void => {
    const options = { eventStoreUrl: '', cacheBytes: 0 };
    thread = new WriteThread(options, { log: (line) => lines.push(line) }, { entry, ...settings });
  };
  beforeEach(() => lines.splice(0));
  afterEach(() => thread.stop());

  const codeOf = async (id: string): Promise<string> =>
    thread.load('s', id).then(String, (error: Error) => (error instanceof Problem ? error.code : error.message));

  /** Loads a purchase of the site that its first letter names. */
  const loadOf = (id: string): Promise<unknown> => thread.load(id.charAt(0), id);

  it('executes calls in order and passes on results, problems and errors', async () => {
    start();
    expect(await Promise.all(['a', 'problem', 'error', 'b'].map(codeOf))).toEqual([
      'a',
      'purchase-not-found',
      'a defect',
      'b',
    ]);
    expect(lines).toEqual([]);
  });

  it('executes the calls of sites in turn', async () => {
    start();
    const done: unknown[] = [];
    const calls = ['a1', 'a2', 'a3', 'b1', 'c1', 'b2'].map(async (id) => done.push(await loadOf(id)));
    await Promise.all(calls);
    expect(done).toEqual(['a1', 'b1', 'c1', 'a2', 'b2', 'a3']);
  });

  it.each([
    ['throw', 'overloaded', 'unexpected'],
    ['exit', 'overloaded', 'no error'],
    ['memory', 'purchase-too-large', 'memory limit'],
    ['loop', 'purchase-too-large', 'a call took too long'],
  ])(
    'answers the call under way when the thread ends (%s), and executes the waiting calls after a restart',
    async (id, code, reason) => {
      start({ maxHeapMb: 30, ...(id === 'loop' && { maxRunMs: 2_000 }) });
      expect(await Promise.all([id, 'a', id, 'b'].map(codeOf))).toEqual([code, 'a', code, 'b']);
      expect(lines).toHaveLength(2);
      expect(lines[0]).toContain(reason);
    },
  );

  it('refuses calls that wait too long for their turn', async () => {
    start({ maxWaitMs: 500 });
    const running = codeOf('silent');
    expect(await codeOf('a')).toBe('overloaded');
    await thread.stop();
    expect(await running).toBe('overloaded');
  });

  it('ends at a stop and is not started again', async () => {
    start();
    expect(await codeOf('a')).toBe('a');
    await thread.stop();
    expect(lines).toEqual([]);
  });
});
