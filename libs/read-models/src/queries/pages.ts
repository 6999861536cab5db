/** What one page of an answer may take in all, in bytes of JSON: a page of 500 purchases of 32 KB each fits. */
export const MAX_PAGE_BYTES = 16 * 2 ** 20;
/** What is read from Postgres and held in memory at once; one item may be larger. */
const CHUNK_BYTES = 2 ** 20;

/** An item that is on the page, before it is read. */
export interface Sized<K> {
  key: K;
  bytes: number;
}

/** Items of a page, read as they are taken: only one chunk of them is in memory. */
export interface Page<K, T> {
  chunks: AsyncIterable<T[]>;
  /** The key of the last item, where more follow. */
  next?: K;
}

/**
 * A page of at most `limit` items and 16 MiB. The first item is always on it, however large it is.
 * @param found one item more than the limit, where there are so many
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
