import { Gauge, type Registry } from 'prom-client';
import type { ReadModelState, ReadModelStatus } from '@app/read-models/projection/read-model-status';

/** Scrapes within this time share one query. */
const CACHE_MS = 500;
const TIMEOUT_MS = 3_000;

const VALUES: readonly (readonly [name: string, help: string, read: (state: ReadModelState) => number | undefined])[] =
  [
    ['lag_seconds', 'Age of the oldest event that is not projected.', ({ lagSeconds }) => lagSeconds],
    ['lag_events', 'Events that are not projected: counted up to 100, beyond estimated.', ({ lagEvents }) => lagEvents],
    ['position', 'Commit position of the checkpoint.', ({ position }) => Number(position?.commit ?? 0)],
    ['end_position', 'Commit position of the end of $all.', ({ end }) => Number(end?.commit ?? 0)],
    ['events_per_second', 'Rate that the leader reported last.', ({ eventsPerSecond }) => eventsPerSecond],
    ['quarantined_purchases', 'Purchases in quarantine.', ({ quarantined }) => quarantined],
    ['has_leader', '1 while a projector leads, in any process.', ({ leader }) => Number(leader !== undefined)],
  ];

function withTimeout<T>(call: Promise<T>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), TIMEOUT_MS);
  });
  return Promise.race([call.catch(() => undefined), timeout]).finally(() => clearTimeout(timer));
}

/**
 * Registers the state of the read model, read from the stores at each scrape. Every process reports the same values. While a store is unavailable,
 * `purchasing_read_model_up` is 0 and the others have no value.
 */
export function registerReadModelMetrics(registry: Registry, status: Pick<ReadModelStatus, 'read'>): void {
  let last: { at: number; state: Promise<ReadModelState | undefined> } | undefined;
  const state = (): Promise<ReadModelState | undefined> => {
    if (last === undefined || Date.now() - last.at > CACHE_MS)
      last = { at: Date.now(), state: withTimeout(status.read()) };
    return last.state;
  };
  new Gauge({
    name: 'purchasing_read_model_up',
    help: '1 while both stores answer for the state of the read model.',
    registers: [registry],
    async collect() {
      this.set(Number((await state()) !== undefined));
    },
  });
  for (const [name, help, read] of VALUES)
    new Gauge({
      name: `purchasing_read_model_${name}`,
      help,
      registers: [registry],
      async collect() {
        const found = await state();
        const value = found && read(found);
        if (value === undefined) this.remove();
        else this.set(value);
      },
    });
  new Gauge({
    name: 'purchasing_read_model_leader_since_seconds',
    help: 'Start of the session that leads, in seconds since 1970, by the name of the leader.',
    labelNames: ['leader'],
    registers: [registry],
    async collect() {
      this.reset();
      const leader = (await state())?.leader;
      if (leader !== undefined) this.set({ leader: leader.name }, leader.since.getTime() / 1_000);
    },
  });
}
