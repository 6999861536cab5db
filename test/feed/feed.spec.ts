import { get, type IncomingMessage } from 'node:http';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { MAX_STREAMS_PER_SITE } from '../../apps/api/src/feed/feed-tails';
import { loadSettings } from '@app/settings/settings';
import { type Service, startService } from '../e2e/service';

/** `npm run test:feed` reads 100,000 events of 16 writers with 50 kills. */
const EVENTS = Number(process.env.FEED_EVENTS ?? 200);
const KILLS = Number(process.env.FEED_KILLS ?? 5);
const WRITERS = 16;

const LINE = {
  name_parent: 'LANTERN',
  quantity: 1,
  line_total: { total_net: { number: '3.39', currency: 'GBP' } },
};
const order = (reference: string, fields = 0): object => ({
  type: 'order',
  currency_code: 'GBP',
  customer_reference: reference,
  custom_fields: Array.from({ length: fields }, (_, n) => ({
    name: `field ${n}`,
    value: reference.padEnd(3_000, '.'),
  })),
  packages: [{ type: 'processing', line_items: [LINE] }],
});

/** Bytes of heap and buffers in use after a garbage collection. */
function bytesInUse(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

describe('the feed', () => {
  let service: Service;
  let url: string;
  beforeAll(async () => {
    // The default of CACHE_BYTES. With a smaller cache, each write of a long run reads its purchase from the event
    // store.
    service = await startService({ cacheBytes: loadSettings({}).cacheBytes });
    await service.app.listen(0, '127.0.0.1');
    url = await service.app.getUrl();
  });
  afterAll(() => service.stop());

  /** Opens a stream of server-sent events. */
  const open = (site: string, token: string, lastEventId: number): Promise<IncomingMessage> =>
    new Promise((resolve, reject) => {
      const headers = {
        authorization: `Bearer ${token}`,
        'site-id': site,
        accept: 'text/event-stream',
        'last-event-id': String(lastEventId),
      };
      get(`${url}/api/v1/feed`, { headers, agent: false }, resolve).on('error', reject);
    });

  /** Sends PUTs until the site has at least this many events; returns the number of events. */
  async function write(site: string, token: string, events: number): Promise<number> {
    let written = 0;
    const writer = async (number: number): Promise<void> => {
      for (let n = 0; written < events; n++) {
        const path = `/api/v1/purchases/internal/W${number}-${n % 50}`;
        const answer = await service.call('PUT', path, { token, site, body: order(`PO ${n}`) });
        if (answer.statusCode >= 300) throw new Error(`PUT ${path}: ${answer.statusCode} ${answer.body}`);
        // A creation has two events; a change of the reference has one.
        written += answer.statusCode === 201 ? 2 : 1;
      }
    };
    await Promise.all(Array.from({ length: WRITERS }, (_, number) => writer(number)));
    return written;
  }

  it(`of ${WRITERS} writers is read without a gap by a reader that is killed ${KILLS} times`, async () => {
    const token = await service.tokenFor('writers');
    const seen: number[] = [];
    let isWritten = false;
    let total = Infinity;
    let kills = 0;
    const readUntil = async (enough: () => boolean): Promise<void> => {
      const stream = await open('writers', token, seen.at(-1) ?? 0);
      let rest = '';
      stream.setEncoding('utf8');
      for await (const chunk of stream) {
        const parts = (rest + String(chunk)).split('\n\n');
        rest = parts.pop() ?? '';
        for (const part of parts) {
          const id = /^id: (\d+)$/m.exec(part)?.[1];
          if (id !== undefined) seen.push(Number(id));
        }
        if (enough()) break;
      }
      // Leaving the loop destroys the connection, possibly in the middle of an entry.
      stream.destroy();
    };
    const reader = async (): Promise<void> => {
      const share = EVENTS / (KILLS + 1);
      while (kills < KILLS) {
        const until = (kills + 1) * share;
        await readUntil(() => seen.length >= until || isWritten);
        kills += 1;
      }
      while (seen.length < total) await readUntil(() => seen.length >= total);
    };
    const reading = reader();
    await write('writers', token, EVENTS);
    const { headers } = await service.call('PUT', '/api/v1/purchases/internal/LAST', {
      token,
      site: 'writers',
      body: order('last'),
    });
    const consistent = { 'consistency-token': String(headers['consistency-token']), prefer: 'wait=30' };
    const newest = await service.call('GET', '/api/v1/timeline?limit=1', {
      token,
      site: 'writers',
      headers: consistent,
    });
    [{ sequence: total } = { sequence: 0 }] = newest.json<{ sequence: number }[]>();
    isWritten = true;
    await reading;
    expect(total).toBeGreaterThanOrEqual(EVENTS);
    expect(kills).toBe(KILLS);
    expect(seen).toEqual(Array.from({ length: total }, (_, index) => index + 1));
  }, 3_600_000);

  it('uses bounded memory for a reader that stops reading', async () => {
    const token = await service.tokenFor('slow');
    // About 12 MB of events.
    for (let n = 0; n < 40; n++)
      await service.call('PUT', `/api/v1/purchases/internal/S-${n}`, {
        token,
        site: 'slow',
        body: order(`PO ${n}`, 100),
      });
    const before = bytesInUse();
    const streams = await Promise.all(Array.from({ length: 5 }, () => open('slow', token, 0)));
    for (const stream of streams) stream.pause();
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    const grown = bytesInUse() - before;
    for (const stream of streams) stream.destroy();
    // Without a bound, five readers of 12 MB each would use 60 MB.
    expect(grown).toBeLessThan(30_000_000);
  }, 600_000);

  it('limits the streams of a site', async () => {
    const token = await service.tokenFor('many');
    const streams = await Promise.all(Array.from({ length: MAX_STREAMS_PER_SITE }, () => open('many', token, 0)));
    for (const stream of streams) expect(stream.resume().statusCode).toBe(200);
    const refused = await open('many', token, 0);
    expect([refused.statusCode, refused.headers['retry-after']]).toEqual([429, '10']);
    const other = await open('demo', await service.tokenFor('demo'), 0);
    expect(other.statusCode).toBe(200);
    for (const stream of [refused, other, ...streams]) stream.destroy();
    let reopened = await open('many', token, 0);
    while (reopened.statusCode !== 200) {
      reopened.destroy();
      await new Promise((resolve) => setTimeout(resolve, 50));
      reopened = await open('many', token, 0);
    }
    reopened.destroy();
  }, 600_000);
});
