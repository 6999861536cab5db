import { ANY } from '@eventstore/db-client';
import type { Position } from '../event-store';
import { Appends } from './append';
import { CopyRefused, isUserEvent, isSame, isUserMetadata, locationOf, Side, TOMBSTONE } from './copy-side';
import { isNotFound, toAppendError, toPortError } from './errors';
import { APPEND_TIMEOUT_MS, OrderedWriter } from './ordered-writer';
import type { RawEvent } from './events';
import { lastRawEvent } from './raw-events';

/** Existing events are compared, missing events are copied, then both sides are verified. */
export type CopyPhase = 'comparing' | 'copying' | 'verifying';

export interface CopyOptions {
  from: string;
  to: string;
  /** `share`: processed part of the source, 0 to 1. `events`: number of events processed in this phase. */
  onProgress?: (phase: CopyPhase, share: number, events: number) => void;
}

export interface CopyReport {
  /** Number of user events in the source and the target. */
  events: number;
  /** Number of user events written by this run. */
  copied: number;
  /** SHA-256 (hex) over stream, revision, id, type, content type, data and metadata of all user events in order; equal on both sides. */
  hash: string;
}

/** One run of a copy. */
class Copy {
  /** The last metadata event of each stream, and the streams that have a tombstone. */
  private readonly metadata = new Map<string, RawEvent>();
  private readonly tombstoned = new Set<string>();

  constructor(
    private readonly source: Side,
    private readonly target: Side,
    private readonly onProgress: NonNullable<CopyOptions['onProgress']>,
  ) {}

  async run(): Promise<CopyReport> {
    const [end] = await Promise.all([this.source.end(), this.target.end()]);
    const copied = await this.copyEvents(end);
    await this.copyMetadata();
    const { hash, events } = await this.verify(end);
    return { events, copied, hash };
  }

  /** Copies missing events; the target must be a prefix of the source. Returns the number of events written. @throws CopyRefused */
  private async copyEvents(end: Position): Promise<number> {
    const present = this.target.userEvents();
    const writer = new OrderedWriter(this.target);
    let phase: CopyPhase = 'comparing';
    let passed = 0;
    for await (const event of this.source.events(end)) {
      if (isUserMetadata(event)) this.metadata.set(event.stream, event);
      if (event.type === TOMBSTONE) this.tombstoned.add(event.stream);
      if (!isUserEvent(event)) continue;
      const there = phase === 'comparing' ? (await present.next()).value : undefined;
      if (there === undefined) phase = 'copying';
      else if (!isSame(event, there)) throw this.differs(event, there);
      if (phase === 'copying') await writer.add(event);
      this.onProgress(phase, shareOf(event, end), ++passed);
    }
    await writer.finish();
    const more = phase === 'comparing' ? (await present.next()).value : undefined;
    if (more !== undefined)
      throw new CopyRefused(`${this.target.name} has an event more than the source: ${locationOf(more)}`);
    return writer.written;
  }

  private differs(event: RawEvent, there: RawEvent): CopyRefused {
    return new CopyRefused(
      `${this.target.name} has other events: ${locationOf(there)} (${there.type}) instead of ${locationOf(event)} (${event.type}). ` +
        'Copy to an empty server, or to one with an interrupted copy',
    );
  }

  /** Copies stream metadata ($maxCount, $maxAge, $tb, soft deletes) and tombstones. */
  private async copyMetadata(): Promise<void> {
    const { connection } = this.target;
    const appends = new Appends(connection, 1);
    for (const [stream, event] of this.metadata) {
      if (this.tombstoned.has(stream.slice(2))) continue;
      const last = await lastRawEvent(connection, stream);
      if (last?.id === event.id) continue;
      const expected = last?.revision ?? 'no-stream';
      await appends.append(stream, [event], expected, APPEND_TIMEOUT_MS).catch((error: unknown) => {
        throw toAppendError(stream, expected, error);
      });
    }
    for (const stream of this.tombstoned)
      await connection.client.tombstoneStream(stream, { expectedRevision: ANY }).catch((error: unknown) => {
        if (!isNotFound(error)) throw toPortError(`deletion of ${stream}`, error);
      });
  }

  private async verify(end: Position): Promise<{ hash: string; events: number }> {
    let passed = 0;
    const [source, target] = await Promise.all([
      this.source.digest(end, (event) => this.onProgress('verifying', shareOf(event, end), ++passed)),
      this.target.digest(),
    ]);
    if (source.hash !== target.hash)
      throw new CopyRefused(
        `the copy is not the same: ${source.events} events with hash ${source.hash} in the source, ${target.events} with ${target.hash} in the target`,
      );
    return source;
  }
}

const shareOf = ({ position }: RawEvent, end: Position): number =>
  Math.min(1, Number(position.commit) / Math.max(1, Number(end.commit)));

/**
 * Copies all user events from one server to another, preserving order, streams, revisions, ids, types and the bytes of data and metadata; then
 * copies stream metadata and tombstones. An interrupted copy resumes from the events already in the target. Events that are written to the source
 * during a run are copied by the next run.
 * @throws CopyRefused, EventStoreUnavailable, EventStoreRefused
 */
export async function copyEvents({ from, to, onProgress = () => {} }: CopyOptions): Promise<CopyReport> {
  if (from === to) throw new CopyRefused('source and target are the same server');
  const [source, target] = [new Side(from), new Side(to)];
  try {
    return await new Copy(source, target, onProgress).run();
  } finally {
    await Promise.all([source.connection.release(), target.connection.release()]);
  }
}
