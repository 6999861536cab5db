/** A second signal within this time is the same one, sent twice: by a terminal and by npm, which passes it on. */
const DUPLICATE_SIGNAL_MS = 1_000;
/** Longer than any call under way may take. */
const SHUTDOWN_TIMEOUT_MS = 20_000;

/** Ends what was started, in reverse order, when the process is told to end. */
export class Shutdown {
  private readonly ends: (() => Promise<unknown>)[] = [];
  private stoppedAt?: number;

  /** Ends the process by SIGINT, SIGTERM and SIGHUP; a second signal ends it at once. */
  onSignals(): void {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => this.onSignal());
  }

  get isStopping(): boolean {
    return this.stoppedAt !== undefined;
  }

  add(end: () => Promise<unknown>): void {
    this.ends.unshift(end);
  }

  /** Ends everything and then the process. */
  async stop(code: number): Promise<void> {
    this.stoppedAt = Date.now();
    setTimeout(() => process.exit(1), SHUTDOWN_TIMEOUT_MS).unref();
    for (const end of this.ends.splice(0)) await end().catch((error: unknown) => console.error(String(error)));
    process.exit(code);
  }

  private onSignal(): void {
    if (this.stoppedAt === undefined) void this.stop(0);
    // The embedded servers notice that this process is gone and end by themselves.
    else if (Date.now() - this.stoppedAt > DUPLICATE_SIGNAL_MS) process.exit(1);
  }
}
