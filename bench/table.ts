/** One line of a result: what was measured, and the figures by column. */
export type Row = Record<string, string | number>;

/** Prints results the way a person reads them. */
export function printTable(title: string, rows: readonly Row[]): void {
  console.log(`\n${title}`);
  console.table(rows);
}

/** The value below which a share of the sorted values lies. */
export const quantile = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;

/** Microseconds of one call, the median of several rounds. */
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
