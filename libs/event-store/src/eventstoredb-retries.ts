import { setTimeout as pause } from 'node:timers/promises';

export interface Patience {
  /** How long one call may take in all, its retries included, in milliseconds. */
  totalMs: number;
  /** How long one try may take, in milliseconds. */
  tryMs: number;
  /** Ends the waiting between two tries. */
  signal: AbortSignal;
}

const SHORTEST_PAUSE_MS = 20;
const LONGEST_PAUSE_MS = 500;

/** The server did not answer a try in its time. */
export class NoAnswer extends Error {
  override name = 'NoAnswer';
}

/**
 * A call with a time-out of our own: the client's do not cover everything it does. What the call does afterwards is nobody's concern.
 * @throws NoAnswer
 */
export async function within<T>(ms: number, call: Promise<T>, onTimeout?: () => void): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      onTimeout?.();
      reject(new NoAnswer(`no answer within ${ms} ms`));
    }, ms);
  });
  try {
    return await Promise.race([call, timeout]);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Tries a call again, with pauses that grow, as long as its failure may pass and there is time.
 * @throws the last failure
 */
export async function retrying<T>(
  { totalMs, tryMs, signal }: Patience,
  call: (tryMs: number) => Promise<T>,
  mayPass: (error: unknown) => boolean,
): Promise<T> {
  const deadline = Date.now() + totalMs;
  for (let wait = SHORTEST_PAUSE_MS; ; wait = Math.min(LONGEST_PAUSE_MS, 2 * wait)) {
    try {
      return await call(Math.max(1, Math.min(tryMs, deadline - Date.now())));
    } catch (error) {
      if (!mayPass(error) || Date.now() + wait >= deadline) throw error;
      await pause(wait, undefined, { signal }).catch(() => {});
      if (signal.aborted) throw error;
    }
  }
}
