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
 * Responds with items as a JSON array: as text when they fit into one chunk, else as a stream, so that at most one chunk is in memory. The first
 * chunk is read before the response starts, so that its failure is answered as a problem.
 * @param toText returns the JSON text of one item
 */
export async function jsonArray<T>(
  reply: FastifyReply,
  chunks: AsyncIterable<T[]>,
  toText: (item: T) => string,
): Promise<string | StreamableFile> {
  const iterator = chunks[Symbol.asyncIterator]();
  const first = await iterator.next();
  if (first.done === true) return jsonText(reply, '[]');
  const second = await iterator.next();
  if (second.done === true) return jsonText(reply, `[${first.value.map(toText).join(',')}]`);
  async function* chunksAgain(): AsyncIterable<T[]> {
    yield first.value as T[];
    yield second.value as T[];
    for (let next = await iterator.next(); next.done !== true; next = await iterator.next()) yield next.value;
  }
  async function* texts(): AsyncIterable<string> {
    let before = '[';
    for await (const chunk of chunksAgain())
      for (const item of chunk) {
        yield before + toText(item);
        before = ',';
      }
    yield before === '[' ? '[]' : ']';
  }
  return new StreamableFile(Readable.from(texts(), { objectMode: true }), { type: JSON_TYPE });
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
