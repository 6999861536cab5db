/**
 * The port to the event store: what the rest of the service may ask of it. Its one adapter in production is
 * eventstoredb/eventstoredb-event-store.ts; the model-based tests drive the same callers over one in memory.
 */

/** Both halves of a place in $all; a resume needs both. */
export interface Position {
  readonly commit: bigint;
  readonly prepare: bigint;
}

/** `undefined` where a caller has no position yet: the beginning of $all. */
export type FromPosition = Position | undefined;

/** What an append expects of the stream: its last revision, that there is none, or nothing at all. */
export type ExpectedRevision = bigint | 'no-stream' | 'any';

/** Who did it and why, the same for every event of the service. Stored as JSON beside the data. */
export interface EventMetadata {
  site: string;
  /** The credential (client id) that wrote, or `system`. */
  actor: string;
  /** Who acted for the customer, when somebody did. */
  impersonator?: string;
  requestId: string;
  /** Version of the shape of `data`, from 1. */
  schemaVersion: number;
  /** When it happened in the business, ISO 8601 UTC; when it was recorded is the server's to say. */
  occurredAt: string;
  $correlationId: string;
  $causationId?: string;
  /** More events of the same append follow: whoever stops here sees half of a write. */
  continues?: true;
}

/** `id` is a UUID made once for an attempt: sent again with the same id after an unknown outcome, it is stored once. */
export interface EventToAppend {
  readonly id: string;
  readonly type: string;
  readonly data: unknown;
  readonly metadata: EventMetadata;
}

export interface RecordedEvent {
  readonly id: string;
  readonly stream: string;
  /** From 0 in its stream. */
  readonly revision: bigint;
  readonly position: Position;
  readonly type: string;
  readonly data: unknown;
  /** As stored; a foreign event may lack all of it. */
  readonly metadata: Partial<EventMetadata>;
  /** The server's clock. */
  readonly recordedAt: Date;
  /** What data and metadata take as JSON, about; absent where nobody has measured it. */
  readonly bytes?: number;
}

export interface Appended {
  /** The stream's last revision now. */
  readonly revision: bigint;
  /** The position of the last event written; absent for an append of nothing. */
  readonly position?: Position;
}

export interface StreamSlice {
  /** False when there is no such stream (or it is deleted). */
  readonly exists: boolean;
  readonly events: readonly RecordedEvent[];
}

export type Direction = 'forwards' | 'backwards';

export interface ReadStreamOptions {
  direction?: Direction;
  /** Inclusive. Absent: from the beginning (forwards) or the end (backwards). */
  from?: bigint;
  /** At most so many events, 1 or more. Absent: all. */
  maxCount?: number;
}

export interface ReadAllOptions {
  direction?: Direction;
  /** Forwards inclusive, backwards exclusive, as the server has it. Absent: from the beginning (forwards) or the end (backwards). */
  from?: Position;
  /** At most so many events, 1 or more; always said, for $all may be longer than memory. */
  maxCount: number;
}

/** What a subscription hands over at once, in order of $all, each event once. */
export interface EventBatch {
  readonly events: readonly RecordedEvent[];
  /** Everything up to here was considered, events that the filter left out included: the checkpoint once it is handled. */
  readonly position: Position;
  /** True once the subscription has seen the end of $all since it (re)started. */
  readonly caughtUp: boolean;
}

export interface SubscribeOptions {
  /** Exclusive: the last handled position. */
  from: FromPosition;
  /** Streams whose name begins with one of these, of which there is at least one. */
  streamPrefixes: readonly string[];
  /** At most so many events in one batch (default 1,000). */
  maxBatch?: number;
  /** A batch ends with the event that makes it so many bytes long (default 8 MiB). */
  maxBatchBytes?: number;
  /** Ends the subscription, and its iteration, cleanly. */
  signal?: AbortSignal;
}

/** Every call ends within the time-out of the adapter, and may throw EventStoreUnavailable or EventStoreRefused. */
export interface EventStore {
  /**
   * Appends all events or none, durable when it resolves.
   * @throws WrongExpectedRevision, AppendTooLarge, TypeError for what must not be sent; after EventStoreUnavailable the outcome is unknown
   */
  append(stream: string, events: readonly EventToAppend[], expected: ExpectedRevision): Promise<Appended>;
  readStream(stream: string, options?: ReadStreamOptions): Promise<StreamSlice>;
  /** Events of all streams in the order in which they were written, those of the system included. */
  readAll(options: ReadAllOptions): Promise<readonly RecordedEvent[]>;
  /** False when there is no such stream or it is deleted; true also for one whose events are all hidden (truncated, too old). */
  streamExists(stream: string): Promise<boolean>;
  /** The last revision of a stream that can be read, or undefined when there is none. */
  lastRevision(stream: string): Promise<bigint | undefined>;
  /** The position of the last event in $all, or undefined for an empty store. */
  lastPosition(): Promise<FromPosition>;
  /**
   * Never ends by itself and never skips or repeats: it resumes by itself after whatever the server or the network does.
   * @throws EventStoreRefused
   */
  subscribe(options: SubscribeOptions): AsyncIterable<EventBatch>;
  /**
   * Whether the server takes an append now, in one try that stores nothing.
   * @throws EventStoreUnavailable, EventStoreRefused
   */
  checkWritable(): Promise<void>;
  /** Ends subscriptions and calls. Whatever is asked afterwards fails. */
  close(): Promise<void>;
}

/** Somebody else appended first: load again. */
export class WrongExpectedRevision extends Error {
  constructor(
    readonly stream: string,
    readonly expected: ExpectedRevision,
    /** The stream's last revision, where the server said it; undefined: no stream. */
    readonly actual: bigint | undefined,
  ) {
    super(`${stream} is not at the expected revision ${String(expected)}, but at ${String(actual ?? 'no stream')}`);
    this.name = 'WrongExpectedRevision';
  }
}

/** The store did not answer, or not in time, or is full. An append may or may not have been written. Worth another try later. */
export class EventStoreUnavailable extends Error {
  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'EventStoreUnavailable';
  }
}

/** Why the server said no; it would say so again, so that somebody has to look. */
export type RefusalReason = 'access-denied' | 'stream-deleted' | 'invalid-request';

/** The server understood and said no: nothing was written. `stream-deleted`: a tombstone, the name can never be used again. */
export class EventStoreRefused extends Error {
  constructor(
    readonly reason: RefusalReason,
    message: string,
    options?: { cause?: unknown },
  ) {
    super(message, options);
    this.name = 'EventStoreRefused';
  }
}

/** All events of one append together are larger than the server takes. */
export class AppendTooLarge extends Error {
  constructor(
    readonly stream: string,
    readonly maxBytes: number,
  ) {
    super(`an append to ${stream} is larger than ${maxBytes} bytes`);
    this.name = 'AppendTooLarge';
  }
}
