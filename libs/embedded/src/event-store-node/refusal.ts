import type { Expected } from './event-record';

/** Errors of the log. errors.ts converts them to protocol errors. */

export class WrongExpectedVersion extends Error {
  constructor(
    readonly stream: string,
    readonly expected: Expected,
    /** -1 when the stream does not exist. */
    readonly actual: number,
  ) {
    super(
      `Append failed due to WrongExpectedVersion. Stream: ${stream}, Expected version: ${expected}, Actual version: ${actual}`,
    );
  }
}

export class StreamDeleted extends Error {
  constructor(readonly stream: string) {
    super(`Event stream '${stream}' is deleted.`);
  }
}

/** Deletion of a stream that does not exist. EventStoreDB reports it as an internal error. */
export class StreamDoesNotExist extends Error {
  constructor(readonly stream: string) {
    super(`Event stream '${stream}' does not exist.`);
  }
}

export class AppendTooLarge extends Error {
  constructor(readonly maxBytes: number) {
    super(`Maximum Append Size of ${maxBytes} Exceeded.`);
  }
}

export class InvalidRequest extends Error {}

/** A live subscriber fell too far behind and has to subscribe again. */
export class ConsumerTooSlow extends Error {
  constructor() {
    super('Consumer too slow to handle event while live. Client resubscription required.');
  }
}

/** The deadline of the append had passed. */
export class DeadlinePassed extends Error {}

/** The disk, or the maximum size of the log, is exhausted. Nothing is written; reads continue. */
export class DiskFull extends Error {
  constructor() {
    super('no space left for the log: appends are refused, reads go on');
  }
}
