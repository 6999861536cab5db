import { Readable } from 'node:stream';
import { StreamableFile } from '@nestjs/common';
import type { FastifyReply } from 'fastify';

const JSON_TYPE = 'application/json; charset=utf-8';

/** Responds with JSON text as it is. */
export function jsonText(reply: FastifyReply, text: string): string {
  void reply.type(JSON_TYPE);
  return text;
}

/**
 * Responds with items as a JSON array: as text when they fit into one chunk, else as a stream, so that a slow client keeps at most two chunks in memory. The first
 * chunks are read before the response starts, so that a failure is answered as a problem.
 * @param toText returns the JSON text of one item
 */
export async function jsonArray<T>(
  reply: FastifyReply,
  chunks: AsyncIterable<T[]>,
  toText: (item: T) => string,
): Promise<string | StreamableFile> {
  const iterator = chunks[Symbol.asyncIterator]();
  const read = async (): Promise<T[] | undefined> => {
    const next = await iterator.next();
    return next.done === true ? undefined : next.value;
  };
  const first = await read();
  if (first === undefined) return jsonText(reply, '[]');
  const second = await read();
  if (second === undefined) return jsonText(reply, `[${first.map(toText).join(',')}]`);
  const waiting = [first, second];
  async function* texts(): AsyncIterable<string> {
    let before = '[';
    for (let chunk = waiting.shift(); chunk !== undefined;) {
      for (const item of chunk) {
        yield before + toText(item);
        before = ',';
      }
      chunk = waiting.shift() ?? (await read());
    }
    yield before === '[' ? '[]' : ']';
  }
  return new StreamableFile(Readable.from(texts(), { objectMode: true, highWaterMark: 1 }), { type: JSON_TYPE });
}

/** Sets `Link: rel="next"`: the URL of the request with these parameters replaced (RFC 8288). */
export function linkNext(reply: FastifyReply, url: string, parameters: Record<string, string>): void {
  // The query may contain further question marks.
  const [path = ''] = url.split('?', 1);
  const next = new URLSearchParams(url.slice(path.length));
  for (const replaced of ['cursor', 'offset', 'after']) next.delete(replaced);
  for (const [name, value] of Object.entries(parameters)) next.set(name, value);
  void reply.header('link', `<${path}?${next.toString()}>; rel="next"`);
}
