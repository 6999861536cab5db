/** Edit distance (insert, delete, replace, or swap of adjacent characters), counted up to `limit` + 1. */
export function edits(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) > limit) return limit + 1;
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const isSame = a[i - 1] === b[j - 1];
      const isSwap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      row[j] = Math.min(
        (rows[i - 1]?.[j] ?? 0) + 1,
        (row[j - 1] ?? 0) + 1,
        (rows[i - 1]?.[j - 1] ?? 0) + (isSame ? 0 : 1),
        isSwap ? (rows[i - 2]?.[j - 2] ?? 0) + 1 : Infinity,
      );
    }
    rows.push(row);
  }
  return rows.at(-1)?.at(-1) ?? 0;
}

/** Maximum edit distance: 1 for short names, which resemble many words, 2 for long ones. */
const allowedEdits = (name: string): number => (name.length < 6 ? 1 : 2);

/** The known name closest to a misspelt one; undefined: none is close. Ignores case and underscores. */
export function nearestName(name: string, known: readonly string[]): string | undefined {
  const plain = (text: string): string => text.toUpperCase().replaceAll(/[_-]/g, '');
  return known.find(
    (each) => each !== name && edits(plain(name), plain(each), allowedEdits(each)) <= allowedEdits(each),
  );
}
