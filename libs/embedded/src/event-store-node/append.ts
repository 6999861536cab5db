import { LRUCache } from 'lru-cache';
import { type Expected, type ProposedEvent, TOMBSTONE_REVISION } from './event-record';
import type { LogStore } from './log-store';
import { StreamDeleted, WrongExpectedVersion, InvalidRequest, StreamDoesNotExist } from './refusal';
import {
  isMetastream,
  metastreamOf,
  originalOf,
  parseMetadata,
  softDeleteMetadata,
  type StreamHead,
} from './stream-head';

export interface Written {
  /** Revision of the stream after the write. */
  revision: number;
  position: number;
}

/** Number of latest event ids kept in memory for idempotent appends without an expected revision. */
const MAX_RECENT_IDS = 100_000;

/** Maximum length of a stream name or event type, in characters. */
const MAX_NAME_LENGTH = 16_384;

function checkName(name: string): void {
  if (name === '') throw new InvalidRequest('the stream name or event type is empty');
  if (name.length > MAX_NAME_LENGTH)
    throw new InvalidRequest(`the stream name or event type is longer than ${MAX_NAME_LENGTH} characters`);
}

/** Validates and stages writes: expected revisions, idempotence by event id, deletion. Call it within `LogStore.stage`. */
export class Appender {
  private readonly recent = new LRUCache<string, number>({ max: MAX_RECENT_IDS });

  constructor(private readonly log: LogStore) {}

  /** @throws WrongExpectedVersion, StreamDeleted, InvalidRequest */
  append(stream: string, expected: Expected, events: readonly ProposedEvent[]): Written {
    checkName(stream);
    for (const { type } of events) checkName(type);
    const head = this.log.head(stream);
    if (head?.tombstone !== undefined || this.originalIsTombstoned(stream)) throw new StreamDeleted(stream);
    if (head?.softDeleted === true && expected === 'stream-exists') throw new StreamDeleted(stream);
    const last = head?.last ?? -1;
    const earlier = this.earlierWrite(stream, head, expected, events);
    if (earlier !== undefined) return earlier;
    this.check(stream, expected, last, head?.softDeleted === true);
    if (events.length === 0) return { revision: Math.max(last, 0), position: this.log.lastPosition() };
    return this.write(stream, head, events);
  }

  /** Soft delete: hides all events until the next append. @throws WrongExpectedVersion, StreamDeleted, StreamDoesNotExist */
  delete(stream: string, expected: Expected): Written {
    const head = this.checkDeletion(stream, expected);
    if (head?.softDeleted === true) return { revision: head.last, position: this.log.lastPosition() };
    if (head === undefined || head.last < 0) {
      if (expected === 'stream-exists') throw new StreamDoesNotExist(stream);
      throw new WrongExpectedVersion(stream, expected, -1);
    }
    return this.writeMetadata(stream, softDeleteMetadata());
  }

  /** Deletes a stream permanently: its name cannot be used again. @throws WrongExpectedVersion, StreamDeleted */
  tombstone(stream: string, expected: Expected): Written {
    const head = this.checkDeletion(stream, expected);
    const position = this.log.add(this.numberOf(head), {
      stream,
      revision: TOMBSTONE_REVISION,
      id: crypto.randomUUID(),
      type: '$streamDeleted',
      contentType: 'application/octet-stream',
      data: new Uint8Array(),
      metadata: new Uint8Array(),
      created: Date.now(),
    });
    return { revision: TOMBSTONE_REVISION, position };
  }

  private readonly numberOf = (head: StreamHead | undefined): number => head?.number || this.log.nextStreamNumber();

  private checkDeletion(stream: string, expected: Expected): StreamHead | undefined {
    checkName(stream);
    const head = this.log.head(stream);
    if (head?.tombstone !== undefined) throw new StreamDeleted(stream);
    const last = head?.last ?? -1;
    if (typeof expected === 'bigint' && expected !== BigInt(last))
      throw new WrongExpectedVersion(stream, expected, last);
    if (expected === 'no-stream' && last >= 0) throw new WrongExpectedVersion(stream, expected, last);
    return head;
  }

