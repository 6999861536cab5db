import { randomUUID } from 'node:crypto';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { LRUCache } from 'lru-cache';
import { AppendTooLarge, type EventMetadata, type RecordedEvent } from '../event-store';
import type { ProposedEvent } from './events';
import { jsonBytes } from './json-bytes';

/**
 * Appends above the size limit of the server (1 MiB). Data and metadata are first written, compressed, to a separate payload stream; then one
 * append writes a stand-in for each event to the target stream. The append stays atomic at one expected revision, with one revision per event.
 * Readers receive the original events. See docs/adr/0040.
 *
 * Storage format, must stay readable: type and ids of stand-ins, names of payload streams, format of the payload.
 */

/** The type of a stand-in, which has no data and no metadata: it counts as 10 bytes, so that 100,000 fit in one append. */
const STAND_IN = 'Large';
const PAYLOAD_PREFIX = 'payload-';
const PAYLOAD_TYPE = 'AppendPayload';
const MAX_EVENTS = 100_000;
/** Maximum size, in bytes, of the data of all events of one append. */
const MAX_DATA_BYTES = 64 * 1024 * 1024;
/** Maximum size of a decompressed payload in bytes, including ids, types and metadata. */
const MAX_PAYLOAD_BYTES = 128 * 1024 * 1024;
const CHUNK_BYTES = 1_000_000;
const OCTETS = 'application/octet-stream';
/** The first 28 characters of the id of a stand-in name the payload; the last 8 are the index of the event in hexadecimal. */
const PAYLOAD_DIGITS = 28;
/** Milliseconds to cache the last payload: readers read one append in several batches. */
const CACHE_MS = 5_000;

const [compress, decompress] = [promisify(gzip), promisify(gunzip)];
const EMPTY = new Uint8Array(0);

type Metadata = Partial<EventMetadata>;
/** Id, type, data, and the metadata that is not common to all events. */
type StoredEvent = readonly [id: string, type: string, data: unknown, metadata: Metadata];
interface Payload {
  metadata: Metadata;
  events: readonly StoredEvent[];
}

/** Appends one chunk, which fits in one append. */
export type AppendChunk = (stream: string, chunk: ProposedEvent, expected: bigint | 'no-stream') => Promise<unknown>;
/** Reads the chunks of a payload stream; empty when the stream does not exist. */
export type ReadChunks = (stream: string) => Promise<readonly RecordedEvent[]>;

export class LargeAppends {
  private readonly payloads = new LRUCache<string, Payload>({ max: 1, ttl: CACHE_MS, ttlAutopurge: true });

  constructor(
    private readonly appendChunk: AppendChunk,
    private readonly readChunks: ReadChunks,
  ) {}

  /** Stores the payload of an append to `stream` and returns the stand-ins to append. @throws AppendTooLarge */
  async store(stream: string, events: readonly ProposedEvent[]): Promise<ProposedEvent[]> {
    const bytes = events.reduce((sum, { data }) => sum + data.length, 0);
    if (events.length > MAX_EVENTS || bytes > MAX_DATA_BYTES) throw new AppendTooLarge(stream, MAX_DATA_BYTES);
    const payload = encodePayload(events);
    const compressed = await compress(payload, { level: 1 });
    const id = randomUUID();
    for (let at = 0, revision = -1n; at < compressed.length; at += CHUNK_BYTES, revision++) {
      const data = compressed.subarray(at, at + CHUNK_BYTES);
      const chunk = { id: randomUUID(), type: PAYLOAD_TYPE, contentType: OCTETS, data, metadata: EMPTY };
      await this.appendChunk(payloadStream(id), chunk, revision < 0n ? 'no-stream' : revision);
    }
    return events.map((_, index) => ({
      ...{ id: id.slice(0, PAYLOAD_DIGITS) + index.toString(16).padStart(8, '0'), type: STAND_IN },
      ...{ contentType: OCTETS, data: EMPTY, metadata: EMPTY },
    }));
  }

  /**
   * Replaces each stand-in by its original event. A stand-in whose payload is missing or corrupt is returned unchanged.
   * @throws any error of the read
   */
  async restore(events: readonly RecordedEvent[]): Promise<readonly RecordedEvent[]> {
    if (!events.some(isStandIn)) return events;
    const restored: RecordedEvent[] = [];
    for (const event of events) restored.push(isStandIn(event) ? await this.restoreOne(event) : event);
    return restored;
  }

  private async restoreOne(standIn: RecordedEvent): Promise<RecordedEvent> {
    const { metadata, events = [] } = (await this.payloadOf(standIn.id)) ?? {};
    const stored = events[parseInt(standIn.id.slice(PAYLOAD_DIGITS), 16)];
    if (stored === undefined) return standIn;
    const [id, type, data, own] = stored;
    const whole = { ...metadata, ...own };
    return { ...standIn, id, type, data, metadata: whole, bytes: jsonBytes(data) + jsonBytes(whole) };
  }

  private async payloadOf(id: string): Promise<Payload | undefined> {
    const stream = payloadStream(id);
    const known = this.payloads.get(stream);
    if (known !== undefined) return known;
    const chunks = await this.readChunks(stream);
    const payload = await decodePayload(chunks);
    if (payload !== undefined) this.payloads.set(stream, payload);
    return payload;
  }
}

const payloadStream = (id: string): string => PAYLOAD_PREFIX + id.slice(0, PAYLOAD_DIGITS);

export const isStandIn = ({ type, data }: RecordedEvent): boolean =>
  type === STAND_IN && data instanceof Uint8Array && data.length === 0;

function encodePayload(events: readonly ProposedEvent[]): Buffer {
  const all = events.map(({ metadata }) => JSON.parse(textOf(metadata)) as Metadata);
  const isCommon = ([key, value]: [string, unknown]): boolean =>
    all.every((each) => each[key as keyof Metadata] === value);
  const common = Object.fromEntries(Object.entries(all[0] ?? {}).filter(isCommon));
  const ownOf = (metadata: Metadata): Metadata =>
    Object.fromEntries(Object.entries(metadata).filter(([key]) => !Object.hasOwn(common, key)));
  const stored = events.map(({ id, type, data }, index) => {
    const [idAndType, own] = [JSON.stringify([id, type]), JSON.stringify(ownOf(all[index] ?? {}))];
    return `${idAndType.slice(0, -1)},${textOf(data)},${own}]`;
  });
  return Buffer.from(`{"metadata":${JSON.stringify(common)},"events":[${stored.join(',\n')}]}`);
}

const textOf = (bytes: Uint8Array): string => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString();

async function decodePayload(chunks: readonly RecordedEvent[]): Promise<Payload | undefined> {
  try {
    const compressed = Buffer.concat(chunks.map(({ data }) => data as Uint8Array));
    const text = await decompress(compressed, { maxOutputLength: MAX_PAYLOAD_BYTES });
    return JSON.parse(text.toString()) as Payload;
  } catch {
    return undefined;
  }
}
