import { readFileSync } from 'node:fs';
import { orderBody } from './bodies';
import { agent, type Answer, CONNECTIONS, descendants, partOf, send, startService } from './service';
import { printTable, quantile, type Row } from './table';

const PUTS = 6_000;
const LINES = 14;

async function measure(what: string, put: (n: number) => Promise<{ status: number }>): Promise<Row> {
  const times: number[] = [];
  let next = 0;
  let refused = 0;
  const started = performance.now();
  await Promise.all(
    Array.from({ length: CONNECTIONS }, async () => {
      for (let n = next++; n < PUTS; n = next++) {
        const begun = performance.now();
        const { status } = await put(n);
        times.push(performance.now() - begun);
        if (status >= 300) refused++;
      }
    }),
  );
  const seconds = (performance.now() - started) / 1000;
  times.sort((a, b) => a - b);
  return {
    what,
    'PUTs a second': Math.round(PUTS / seconds),
    'p50 ms': quantile(times, 0.5).toFixed(1),
    'p99 ms': quantile(times, 0.99).toFixed(1),
    refused,
  };
}

/** Resident memory by process in MB; shared pages of Postgres are counted once (PSS). */
function memoryOf(root: number): Row[] {
  const pss = (pid: number): number =>
    Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1] ?? 0) / 1024;
  const named = new Map<string, number>();
  for (const pid of [root, ...descendants(root)]) {
    const name = partOf(pid, root);
    named.set(name, (named.get(name) ?? 0) + pss(pid));
  }
  return [...named].map(([process, megabytes]) => ({ process, 'MB (PSS)': Math.round(megabytes) }));
}

/** Measures PUTs to the service with embedded servers, from another process on the same machine. */
export async function benchHttp(): Promise<void> {
  const service = await startService();
  const put = (id: string, reference: string): Promise<Answer> =>
    send(
      `${service.url}/api/v1/purchases/internal/${id}`,
      'PUT',
      service.headers,
      JSON.stringify(orderBody(LINES, reference)),
    );
  for (let n = 0; n < 500; n++) await put(`warm-${n}`, 'PO');
  const rows = [
    await measure('creates', (n) => put(`B-${n}`, 'PO 1')),
    await measure('changes', (n) => put(`B-${n}`, 'PO 2')),
    await measure('unchanged', (n) => put(`B-${n}`, 'PO 2')),
  ];
  const bytes = JSON.stringify(orderBody(LINES, 'PO 1')).length;
  printTable(`HTTP: ${CONNECTIONS} connections, ${PUTS} PUTs each, bodies of ${bytes} bytes`, rows);
  if (process.platform === 'linux') printTable('Memory at the end', memoryOf(service.child.pid ?? 0));
  agent.destroy();
  await service.stop();
}
