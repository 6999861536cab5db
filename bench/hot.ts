import { orderBody } from './bodies';
import { agent, send, startService } from './service';
import { printTable, quantile, type Row } from './table';

const ROUND_MS = 5_000;
const ROUNDS = 3;
const CLIENTS = [1, 16, 64];
const LINES = 14;

interface Round {
  accepted: number;
  others: Map<number, number>;
  times: number[];
}

/**
 * Accepted changes of one purchase per second by number of clients that write it, over HTTP. Every body differs from the stored one. The counts take
 * turns, so that a slower minute of the machine meets all of them.
 */
export async function benchHot(): Promise<void> {
  const service = await startService();
  agent.maxSockets = Math.max(...CLIENTS);
  let sent = 0;
  const round = async (clients: number, ms: number): Promise<Round> => {
    const [others, times]: [Map<number, number>, number[]] = [new Map(), []];
    const end = performance.now() + ms;
    let accepted = 0;
    const client = async (): Promise<void> => {
      while (performance.now() < end) {
        const begunAt = performance.now();
        const body = JSON.stringify(orderBody(LINES, `PO ${++sent}`));
        const { status } = await send(`${service.url}/api/v1/purchases/internal/hot`, 'PUT', service.headers, body);
        times.push(performance.now() - begunAt);
        if (status === 200) accepted++;
        else others.set(status, (others.get(status) ?? 0) + 1);
      }
    };
    await Promise.all(Array.from({ length: clients }, client));
    return { accepted, others, times };
  };
  await round(16, 3_000);
  const rounds = new Map<number, Round[]>(CLIENTS.map((clients) => [clients, []]));
  for (let n = 0; n < ROUNDS; n++) for (const [clients, done] of rounds) done.push(await round(clients, ROUND_MS));
  const rate = (done: readonly Round[]): number =>
    done.reduce((sum, { accepted }) => sum + accepted, 0) / ((ROUNDS * ROUND_MS) / 1_000);
  const alone = rate(rounds.get(1) ?? []);
  const rows = [...rounds].map(([clients, done]): Row => {
    const times = done.flatMap((each) => each.times).sort((a, b) => a - b);
    const others = done.flatMap((each) => [...each.others]).map(([status, count]) => `${count} × ${status}`);
    return {
      clients,
      'accepted a second': Math.round(rate(done)),
      'of one client': (rate(done) / alone).toFixed(2),
      'p50 ms': quantile(times, 0.5).toFixed(1),
      'p99 ms': quantile(times, 0.99).toFixed(1),
      'other answers': others.join(', ') || 'none',
    };
  });
  printTable('Changes of one purchase by several clients', rows);
  agent.destroy();
  await service.stop();
}