  private originalIsTombstoned(stream: string): boolean {
    return isMetastream(stream) && this.log.head(originalOf(stream))?.tombstone !== undefined;
  }

  private check(stream: string, expected: Expected, last: number, softDeleted: boolean): void {
    if (expected === 'any') return;
    const isRight =
      expected === 'no-stream'
        ? last < 0 || softDeleted
        : expected === 'stream-exists'
          ? last >= 0
          : expected === BigInt(last);
    if (!isRight) throw new WrongExpectedVersion(stream, expected, last);
  }

  /** Returns the result of an earlier write of the same events, when this one is a repetition. */
  private earlierWrite(
    stream: string,
    head: StreamHead | undefined,
    expected: Expected,
    events: readonly ProposedEvent[],
  ): Written | undefined {
    const first = events[0];
    if (head === undefined || first === undefined) return undefined;
    const exact = expected === 'no-stream' ? -1 : typeof expected === 'bigint' ? Number(expected) : undefined;
    if (exact !== undefined && (exact >= head.last || (expected === 'no-stream' && head.softDeleted === true)))
      return undefined;
    const start = exact === undefined ? this.recent.get(`${head.number} ${first.id}`) : exact + 1;
    if (start === undefined) return undefined;
    const stored = events.map((_, index) => this.log.positionOf(head.number, start + index));
    const isStored = events.map(({ id }, index) => {
      const at = stored[index];
      return at !== undefined && this.log.at(at)?.id === id;
    });
    const position = stored.at(-1);
    if (isStored.every(Boolean) && position !== undefined) return { revision: start + events.length - 1, position };
    if (exact === undefined && isStored[0] === true) throw new WrongExpectedVersion(stream, expected, head.last);
    return undefined;
  }

  private write(stream: string, found: StreamHead | undefined, events: readonly ProposedEvent[]): Written {
    // An append to a soft-deleted stream makes it visible from here on.
    if (found?.softDeleted === true) this.reviveStream(stream, found);
    const number = this.numberOf(found);
    const created = Date.now();
    let last = found?.last ?? -1;
    let position = 0;
    for (const event of events) {
      last += 1;
      position = this.log.add(number, { ...event, stream, revision: last, created });
      this.recent.set(`${number} ${event.id}`, last);
    }
    return { revision: last, position };
  }

  private reviveStream(stream: string, head: StreamHead): void {
    const metastream = this.log.head(metastreamOf(stream));
    const at = metastream && this.log.positionOf(metastream.number, metastream.last);
    const metadata = at === undefined ? {} : parseMetadata(this.log.at(at)?.data ?? new Uint8Array());
    this.writeMetadata(stream, Buffer.from(JSON.stringify({ ...metadata, $tb: head.last + 1 })));
  }

  private writeMetadata(stream: string, data: Uint8Array): Written {
    const event: ProposedEvent = {
      id: crypto.randomUUID(),
      type: '$metadata',
      contentType: 'application/json',
      data,
      metadata: new Uint8Array(),
    };
    return this.write(metastreamOf(stream), this.log.head(metastreamOf(stream)), [event]);
  }
}

/** Writes the first event of a new log: a system event, as in EventStoreDB. */
export async function writeFirstEvent(log: LogStore): Promise<void> {
  if (log.lastPosition() > 0) return;
  log.stage(() =>
    log.add(log.nextStreamNumber(), {
      stream: '$$$settings',
      revision: 0,
      id: crypto.randomUUID(),
      type: '$metadata',
      contentType: 'application/json',
      data: Buffer.from('{}'),
      metadata: new Uint8Array(),
      created: Date.now(),
    }),
  );
  await log.commit();
}
