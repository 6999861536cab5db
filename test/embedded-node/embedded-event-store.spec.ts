import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

/** The compiled module: the node runs as a process. */
const MODULE = resolve(__dirname, '../../dist/libs/embedded/src/event-store-node/embedded-event-store.js');
const { startEventStore } =
  jest.requireActual<typeof import('@app/embedded/event-store-node/embedded-event-store')>(MODULE);

describe('the process of the embedded event-store node', () => {
  it('is not started again when it is stopped shortly after its end', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'node-'));
    const lines: string[] = [];
    const node = await startEventStore({ dataDir, log: (line) => lines.push(line) });
    const first = node.pid();
    process.kill(first ?? 0, 'SIGKILL');
    while (lines.length === 0) await pause(5);
    await node.stop();
    await pause(500);
    expect(node.pid()).toBe(first);
    rmSync(dataDir, { recursive: true, force: true });
  });
});
