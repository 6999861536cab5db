import { gunzipSync } from 'node:zlib';
import { AppendTooLarge, type RecordedEvent } from '../event-store';
import type { ProposedEvent } from './events';
import { LargeAppends } from './large-appends';

/** A payload stored on 2026-11-26. It must stay readable. */
const STORED_PAYLOAD =
  'H4sIAAAAAAAAA43OsQnDMBAF0D5j/PoKS+XNEdIoKoR9EBWSwDqHgNAsKbOESZOFMkIwuA14gcdrSKJhChrADTWqgDFJKugEuUvWCnYOMoBwHkANGTwQVB4Kxme94vt8vdGpoY43SeEic40lgw1hLFljXqSCdV6kezo5iNkss1vmkGX/WXaz7G7ZY6/uff8B0/ns0vkAAAA=';
const ID = '11111111-2222-4333-8444-5555';

const recorded = (id: string, type: string, data: unknown): RecordedEvent => ({
  ...{ id, stream: 's', revision: 0n, position: { commit: 0n, prepare: 0n }, type, data },
  ...{ metadata: {}, recordedAt: new Date(0) },
});
const standIn = (index: number): RecordedEvent =>
  recorded(`${ID}${index.toString(16).padStart(8, '0')}`, 'Large', new Uint8Array(0));
const chunk = (bytes: Uint8Array): RecordedEvent => recorded('c', 'AppendPayload', bytes);

const bytesOf = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
const proposed = (n: number, metadata: object): ProposedEvent => ({
  ...{ id: `e${n}`, type: `T${n}`, contentType: 'application/json' },
  ...{ data: bytesOf({ n, text: 'ü"🧾' }), metadata: bytesOf(metadata) },
});
const EVENTS = [
  proposed(0, { site: 'demo', schemaVersion: 1, continues: true }),
  proposed(1, { site: 'demo', schemaVersion: 2, continues: true }),
  proposed(2, { site: 'demo', schemaVersion: 1 }),
];
const READ = [
  { id: 'e0', type: 'T0', data: { n: 0, text: 'ü"🧾' }, metadata: { site: 'demo', schemaVersion: 1, continues: true } },
  { id: 'e1', type: 'T1', data: { n: 1, text: 'ü"🧾' }, metadata: { site: 'demo', schemaVersion: 2, continues: true } },
  { id: 'e2', type: 'T2', data: { n: 2, text: 'ü"🧾' }, metadata: { site: 'demo', schemaVersion: 1 } },
];

describe('a large append', () => {
  const streams = new Map<string, RecordedEvent[]>();
  const large = new LargeAppends(
    async (stream, { data }) => streams.set(stream, [...(streams.get(stream) ?? []), chunk(data)]),
    async (stream) => streams.get(stream) ?? [],
  );

  it('stores common metadata once, and returns stand-ins that refer to the payload', async () => {
    const standIns = await large.store('purchase-1', EVENTS);
    const [stream = '', chunks = []] = [...streams].at(-1) ?? [];
    expect(standIns.map(({ id }) => id)).toEqual([0, 1, 2].map((n) => `${stream.slice('payload-'.length)}0000000${n}`));
    const text = gunzipSync(Buffer.concat(chunks.map(({ data }) => data as Uint8Array))).toString();
    expect((JSON.parse(text) as { metadata: object }).metadata).toEqual({ site: 'demo' });
    const read = await large.restore(standIns.map(({ id, type, data }) => recorded(id, type, data)));
    expect(read).toMatchObject(READ);
  });

  it('is read from the stored format of 2026-11-26', async () => {
    streams.set(`payload-${ID}`, [chunk(Buffer.from(STORED_PAYLOAD, 'base64'))]);
    expect(await large.restore([standIn(1), standIn(0), standIn(2)])).toMatchObject([READ[1]!, READ[0]!, READ[2]!]);
  });

  it.each([
    ['missing', undefined],
    ['corrupt', [chunk(Buffer.from('no gzip'))]],
    ['shorter than the append', [chunk(Buffer.from(STORED_PAYLOAD, 'base64'))]],
  ])('with a payload that is %s is returned unchanged, beside other events', async (_what, chunks) => {
    const reading = new LargeAppends(
      async () => {},
      async () => chunks ?? [],
    );
    const [whole, broken] = [recorded('x', 'Whole', { a: 1 }), standIn(7)];
    expect(await reading.restore([whole, broken])).toEqual([whole, broken]);
  });

  it('of more events than stand-ins fit in one append is too large', async () => {
    const many = Array.from({ length: 100_001 }, () => EVENTS[2]!);
    await expect(large.store('purchase-1', many)).rejects.toBeInstanceOf(AppendTooLarge);
  });
});
