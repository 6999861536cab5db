/** One row of a result by column. */
export type Row = Record<string, string | number>;

/** Prints results as a table. */
export function printTable(title: string, rows: readonly Row[]): void {
  console.log(`\n${title}`);
  console.table(rows);
}

/** Returns a quantile of sorted values; `share` is from 0 to 1. */
export const quantile = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;

/** Returns the duration of one call in microseconds: the median of several rounds. */
export function microseconds(call: () => void, rounds = 15, budgetMs = 60): number {
  call();
  const times = Array.from({ length: rounds }, () => {
    const started = process.hrtime.bigint();
    let calls = 0;
    do {
      call();
      calls++;
    } while (process.hrtime.bigint() - started < BigInt(budgetMs) * 1_000_000n);
    return Number(process.hrtime.bigint() - started) / 1000 / calls;
  });
  return quantile(
    times.sort((a, b) => a - b),
    0.5,
  );
}
