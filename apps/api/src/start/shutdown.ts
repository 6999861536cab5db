/** A second signal within this time is a duplicate: a terminal signals the process group, and npm forwards the signal. */
const DUPLICATE_SIGNAL_MS = 1_000;
/** The process exits after this time even when a component has not stopped. */
const SHUTDOWN_TIMEOUT_MS = 20_000;

/** Stops the started components in reverse order at shutdown. */
export class Shutdown {
  private readonly ends: (() => Promise<unknown>)[] = [];
  private stoppedAt?: number;
  private stopped?: Promise<void>;
  private code = 0;

  /** Shuts down on SIGINT, SIGTERM and SIGHUP; a second signal exits at once. */
  onSignals(): void {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => this.onSignal());
  }

  get isStopping(): boolean {
    return this.stoppedAt !== undefined;
  }

  add(end: () => Promise<unknown>): void {
    this.ends.unshift(end);
  }

  /** Stops all components once, then exits the process with `code`, or with that of a further call if it is 0. */
  stop(code: number): Promise<void> {
    this.code ||= code;
    this.stopped ??= this.stopAll();
    return this.stopped;
  }

  private async stopAll(): Promise<void> {
    this.stoppedAt = Date.now();
    setTimeout(() => process.exit(1), SHUTDOWN_TIMEOUT_MS).unref();
    for (const end of this.ends.splice(0)) await end().catch((error: unknown) => console.error(String(error)));
    process.exit(this.code);
  }

  private onSignal(): void {
    if (this.stoppedAt === undefined) void this.stop(0);
    // The embedded servers detect the exit of this process and stop.
    else if (Date.now() - this.stoppedAt > DUPLICATE_SIGNAL_MS) process.exit(1);
  }
}
