/** One line of the input; `bytes` is absent for a line above the limit. */
export interface Line {
  /** Line number from 1, including blank lines. */
  number: number;
  bytes?: Buffer;
}

const LINE_FEED = 0x0a;
const isBlank = (bytes: Buffer): boolean => bytes.every((byte) => byte === 0x20 || byte === 0x09 || byte === 0x0d);

/** Splits bytes into lines and skips blank ones. At most `maxBytes` of a line are kept in memory. */
export async function* ndjsonLines(chunks: AsyncIterable<Buffer>, maxBytes: number): AsyncGenerator<Line> {
  let [number, size] = [1, 0];
  let parts: Buffer[] = [];
  const add = (part: Buffer): void => {
    size += part.length;
    if (size <= maxBytes) parts.push(part);
    else parts = [];
  };
  const endLine = (): Line | undefined => {
    const line = size > maxBytes ? { number } : { number, bytes: Buffer.concat(parts, size) };
    [number, size, parts] = [number + 1, 0, []];
    return line.bytes !== undefined && isBlank(line.bytes) ? undefined : line;
  };
  for await (const chunk of chunks) {
    let from = 0;
    for (let end = chunk.indexOf(LINE_FEED); end >= 0; end = chunk.indexOf(LINE_FEED, from)) {
      add(chunk.subarray(from, end));
      from = end + 1;
      const line = endLine();
      if (line !== undefined) yield line;
    }
    if (from < chunk.length) add(chunk.subarray(from));
  }
  const last = endLine();
  if (last !== undefined) yield last;
}
