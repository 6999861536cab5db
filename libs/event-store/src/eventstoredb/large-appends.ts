import { randomUUID } from 'node:crypto';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { LRUCache } from 'lru-cache';
import { AppendTooLarge, type EventMetadata, type RecordedEvent } from '../event-store';
import type { ProposedEvent } from './events';
import { jsonBytes } from './json-bytes';

/**
 * Appends larger than a server takes (1 MiB). Their data and metadata go, compressed, to a payload stream of their own first; then one append
 * writes a stand-in for each event to the stream itself. So the append is still whole, at one expected revision, and has one revision for each
 * event. Readers get the events as they were appended. See docs/adr/0040.
 *
 * Stored for ever: the type and the ids of stand-ins, the names of payload streams, and the format of the payload.
 */

/** The type of a stand-in. It has neither data nor metadata: 10 bytes of the 1 MiB, so that an append holds 100,000. */
const STAND_IN = 'Large';
const PAYLOAD_PREFIX = 'payload-';
const PAYLOAD_TYPE = 'AppendPayload';
const MAX_EVENTS = 100_000;
/** Bytes of the data of all events of one append. */
const MAX_DATA_BYTES = 64 * 1024 * 1024;
/** A payload is never larger than this, ids, types and metadata included. */
const MAX_PAYLOAD_BYTES = 128 * 1024 * 1024;
const CHUNK_BYTES = 1_000_000;
const OCTETS = 'application/octet-stream';
/** The ids of the stand-ins of one append differ in their last 8 digits, the index; the others name the payload. */
const PAYLOAD_DIGITS = 28;
/** Readers take an append in batches: its payload is kept for so many milliseconds. */
const CACHE_MS = 5_000;

const [compress, decompress] = [promisify(gzip), promisify(gunzip)];
const NOTHING = new Uint8Array(0);

type Metadata = Partial<EventMetadata>;
/** Id, type, data, and what differs in the metadata from that of all. */
type StoredEvent = readonly [id: string, type: string, data: unknown, metadata: Metadata];
interface Payload {
  metadata: Metadata;
  events: readonly StoredEvent[];
}

/** Appends one event that fits. */
export type AppendChunk = (stream: string, chunk: ProposedEvent, expected: bigint | 'no-stream') => Promise<unknown>;
/** The chunks of a payload stream; none where there is no such stream. */
export type ReadChunks = (stream: string) => Promise<readonly RecordedEvent[]>;

export class LargeAppends {
  private readonly payloads = new LRUCache<string, Payload>({ max: 1, ttl: CACHE_MS, ttlAutopurge: true });

  constructor(
    private readonly appendChunk: AppendChunk,
    private readonly readChunks: ReadChunks,
  ) {}

  /** Stores the payload of an append to `stream`; what it returns is to be appended in place of the events. @throws AppendTooLarge */
  async store(stream: string, events: readonly ProposedEvent[]): Promise<ProposedEvent[]> {
    const bytes = events.reduce((sum, { data }) => sum + data.length, 0);
    if (events.length > MAX_EVENTS || bytes > MAX_DATA_BYTES) throw new AppendTooLarge(stream, MAX_DATA_BYTES);
    const payload = encodePayload(events);
    const compressed = await compress(payload, { level: 1 });
    const id = randomUUID();
    for (let at = 0, revision = -1n; at < compressed.length; at += CHUNK_BYTES, revision++) {
      const data = compressed.subarray(at, at + CHUNK_BYTES);
      const chunk = { id: randomUUID(), type: PAYLOAD_TYPE, contentType: OCTETS, data, metadata: NOTHING };
      await this.appendChunk(payloadStream(id), chunk, revision < 0n ? 'no-stream' : revision);
    }
    return events.map((_, index) => ({
      ...{ id: id.slice(0, PAYLOAD_DIGITS) + index.toString(16).padStart(8, '0'), type: STAND_IN },
      ...{ contentType: OCTETS, data: NOTHING, metadata: NOTHING },
    }));
  }

  /**
   * The events with each stand-in replaced by the event it stands for. One whose payload is missing or damaged stays as it is.
   * @throws what reading throws
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

const isStandIn = ({ type, data }: RecordedEvent): boolean =>
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
