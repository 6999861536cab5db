import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { copyEvents } from '@app/event-store/eventstoredb/copy';
import { filledLog, startNode } from './log';
import { printTable, type Row } from './table';

const EVENTS = 100_000;

/** Measures `cli copy-events` between two embedded nodes: events of about 500 bytes, five consecutive ones per stream. */
export async function benchCopy(): Promise<void> {
  const dataDir = mkdtempSync(join(tmpdir(), 'bench-copy-'));
  const [from, to] = [join(dataDir, 'from'), join(dataDir, 'to')];
  await filledLog(from, EVENTS);
  const [source, target] = [await startNode(from), await startNode(to)];
  const rows: Row[] = [];
  for (const what of ['copied and verified', 'compared and verified, nothing copied']) {
    const started = performance.now();
    const { events } = await copyEvents({ from: source.url, to: target.url });
    if (events !== EVENTS) throw new Error(`${events} events instead of ${EVENTS}`);
    rows.push({ what, events: EVENTS, 'a second': Math.round((EVENTS * 1000) / (performance.now() - started)) });
  }
  printTable('copy-events', rows);
  await Promise.all([source.kill(), target.kill()]);
  rmSync(dataDir, { recursive: true, force: true });
}
