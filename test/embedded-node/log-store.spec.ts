import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LogStore } from '@app/embedded/event-store-node/log-store';
import { LoggedEvent } from '@app/embedded/event-store-node/record';

const EVENTS = 3_000;

describe('the recovery of a log', () => {
  it('looks at each event of a large append a few times, whatever their number', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'log-'));
    const log = await LogStore.open(folder);
    const event = { stream: 's', type: 'Large', contentType: 'application/octet-stream', created: 0 };
    const [id, data] = [crypto.randomUUID(), new Uint8Array()];
    log.stage(() => {
      const number = log.nextStreamNumber();
      for (let revision = 0; revision < EVENTS; revision++)
        log.add(number, { ...event, id, data, metadata: data, revision });
    });
    await log.commit();
    const end = log.end();
    await log.close();
    // Without its index, the log is read from its beginning.
    for (const file of readdirSync(folder)) if (file.startsWith('index')) rmSync(join(folder, file));
    const sizes = jest.spyOn(LoggedEvent.prototype, 'size', 'get');
    const recovered = await LogStore.open(folder);
    expect(sizes.mock.calls.length).toBeLessThan(10 * EVENTS);
    sizes.mockRestore();
    expect([recovered.end(), recovered.head('s')?.last]).toEqual([end, EVENTS - 1]);
    await recovered.close();
    rmSync(folder, { recursive: true });
  });
});
