import { FieldReader } from './protobuf';

/** Fields of a message that are messages themselves, by field number. */
type Fields = ReadonlyMap<number, Fields>;

const message = (fields: Record<number, Fields> = {}): Fields =>
  new Map(Object.entries(fields).map(([field, inner]) => [Number(field), inner]));

const leaf = message();
const uuid = message({ 1: leaf });
const revisionOptions = message({ 1: leaf, 3: leaf, 4: leaf, 5: leaf, 6: leaf, 7: leaf });
const proposed = message({ 1: uuid, 2: leaf });
const filter = message({ 1: leaf, 2: leaf, 4: leaf });
const readOptions = message({
  1: message({ 1: leaf, 3: leaf, 4: leaf }),
  2: message({ 1: leaf, 2: leaf, 3: leaf }),
  6: leaf,
  7: filter,
  8: leaf,
  9: message({ 1: leaf, 2: leaf }),
  10: leaf,
});

const READ = message({ 1: readOptions });
const APPEND = message({ 1: revisionOptions, 2: proposed });
const DELETE = message({ 1: revisionOptions });

export const REQUESTS = { read: READ, append: APPEND, delete: DELETE, tombstone: DELETE };

/**
 * Rejects a request in which a nested message declares a length beyond its parent. google-protobuf would read past the end of such a message,
 * for up to 2^31 bytes, and block the event loop.
 * @throws InvalidRequest
 */
export function checkBounds(bytes: Uint8Array, fields: Fields, start = 0, end = bytes.length): void {
  const reader = new FieldReader(bytes, start, end);
  while (reader.next()) {
    const inner = reader.isDelimited ? fields.get(reader.number) : undefined;
    if (inner !== undefined) checkBounds(bytes, inner, reader.start, reader.end);
  }
}
