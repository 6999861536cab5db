import type { Expected } from './event-record';

/** What the log refuses; errors.ts says how the protocol says so. */

export class WrongExpectedVersion extends Error {
  constructor(
    readonly stream: string,
    readonly expected: Expected,
    /** -1: there is no stream. */
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

/** A deletion expected a stream that never was; the real server answers it with an internal error. */
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

/** A live subscriber fell too far behind; it resubscribes. */
export class ConsumerTooSlow extends Error {
  constructor() {
    super('Consumer too slow to handle event while live. Client resubscription required.');
  }
}

/** The deadline that came with an append had passed. */
export class DeadlinePassed extends Error {}

/** The disk, or the space that the log may take, is full: nothing is written, reads go on. */
export class DiskFull extends Error {
  constructor() {
    super('no space left for the log: appends are refused, reads go on');
  }
}
