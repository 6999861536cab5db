/** Maximum size of a page in bytes of JSON; a page of 500 purchases of 32 KB each fits. */
export const MAX_PAGE_BYTES = 16 * 2 ** 20;
/** Bytes that are read from Postgres and held in memory at a time; one item may be larger. */
const CHUNK_BYTES = 2 ** 20;

/** An item of the page that has not been read yet. */
export interface Sized<K> {
  key: K;
  bytes: number;
}

/** The items of a page, read lazily, one chunk at a time. */
export interface Page<K, T> {
  chunks: AsyncIterable<T[]>;
  /** The key of the last item; absent on the last page. */
  next?: K;
}

/**
 * A page of at most `limit` items and 16 MiB, and at least one item.
 * @param found the items, one more than the limit when more follow
 * @param read reads items by their keys, in the same order
 */
export function pageOf<K, T>(found: readonly Sized<K>[], limit: number, read: (keys: K[]) => Promise<T[]>): Page<K, T> {
  const chunks: K[][] = [];
  let [inPage, inChunk, count] = [0, 0, 0];
  for (const { key, bytes } of found.slice(0, limit)) {
    if (count > 0 && inPage + bytes > MAX_PAGE_BYTES) break;
    const last = chunks.at(-1);
    if (last === undefined || inChunk + bytes > CHUNK_BYTES) {
      chunks.push([key]);
      inChunk = 0;
    } else last.push(key);
    inPage += bytes;
    inChunk += bytes;
    count += 1;
  }
  return {
    chunks: (async function* () {
      for (const keys of chunks) yield await read(keys);
    })(),
    ...(count < found.length && { next: found[count - 1]?.key }),
  };
}
