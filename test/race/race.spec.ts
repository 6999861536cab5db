import { setTimeout as pause } from 'node:timers/promises';
import { type RealService, startRealService } from '../real-service';
import { type Answer, call } from '../processes';
import { Clients } from './race';
import { seededIntegers } from '../seeded-random';
import { purchaseBody } from './round';
import { countOf, History, verdictOf } from './verdict';

/** `npm run test:race` runs 2,000 rounds and 200 kills. RACE_SEED repeats the random choices, not the timing. */
const ROUNDS = Number(process.env.RACE_ROUNDS ?? 40);
const KILLS = Number(process.env.RACE_KILLS ?? 4);
const SEED = Number(process.env.RACE_SEED ?? Date.now() % 2 ** 31);

/** Allows for a slow or busy machine. */
jest.setTimeout(600_000 + 5_000 * ROUNDS + 60_000 * KILLS);

describe(`two API processes on one event store, 32 clients (seed ${SEED})`, () => {
  let service: RealService;

  beforeEach(async () => {
    service = await startRealService({ apis: 2 });
  });
  afterEach(() => service.stop());

  /** Asserts that the race violated nothing, and that every identifier can be written again. */
  async function verify(clients: Clients, what: string, started: number): Promise<void> {
    const raced = clients.attempts;
    const seconds = ((Date.now() - started) / 1000).toFixed(1);
    process.stderr.write(
      `race: ${clients.rounds.length} rounds, ${what}, ${seconds} s, ${JSON.stringify(countOf(raced))}\n`,
    );
    expect(verdictOf(clients.rounds, raced, await History.read(service.store)).slice(0, 20)).toEqual([]);
    await clients.putByEveryIdentifier();
    const refused = clients.finalCalls.filter(({ status }) => status !== 200 && status !== 201);
    expect(refused).toEqual([]);
    expect(verdictOf([], clients.attempts, await History.read(service.store)).slice(0, 20)).toEqual([]);
    expect(service.apis.map(({ complaints }) => complaints)).toEqual(['', '']);
  }

  it(`create one purchase for four identifiers in each of ${ROUNDS} rounds and lose no update`, async () => {
    const started = Date.now();
    const clients = new Clients({ ...service, seed: SEED, hasMore: (round) => round < ROUNDS });
    await clients.run();
    await verify(clients, 'no kills', started);
  });

  it(`do so while one process is killed at random ${KILLS} times`, async () => {
    const started = Date.now();
    const random = seededIntegers(SEED + 1);
    let kills = 0;
    const clients = new Clients({ ...service, seed: SEED, hasMore: () => kills < KILLS });
    const racing = clients.run();
    while (kills < KILLS) {
      await pause(random(300));
      const api = service.apis[random(2)]!;
      await api.end('SIGKILL');
      kills++;
      if (kills % 20 === 0) process.stderr.write(`race: ${kills} kills, ${clients.rounds.length} rounds so far\n`);
      await api.start();
    }
    await racing;
    await verify(clients, `${kills} kills`, started);
  });

  it('store one entry for 32 POSTs with the same Idempotency-Key, also after a restart', async () => {
    const { apis, headers, store } = service;
    const url = '/api/v1/purchases/internal/keyed';
    const post = (n: number, body: string): Promise<Answer> =>
      call(`${apis[n % 2]!.url}${url}/history`, {
        method: 'POST',
        headers: { ...headers, 'idempotency-key': 'only-once' },
        body: { event_type: 'note', body },
      });
    await call(`${apis[0]!.url}${url}`, { method: 'PUT', headers, body: purchaseBody('keyed', {}) });
    const atOnce = await Promise.all(Array.from({ length: 32 }, (_, n) => post(n, 'Called back')));
    await Promise.all(
      apis.map(async (api) => {
        await api.end('SIGKILL');
        await api.start();
      }),
    );
    const answers = [...atOnce, await post(0, 'Called back'), await post(1, 'Called back')];
    const settled = answers.filter(({ status }) => status !== 409);
    expect(new Set(settled.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
    expect(settled[0]?.status).toBe(201);
    expect(settled.filter((each) => each.headers['purchase-changed'] === 'true')).toHaveLength(1);
    const other = await Promise.all([post(0, 'Called twice'), post(1, 'Called twice')]);
    expect(other.map(({ status }) => status)).toEqual([422, 422]);
    const { purchases } = await History.read(store);
    const types = [...purchases.values()].flat().map(({ event }) => event.type);
    expect(types).toEqual(['PurchaseCreated', 'PackageAdded', 'NoteAdded']);
  });
});
