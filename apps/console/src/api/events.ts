import { openFeed } from './http';
import type { FeedEntry } from './types';

const RETRY_MS = 2_000;

/** The data of one event of a text/event-stream; undefined for a comment. */
function dataOf(block: string): string | undefined {
  const data = block.split('\n').flatMap((line) => /^data:? ?(.*)$/.exec(line)?.[1] ?? []);
  return data.length === 0 ? undefined : data.join('\n');
}

async function readOnce(after: number, signal: AbortSignal, take: (entry: FeedEntry) => void): Promise<void> {
  const response = await openFeed(after, signal);
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  if (reader === undefined) return;
  let rest = '';
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    rest += value.replace(/\r/g, '');
    const blocks = rest.split('\n\n');
    rest = blocks.pop() ?? '';
    for (const block of blocks) {
      const data = dataOf(block);
      if (data !== undefined) take(JSON.parse(data) as FeedEntry);
    }
  }
}

/**
 * Follows the feed of the site after a sequence number until `signal` aborts, and reconnects after the last entry.
 * EventSource cannot send the Authorization header, so the stream is read with fetch.
 */
export async function followFeed(
  after: number,
  signal: AbortSignal,
  take: (entry: FeedEntry) => void,
  failed: (error: unknown) => void,
): Promise<void> {
  let last = after;
  while (!signal.aborted) {
    try {
      await readOnce(last, signal, (entry) => {
        last = entry.sequence;
        take(entry);
      });
    } catch (error) {
      if (signal.aborted) return;
      failed(error);
    }
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
}
