/**
 * Divides an amount among owners, so that no owner can take all of it. An owner may hold at most what is left afterwards: one alone gets a half, and N
 * that take all they can leave 1/(N+1) to the others (the dynamic threshold of Choudhury and Hahne, docs/adr/0095). An owner that holds nothing may take all
 * that is left.
 */
export class FairShare {
  private free: number;
  private readonly held = new Map<string, number>();

  constructor(readonly total: number) {
    this.free = total;
  }

  /** The function that returns the amount, or undefined when the owner would hold too much. */
  take(owner: string, amount: number): (() => void) | undefined {
    const held = this.held.get(owner) ?? 0;
    const mayTake = held === 0 ? amount <= this.free : held + amount <= this.free - amount;
    if (!mayTake) return undefined;
    this.add(owner, amount);
    let isTaken = true;
    return () => {
      if (isTaken) this.add(owner, -amount);
      isTaken = false;
    };
  }

  private add(owner: string, amount: number): void {
    this.free -= amount;
    const held = (this.held.get(owner) ?? 0) + amount;
    if (held === 0) this.held.delete(owner);
    else this.held.set(owner, held);
  }
}
