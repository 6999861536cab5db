import { Chunks } from '../../http/body/chunks';
import { Problem } from '../../http/problems/problem';

/** One line of the input. */
export interface Line {
  /** Line number from 1, including blank lines. */
  number: number;
  bytes: Buffer;
  /** Returns the memory of a large line; to be called when the line is processed. */
  release: () => void;
}

/** A line that was not kept in memory. */
export interface RefusedLine {
  number: number;
  problem: Problem;
}

export interface LineLimits {
  /** Maximum bytes of a line. */
  maxBytes: number;
  /** A line of more bytes is large. */
  smallBytes: number;
  /** Waits for the memory of a large line and returns the function that releases it. */
  reserve: () => Promise<() => void>;
  /** Maximum time in milliseconds for a large line to arrive after its memory is reserved. */
  timeoutMs: number;
}

const LINE_FEED = 0x0a;
const isBlank = (bytes: Buffer): boolean => bytes.every((byte) => byte === 0x20 || byte === 0x09 || byte === 0x0d);

/** The line that is being read. */
class OpenLine {
  private readonly parts = new Chunks();
  private problem?: Problem;
  private release?: () => void;
  private timer?: NodeJS.Timeout;

  constructor(
    private readonly number: number,
    private readonly limits: LineLimits,
  ) {}

  async add(part: Buffer): Promise<void> {
    const { maxBytes, smallBytes, reserve, timeoutMs } = this.limits;
    if (this.problem !== undefined) return;
    this.parts.add(part);
    if (this.parts.size > maxBytes)
      this.refuse(new Problem('body-too-large', `the line is larger than ${maxBytes} bytes`));
    else if (this.parts.size > smallBytes && this.release === undefined) {
      this.release = await reserve();
      const late = new Problem('request-timeout', 'the line did not arrive in time');
      this.timer = setTimeout(() => this.refuse(late), timeoutMs);
    }
  }

  /** The rest of the line is read and discarded. */
  private refuse(problem: Problem): void {
    this.problem = problem;
    this.abandon();
  }

  abandon(): void {
    clearTimeout(this.timer);
    this.parts.drop();
    this.release?.();
  }

  end(): Line | RefusedLine | undefined {
    const { number, problem, release = () => {} } = this;
    if (problem !== undefined) return { number, problem };
    clearTimeout(this.timer);
    const bytes = this.parts.whole();
    if (!isBlank(bytes)) return { number, bytes, release };
    release();
    return undefined;
  }
}

/** Splits bytes into lines and skips blank ones. A large line waits for memory before it is read further. */
export async function* ndjsonLines(
  chunks: AsyncIterable<Buffer>,
  limits: LineLimits,
): AsyncGenerator<Line | RefusedLine> {
  let number = 1;
  let line = new OpenLine(number, limits);
  try {
    for await (const chunk of chunks) {
      let from = 0;
      for (let end = chunk.indexOf(LINE_FEED); end >= 0; end = chunk.indexOf(LINE_FEED, from)) {
        await line.add(chunk.subarray(from, end));
        from = end + 1;
        const ended = line.end();
        line = new OpenLine(++number, limits);
        if (ended !== undefined) yield ended;
      }
      if (from < chunk.length) await line.add(chunk.subarray(from));
    }
    const last = line.end();
    line = new OpenLine(number, limits);
    if (last !== undefined) yield last;
  } finally {
    line.abandon();
  }
}
