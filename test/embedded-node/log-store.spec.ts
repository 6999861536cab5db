import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LogStore } from '@app/embedded/event-store-node/log-store';

describe('the recovery of a log', () => {
  it('reads one append of many events in time linear in their number', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'log-'));
    const log = await LogStore.open(folder);
    const event = { stream: 's', type: 'Large', contentType: 'application/octet-stream', created: 0 };
    const [id, data] = [crypto.randomUUID(), new Uint8Array()];
    log.stage(() => {
      const number = log.nextStreamNumber();
      for (let revision = 0; revision < 60_000; revision++)
        log.add(number, { ...event, id, data, metadata: data, revision });
    });
    await log.commit();
    const end = log.end();
    await log.close();
    // Without its index, the log is read from its beginning.
    for (const file of readdirSync(folder)) if (file.startsWith('index')) rmSync(join(folder, file));
    const started = performance.now();
    const recovered = await LogStore.open(folder);
    expect(performance.now() - started).toBeLessThan(3_000);
    expect([recovered.end(), recovered.head('s')?.last]).toEqual([end, 59_999]);
    await recovered.close();
    rmSync(folder, { recursive: true });
  });
});
