import { send } from './http';

/** One message of a text/event-stream. */
export interface StreamMessage {
  id: string | undefined;
  event: string;
  data: string;
}

const RETRY_MS = 2_000;

function messageOf(block: string): StreamMessage | undefined {
  const message: StreamMessage = { id: undefined, event: 'message', data: '' };
  const data: string[] = [];
  for (const line of block.split('\n')) {
    const [, field = '', value = ''] = /^([^:]*):? ?(.*)$/.exec(line) ?? [];
    if (field === 'data') data.push(value);
    else if (field === 'id') message.id = value;
    else if (field === 'event') message.event = value;
  }
  return data.length === 0 ? undefined : { ...message, data: data.join('\n') };
}

async function readOnce(
  path: string,
  lastId: string | undefined,
  signal: AbortSignal,
  take: (message: StreamMessage) => void,
): Promise<void> {
  const response = await send(path, {
    signal,
    headers: { accept: 'text/event-stream', ...(lastId !== undefined && { 'last-event-id': lastId }) },
  });
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
      const message = messageOf(block);
      if (message !== undefined) take(message);
    }
  }
}

/**
 * Follows a stream of events until `signal` aborts; resumes after the last event when the connection ends. EventSource cannot send the
 * Authorization header, so the stream is read with fetch.
 */
export async function follow(
  path: string,
  signal: AbortSignal,
  take: (message: StreamMessage) => void,
  failed: (error: unknown) => void,
): Promise<void> {
  let lastId: string | undefined;
  while (!signal.aborted) {
    try {
      await readOnce(path, lastId, signal, (message) => {
        lastId = message.id ?? lastId;
        take(message);
      });
    } catch (error) {
      if (signal.aborted) return;
      failed(error);
    }
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
}
