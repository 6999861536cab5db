import { createHash } from 'node:crypto';
import type { Position } from '../event-store';
import { Connection } from './connection';
import { isAfter } from './entry-queue';
import { toPortError } from './errors';
import type { RawEvent } from './events';
import { allRawEvents } from './raw-events';
import { Reads } from './reads';

const ANSWER_TIMEOUT_MS = 5_000;

/** The target cannot become a copy of the source; the message gives the reason. */
export class CopyRefused extends Error {}

export const TOMBSTONE = '$streamDeleted';

export const isUserEvent = ({ stream, type }: RawEvent): boolean => !stream.startsWith('$') && type !== TOMBSTONE;
export const isUserMetadata = ({ stream, type }: RawEvent): boolean =>
  /^\$\$[^$]/s.test(stream) && type === '$metadata';
export const locationOf = ({ stream, revision }: RawEvent): string => `${stream} at revision ${revision}`;
const headerOf = ({ stream, revision, id, type, contentType, data, metadata }: RawEvent): string =>
  JSON.stringify([stream, String(revision), id, type, contentType, data.length, metadata.length]);
export const isSame = (a: RawEvent, b: RawEvent): boolean =>
  headerOf(a) === headerOf(b) && Buffer.compare(a.data, b.data) === 0 && Buffer.compare(a.metadata, b.metadata) === 0;

/** The source or the target server of a copy. */
export class Side {
  readonly connection: Connection;
  /** Connection string without credentials, for messages. */
  readonly name: string;

  constructor(url: string) {
    this.connection = Connection.to(url);
    this.name = url.replace(/\/\/[^@/]*@/, '//');
  }

  /** The position of the last event in $all. @throws EventStoreUnavailable, EventStoreRefused */
  async end(): Promise<Position> {
    try {
      const { events } = await new Reads(this.connection).ofAll('backwards', undefined, 1, ANSWER_TIMEOUT_MS);
      const last = events[0];
      return last?.position ?? { commit: 0n, prepare: 0n };
    } catch (error) {
      throw toPortError(`${this.name} does not answer`, error);
    }
  }

  /** All events up to and including a position, in order, with system events. @throws EventStoreUnavailable, EventStoreRefused */
  async *events(end?: Position): AsyncGenerator<RawEvent, undefined> {
    try {
      for await (const event of allRawEvents(this.connection)) {
        if (end !== undefined && isAfter(event.position, end)) return;
        yield event;
      }
    } catch (error) {
      throw toPortError(`${this.name} does not answer`, error);
    }
  }

  async *userEvents(end?: Position): AsyncGenerator<RawEvent, undefined> {
    for await (const event of this.events(end)) if (isUserEvent(event)) yield event;
  }

  async digest(end?: Position, onEvent?: (event: RawEvent) => void): Promise<{ hash: string; events: number }> {
    const hash = createHash('sha256');
    let events = 0;
    for await (const event of this.userEvents(end)) {
      hash.update(headerOf(event)).update('\n').update(event.data).update(event.metadata);
      events += 1;
      onEvent?.(event);
    }
    return { hash: hash.digest('hex'), events };
  }
}
