import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectEventStoreDb } from '@app/event-store/eventstoredb/eventstoredb-event-store';
import { Sites } from '@app/sites/sites';
import { encode } from '@app/stored-events/codec';
import { PurchaseWriter } from '@app/write-model/purchase-writer';
import { line, orderOf, pack } from './builders';
import { createDatabase } from './postgres';
import { end, type NodeProcess, startCli, startNodeProcess } from './processes';
import { by, contextOf, written } from './writing';

/** Allows for a slow or busy machine. */
jest.setTimeout(300_000);

const NOWHERE = '00000000-0000-4000-8000-00000000000a';

describe('commands on purchases', () => {
  let folder: string;
  let node: NodeProcess;
  let database: Awaited<ReturnType<typeof createDatabase>>;
  let id: string;

  const cli = (...args: string[]): Promise<string> =>
    startCli(args, { EVENTSTORE_URL: node.url, DATABASE_URL: database.url, DATA_DIR: folder }).output;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'cli-purchases-'));
    [node, database] = await Promise.all([startNodeProcess(join(folder, 'event-store')), createDatabase()]);
    const store = connectEventStoreDb(node.url);
    const order = orderOf([pack('processing', [line('Mug', 2)])]);
    ({ purchaseId: id } = written(await new PurchaseWriter(store).put(by('internal', 'A1'), order, contextOf())));
    await new Sites(store).create('empty');
    await store.close();
    await cli('rebuild');
  });
  afterAll(async () => {
    await end(node.child, 'SIGKILL');
    await database.drop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('refuse a purchase or a site that does not exist', async () => {
    for (const command of [['repair'], ['quarantine', 'retry'], ['quarantine', 'replay'], ['verify', '--purchase']])
      expect(await cli(...command, NOWHERE)).toBe(`there is no purchase ${NOWHERE}\nexit 1`);
    expect(await cli('quarantine', 'retry', 'x')).toBe('there is no purchase x\nexit 1');
    expect(await cli('repair', '--site', 'nosuch')).toMatch(/^site nosuch does not exist: [^\n]+\nexit 1$/);
    expect(await cli('repair', '--site', 'empty')).toBe('repaired 0 of 0 purchases\nexit 0');
    expect(await cli('repair', id)).toBe('repaired 1 of 1 purchases\nexit 0');
    expect(await cli('quarantine', 'retry', id)).toBe(`${id}: up to date\nreleased 1 of 1 purchases\nexit 0`);
  });

  it('accept the id of a purchase in upper case', async () => {
    expect(await cli('repair', id.toUpperCase())).toBe('repaired 1 of 1 purchases\nexit 0');
    expect(await cli('verify', '--purchase', id.toUpperCase())).toMatch(/^verified 1 purchases .*\nexit 0$/m);
    expect(await cli('quarantine', 'retry', id.toUpperCase())).toMatch(/^released 1 of 1 purchases$/m);
    expect(await cli('verify', '--purchase', 'x')).toBe('x is not the id of a purchase\nexit 1');
  });

  it('tell how many foreign streams a retry of all leaves out', async () => {
    expect(await cli('quarantine', 'retry')).toBe('released 0 of 0 purchases\nexit 0');
    const store = connectEventStoreDb(node.url);
    const context = contextOf();
    const event = encode({ type: 'PurchaseDeleted', data: { at: context.at } }, randomUUID(), context);
    await store.append('purchase-number-7', [event], 'any');
    await store.close();
    await cli('rebuild', '--accept-quarantined');
    expect(await cli('quarantine', 'retry')).toBe(
      'streams left out because they are not purchases: 1\nreleased 0 of 0 purchases\nexit 0',
    );
  });
});
