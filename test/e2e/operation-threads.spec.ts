import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { getPriority, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type EventStoreNode, startEventStoreNode } from '@app/embedded/event-store-node/event-store-node';
import { connectEventStoreDb } from '@app/event-store/eventstoredb/eventstoredb-event-store';
import type { Difference } from '@app/read-models/operations/row-differences';
import { LIVE, PROJECTION } from '@app/read-models/tables';
import { PurchaseWriter } from '@app/write-model/purchase-writer';
import type * as OperationThreads from '../../apps/api/src/operations/operation-threads';
import { openReadModel, type TestReadModel } from '../read-model';
import { by, contextOf, order } from '../writing';

// The entry of a thread is a compiled file.
const { operationsInThreads } = jest.requireActual<typeof OperationThreads>(
  resolve(__dirname, '../../dist/apps/api/src/operations/operation-threads.js'),
);

const PURCHASES = 5;

describe('operations in threads', () => {
  let dataDir: string;
  let node: EventStoreNode;
  let readModel: TestReadModel;
  let operations: ReturnType<typeof operationsInThreads>;

  beforeAll(async () => {
    dataDir = mkdtempSync(join(tmpdir(), 'operations-'));
    [node, readModel] = await Promise.all([startEventStoreNode({ dataDir, port: 0 }), openReadModel()]);
    const eventStore = connectEventStoreDb(node.url);
    const writer = new PurchaseWriter(eventStore);
    for (let n = 0; n < PURCHASES; n++) await writer.put(by('internal', `E${n}`), order(), contextOf());
    await eventStore.close();
    operations = operationsInThreads({ eventStoreUrl: node.url, databaseUrl: readModel.url });
  });
  afterAll(async () => {
    await readModel.close();
    await node.stop();
    rmSync(dataDir, { recursive: true, force: true });
  });

  it('rebuild, verify and report progress and differences', async () => {
    const shares: number[] = [];
    expect(await operations.rebuild({ onProgress: ({ share }) => shares.push(share) })).toMatchObject({
      purchases: PURCHASES,
      quarantined: 0,
    });
    expect(shares.at(-1)).toBe(1);
    expect(await operations.verify({ site: 'demo' })).toMatchObject({ verified: PURCHASES, differences: 0 });
    await readModel.pool.query(`update ${LIVE}.purchases set status = 'damaged' where internal = 'E3'`);
    const [found, totals]: [Difference[], number[]] = [[], []];
    const onProgress = ({ total }: { total: number }): void => void totals.push(total);
    expect(await operations.verify({ onDifference: (each) => found.push(each), onProgress })).toMatchObject({
      differences: 1,
    });
    expect(found).toMatchObject([{ table: 'purchases', kind: 'changed', columns: { status: { live: 'damaged' } } }]);
    expect(totals).toContain(PURCHASES);
  });

  (process.platform === 'linux' ? it : it.skip)(
    'have a lower priority than the threads that answer calls',
    async () => {
      const niceOf = (thread: string): number[] => {
        try {
          const stat = readFileSync(`/proc/self/task/${thread}/stat`, 'utf8');
          return [Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[16])];
        } catch {
          // The thread has ended.
          return [];
        }
      };
      const niceValues = (): number[] => readdirSync('/proc/self/task').flatMap(niceOf);
      const isLow = (nice: number): boolean => nice > getPriority();
      // The thread of an earlier operation may be ending.
      while (niceValues().some(isLow)) await new Promise((resolve) => setTimeout(resolve, 5));
      const during: number[] = [];
      const timer = setInterval(() => during.push(...niceValues()), 5);
      await operations.verify({});
      clearInterval(timer);
      expect(during.some(isLow)).toBe(true);
      expect(during.every(isLow)).toBe(false);
    },
  );

  it('refuse a rebuild while another one runs', async () => {
    const lock = `pg_advisory_lock(hashtext('purchasing rebuild'), hashtext('${PROJECTION}'))`;
    const client = await readModel.pool.connect();
    await client.query(`select ${lock}`);
    await expect(operations.rebuild({})).rejects.toMatchObject({
      name: 'RebuildRefused',
      message: 'another rebuild is running',
    });
    client.release(true);
  });

  it('refuse a rebuild without a thread while this process runs another one', async () => {
    const started = Array.from({ length: 100 }, () => operations.rebuild({}));
    const outcomes = await Promise.allSettled(started);
    const refused = outcomes.flatMap((each) => (each.status === 'rejected' ? [each.reason as Error] : []));
    expect(refused).toHaveLength(99);
    expect(new Set(refused.map(({ message }) => message))).toEqual(new Set(['another rebuild is running']));
  });

  it('end when they are cancelled, and leave no tables', async () => {
    const signal = AbortSignal.abort();
    await expect(operations.rebuild({ signal })).rejects.toMatchObject({ name: 'RebuildRefused' });
    await expect(operations.verify({ signal })).rejects.toThrow('aborted');
    const { rows } = await readModel.pool.query('select from pg_namespace where nspname = $1', [`${LIVE}_next`]);
    expect(rows).toEqual([]);
  });

  it('report the error of a server that does not answer', async () => {
    const nowhere = operationsInThreads({ eventStoreUrl: node.url, databaseUrl: 'postgres://127.0.0.1:1/none' });
    await expect(nowhere.verify({})).rejects.toThrow('ECONNREFUSED');
  });
});
