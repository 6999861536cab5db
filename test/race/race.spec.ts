import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { EventStore } from '@app/event-store/event-store';
import { connectEventStoreDb } from '@app/event-store/eventstoredb-event-store';
import { Sites } from '@app/event-store/sites';
import { createDatabase } from '../postgres';
import { ApiProcess, authorised, end, type NodeProcess, startNodeProcess } from '../processes';
import { Clients } from './race';
import { randomFrom } from './random';
import { countOf, History, verdictOf } from './verdict';

/** `npm run test:race` runs 2,000 rounds and kills 200 times. RACE_SEED repeats the draws, though not the timing. */
const ROUNDS = Number(process.env.RACE_ROUNDS ?? 40);
const KILLS = Number(process.env.RACE_KILLS ?? 4);
const SEED = Number(process.env.RACE_SEED ?? Date.now() % 2 ** 31);

describe(`two API processes on one event store, 32 clients (seed ${SEED})`, () => {
  let dataDir: string;
  let node: NodeProcess;
  let database: Awaited<ReturnType<typeof createDatabase>>;
  let store: EventStore;
  let apis: readonly ApiProcess[];
  let headers: Record<string, string>;

  beforeEach(async () => {
    dataDir = mkdtempSync(join(tmpdir(), 'race-'));
    [node, database] = await Promise.all([startNodeProcess(join(dataDir, 'events')), createDatabase()]);
    store = connectEventStoreDb(node.url);
    const settings = {
      DATA_DIR: dataDir,
      EVENTSTORE_URL: node.url,
      DATABASE_URL: database.url,
      TOKEN_SECRET: randomBytes(32).toString('hex'),
      PROJECTOR: 'none',
    };
    apis = [new ApiProcess(settings), new ApiProcess(settings)];
    await Promise.all(apis.map((api) => api.start()));
    headers = await authorised(apis[0]!.url, 'race', await new Sites(store).issue('race'));
  });
  afterEach(async () => {
    await Promise.all(apis.map((api) => api.end('SIGKILL')));
    await store.close();
    await end(node.child, 'SIGKILL');
    await database.drop();
    rmSync(dataDir, { recursive: true, force: true });
  });

  /** Nothing is wrong after the race, nor when every identifier was written once more, which nothing may block. */
  async function judge(clients: Clients, what: string, started: number): Promise<void> {
    const raced = clients.attempts;
    const seconds = ((Date.now() - started) / 1000).toFixed(1);
    process.stderr.write(
      `race: ${clients.rounds.length} rounds, ${what}, ${seconds} s, ${JSON.stringify(countOf(raced))}\n`,
    );
    expect(verdictOf(clients.rounds, raced, await History.read(store)).slice(0, 20)).toEqual([]);
    await clients.putByEveryIdentifier();
    const refused = clients.afterwards.filter(({ status }) => status !== 200 && status !== 201);
    expect(refused).toEqual([]);
    expect(verdictOf([], clients.attempts, await History.read(store)).slice(0, 20)).toEqual([]);
    expect(apis.map(({ complaints }) => complaints)).toEqual(['', '']);
  }

  it(`make one purchase of four identifiers in each of ${ROUNDS} rounds, and lose no update`, async () => {
    const started = Date.now();
    const clients = new Clients({ apis, headers, seed: SEED, goesOn: (round) => round < ROUNDS });
    await clients.run();
    await judge(clients, 'no kills', started);
  });

  it(`do so while one of them is killed at random, ${KILLS} times`, async () => {
    const started = Date.now();
    const random = randomFrom(SEED + 1);
    let kills = 0;
    const clients = new Clients({ apis, headers, seed: SEED, goesOn: () => kills < KILLS });
    const racing = clients.run();
    while (kills < KILLS) {
      await pause(random(300));
      const api = apis[random(apis.length)]!;
      await api.end('SIGKILL');
      kills++;
      await api.start();
    }
    await racing;
    await judge(clients, `${kills} kills`, started);
  });
});
