/** Estimated bytes: of the quotes, colon and comma of a property, and of a number or literal. */
const PER_PROPERTY = 4;
const PER_VALUE = 6;

/** Estimates the JSON size of plain data in bytes, without serializing it. Iterative, so any depth is safe. */
export function jsonBytes(value: unknown): number {
  let bytes = 0;
  const left: unknown[] = [value];
  while (left.length > 0) {
    const next = left.pop();
    if (typeof next === 'string') bytes += next.length + 3;
    else if (typeof next !== 'object' || next === null) bytes += PER_VALUE;
    else if (next instanceof Uint8Array) bytes += next.length;
    else if (Array.isArray(next)) for (const each of next as unknown[]) left.push(each);
    else
      for (const key in next) {
        bytes += key.length + PER_PROPERTY;
        left.push((next as Record<string, unknown>)[key]);
      }
  }
  return bytes;
}
