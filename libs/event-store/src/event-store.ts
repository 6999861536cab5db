/**
 * The port to the event store. eventstoredb/eventstoredb-event-store.ts implements it; model-based tests use an implementation in memory.
 */

/** A position in $all. Resuming needs both parts. */
export interface Position {
  readonly commit: bigint;
  readonly prepare: bigint;
}

/** `undefined`: the beginning of $all. */
export type FromPosition = Position | undefined;

/** The expected state of a stream for an append: its last revision, that it does not exist, or any state. */
export type ExpectedRevision = bigint | 'no-stream' | 'any';

/** Metadata of every event of the service, stored as JSON. */
export interface EventMetadata {
  site: string;
  /** The credential (client id) that wrote, or `system`. */
  actor: string;
  /** The user who acted on behalf of the customer, if any. */
  impersonator?: string;
  requestId: string;
  /** Version of the schema of `data`, from 1. */
  schemaVersion: number;
  /** Business time of the event, ISO 8601 UTC. The server sets the time of recording. */
  occurredAt: string;
  $correlationId: string;
  $causationId?: string;
  /** Further events of the same append follow: a reader that stops here sees a partial write. */
  continues?: true;
}

/** `id` is a UUID. Resending an event with the same id after an unknown outcome stores it once. */
export interface EventToAppend {
  readonly id: string;
  readonly type: string;
  readonly data: unknown;
  readonly metadata: EventMetadata;
}

export interface RecordedEvent {
  readonly id: string;
  readonly stream: string;
  /** From 0 within its stream. */
  readonly revision: bigint;
  readonly position: Position;
  readonly type: string;
  readonly data: unknown;
  /** The stored text of `data`, where it is an object or an array that was read as JSON. */
  readonly json?: string;
  /** As stored; events of other applications may lack any member. */
  readonly metadata: Partial<EventMetadata>;
  /** By the clock of the server. */
  readonly recordedAt: Date;
  /** Size in bytes: of data and metadata as JSON, estimated, or of the whole event as it was received. Absent when not measured. */
  readonly bytes?: number;
}

export interface Appended {
  /** The last revision of the stream after the append. */
  readonly revision: bigint;
  /** The position of the last event written; absent for an empty append. */
  readonly position?: Position;
}

export interface StreamSlice {
  /** False when the stream does not exist or is deleted. */
  readonly exists: boolean;
  readonly events: readonly RecordedEvent[];
}

export type Direction = 'forwards' | 'backwards';

export interface ReadStreamOptions {
  direction?: Direction;
  /** Inclusive. Absent: from the beginning (forwards) or the end (backwards). */
  from?: bigint;
  /** Maximum number of events, 1 or more. Absent: all. */
  maxCount?: number;
  /** Refuses to return more than about this many bytes, counted as in `RecordedEvent.bytes`. Absent: no limit. */
  maxBytes?: number;
}

export interface ReadAllOptions {
  direction?: Direction;
  /** Inclusive forwards, exclusive backwards, as on the server. Absent: from the beginning (forwards) or the end (backwards). */
  from?: Position;
  /** Maximum number of events, 1 or more. Required, because $all may not fit in memory. */
  maxCount: number;
}

/** A batch of a subscription, in the order of $all; each event is delivered once. */
export interface EventBatch {
  readonly events: readonly RecordedEvent[];
  /** All events up to this position were processed by the filter. Store it as the checkpoint after handling the batch. */
  readonly position: Position;
  /** True once the subscription has reached the end of $all since it (re)started. */
  readonly caughtUp: boolean;
}

export interface SubscribeOptions {
  /** Exclusive: the last handled position. */
  from: FromPosition;
  /** Prefixes of stream names, at least one. */
  streamPrefixes: readonly string[];
  /** Maximum number of events per batch (default 1,000). */
  maxBatch?: number;
  /** A batch ends with the event that reaches this size in bytes (default 8 MiB). */
  maxBatchBytes?: number;
  /** Ends the subscription and its iteration without an error. */
  signal?: AbortSignal;
}

/** Every call ends within the timeout of the implementation, and may throw EventStoreUnavailable or EventStoreRefused. */
export interface EventStore {
  /**
   * Appends all events or none; durable when it resolves. After EventStoreUnavailable the outcome is unknown.
   * @throws WrongExpectedRevision, AppendTooLarge, TypeError for a malformed event
   */
  append(stream: string, events: readonly EventToAppend[], expected: ExpectedRevision): Promise<Appended>;
  /** @throws StreamTooLarge when the events exceed `maxBytes` */
  readStream(stream: string, options?: ReadStreamOptions): Promise<StreamSlice>;
  /** Events of all streams in the order written, including system events. */
  readAll(options: ReadAllOptions): Promise<readonly RecordedEvent[]>;
  /** False when the stream does not exist or is deleted; true even when all its events are truncated or expired. */
  streamExists(stream: string): Promise<boolean>;
  /** The revision of the last readable event of a stream; undefined when there is none. */
  lastRevision(stream: string): Promise<bigint | undefined>;
  /** The position of the last event in $all; undefined when the store is empty. */
  lastPosition(): Promise<FromPosition>;
  /**
   * Subscribes to $all until `signal` aborts. Resumes after failures of the server or the network, without skipping or repeating events.
   * @throws EventStoreRefused
   */
  subscribe(options: SubscribeOptions): AsyncIterable<EventBatch>;
  /**
   * Checks in one attempt that the server accepts appends; stores nothing.
   * @throws EventStoreUnavailable, EventStoreRefused
   */
  checkWritable(): Promise<void>;
  /** Ends subscriptions and calls. Later calls fail with EventStoreUnavailable. */
  close(): Promise<void>;
}

/** Another writer appended first; load the stream again. */
export class WrongExpectedRevision extends Error {
  constructor(
    readonly stream: string,
    readonly expected: ExpectedRevision,
    /** The last revision of the stream as reported by the server; undefined: no stream, or not reported. */
    readonly actual: bigint | undefined,
  ) {
    super(`${stream} is not at the expected revision ${String(expected)}, but at ${String(actual ?? 'no stream')}`);
    this.name = 'WrongExpectedRevision';
  }
}

/** The store is unreachable, too slow or full. A retry may succeed. The outcome of an append is unknown. */
export class EventStoreUnavailable extends Error {
  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'EventStoreUnavailable';
  }
}

/** Reason of a permanent refusal; a retry would fail again. */
export type RefusalReason = 'access-denied' | 'stream-deleted' | 'invalid-request';

/** The server refused the call; nothing was written. `stream-deleted`: the stream has a tombstone, so its name cannot be reused. */
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

/** The requested events of a stream exceed the limit of the read. */
export class StreamTooLarge extends Error {
  constructor(
    readonly stream: string,
    readonly maxBytes: number,
  ) {
    super(`the events of ${stream} are larger than ${maxBytes} bytes`);
    this.name = 'StreamTooLarge';
  }
}

/** The events of one append exceed the size limit. */
export class AppendTooLarge extends Error {
  constructor(
    readonly stream: string,
    readonly maxBytes: number,
  ) {
    super(`an append to ${stream} is larger than ${maxBytes} bytes`);
    this.name = 'AppendTooLarge';
  }
}
