import { BudgetExhausted, type ByteBudget } from '../../http/body/byte-budget';
import { Problem } from '../../http/problems/problem';

/** The memory of the large lines of one call. A line waits for it as long as the call lasts, so that the body is read no faster than it is written. */
export class LineMemory {
  private readonly held = new Set<() => void>();
  private hasEnded = false;

  constructor(
    private readonly budget: ByteBudget,
    private readonly site: string,
    private readonly bytes: number,
  ) {}

  /** Returns the function that releases the memory. @throws Problem overloaded when the call has ended */
  async reserve(): Promise<() => void> {
    for (;;) {
      const free = await this.budget.reserve(this.site, this.bytes).catch(this.continueAfterWait);
      if (free === undefined) continue;
      const release = (): void => {
        this.held.delete(release);
        free();
      };
      this.held.add(release);
      if (this.hasEnded) release();
      return release;
    }
  }

  /** Releases the memory that is still held, of lines that are not processed any more. */
  end(): void {
    this.hasEnded = true;
    for (const release of this.held) release();
  }

  private readonly continueAfterWait = (error: unknown): undefined => {
    if (!(error instanceof BudgetExhausted)) throw error;
    if (this.hasEnded) throw new Problem('overloaded', 'the call has ended');
  };
}
