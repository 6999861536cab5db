import { openFeed } from './http';
import type { FeedEntry } from './types';

const RETRY_MS = 2_000;

/** The data of one event of a text/event-stream; undefined for a comment. */
function dataOf(block: string): string | undefined {
  const data = block.split('\n').flatMap((line) => /^data:? ?(.*)$/.exec(line)?.[1] ?? []);
  return data.length === 0 ? undefined : data.join('\n');
}

export interface FeedReader {
  take: (entry: FeedEntry) => void;
  opened: () => void;
  /** The stream ended; `error` is the reason if there is one. */
  closed: (error?: unknown) => void;
}

async function readOnce(after: number, signal: AbortSignal, { take, opened }: FeedReader): Promise<void> {
  const response = await openFeed(after, signal);
  if (!signal.aborted) opened();
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
export async function followFeed(after: number, signal: AbortSignal, reader: FeedReader): Promise<void> {
  let last = after;
  const take = (entry: FeedEntry): void => {
    last = entry.sequence;
    reader.take(entry);
  };
  while (!signal.aborted) {
    let failure: unknown;
    try {
      await readOnce(last, signal, { ...reader, take });
    } catch (error) {
      failure = error;
    }
    if (signal.aborted) return;
    reader.closed(failure);
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
}
