import type { EventEmitter } from 'node:events';
import { CommandError } from './command-error';

/** Exit codes as a shell reports them for a process that the signal ended. */
const EXIT_CODES = { SIGINT: 130, SIGTERM: 143 } as const;
/** A second signal within this time is a duplicate: a terminal signals the process group, and npm forwards the signal. */
const DUPLICATE_SIGNAL_MS = 1_000;

/** A command was cancelled by a signal. The message says in one line what it leaves. */
export class Cancelled extends CommandError {
  override name = 'Cancelled';

  constructor(
    message: string,
    readonly exitCode: number,
  ) {
    super(message);
  }
}

/**
 * Runs a command that SIGINT and SIGTERM cancel: the first signal aborts the signal of `work`, with a `Cancelled` as the reason; one that follows at
 * least a second later ends the process at once.
 * @param message what a cancelled command leaves, in one line
 * @param signals the emitter of the signals, for specifications
 * @throws Cancelled when `work` throws the reason
 */
export async function cancellable<T>(
  message: string,
  work: (signal: AbortSignal) => Promise<T>,
  signals: EventEmitter = process,
): Promise<T> {
  const cancel = new AbortController();
  let cancelledAt: number | undefined;
  const onSignal = (signal: keyof typeof EXIT_CODES): void => {
    if (cancelledAt === undefined) {
      cancelledAt = Date.now();
      cancel.abort(new Cancelled(message, EXIT_CODES[signal]));
    } else if (Date.now() - cancelledAt > DUPLICATE_SIGNAL_MS) process.exit(EXIT_CODES[signal]);
  };
  signals.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  try {
    return await work(cancel.signal);
  } finally {
    signals.off('SIGINT', onSignal).off('SIGTERM', onSignal);
  }
}

/** Waits for work that cannot be cancelled and leaves nothing to remove. @throws the reason of the signal, at once, when it aborts */
export function untilCancelled<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  signal.throwIfAborted();
  const cancelled = new Promise<never>((_, reject) =>
    signal.addEventListener('abort', () => reject(signal.reason as Error)),
  );
  return Promise.race([work, cancelled]);
}
