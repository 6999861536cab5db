/** The object id of the type `text` of Postgres. */
const TEXT = 25;
const LENGTH_OF_NULL = -1;
/** Maximum size of a parameter; Postgres would end the connection above 1 GB. */
const MAX_BYTES = 2 ** 29;

/**
 * Encodes texts as a parameter of the type `text[]` in the binary format of Postgres: dimensions, NULL flag, element type, length and lower bound,
 * then each element with its length. The text format would escape every quote of JSON, and Postgres would scan each element twice.
 * @throws RangeError for more than 512 MiB
 */
export function textArray(values: readonly (string | null | undefined)[]): Buffer {
  const lengths = values.map((value) => (value == null ? LENGTH_OF_NULL : Buffer.byteLength(value)));
  const bytes = lengths.reduce((sum, length) => sum + 4 + Math.max(0, length), 0);
  if (bytes > MAX_BYTES) throw new RangeError(`an array of ${bytes} bytes is too large`);
  const isEmpty = values.length === 0;
  const array = Buffer.allocUnsafe((isEmpty ? 12 : 20) + bytes);
  array.writeInt32BE(isEmpty ? 0 : 1, 0);
  array.writeInt32BE(lengths.includes(LENGTH_OF_NULL) ? 1 : 0, 4);
  array.writeInt32BE(TEXT, 8);
  if (isEmpty) return array;
  array.writeInt32BE(values.length, 12);
  array.writeInt32BE(1, 16);
  let at = 20;
  for (const [index, value] of values.entries()) {
    at = array.writeInt32BE(lengths[index] ?? LENGTH_OF_NULL, at);
    if (value != null) at += array.write(value, at);
  }
  return array;
}
