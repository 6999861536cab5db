/** Maximum size of a page in bytes of JSON; a page of 500 purchases of 32 KB each fits. */
export const MAX_PAGE_BYTES = 16 * 2 ** 20;
/** Maximum number of items of a page. */
export const MAX_PAGE_ITEMS = 500;
/** Bytes that are read from Postgres and held in memory at a time; one item may be larger. */
const CHUNK_BYTES = 2 ** 18;

/** An item of the page. */
export interface Sized<K, T> {
  key: K;
  bytes: number;
  /** Absent: it has not been read yet. */
  item?: T;
}

/**
 * The column `value` of a subquery `page`, for the items of its first chunk; null for the others. So one statement reads a page that fits into one chunk.
 * @param order the order of the page
 */
export const inFirstChunk = (value: string, order: string): string =>
  `case when sum(page.bytes) over (order by ${order} rows unbounded preceding) <= ${CHUNK_BYTES} then page.${value} end as ${value}`;

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
export function pageOf<K, T>(
  found: readonly Sized<K, T>[],
  limit: number,
  read: (keys: K[]) => Promise<T[]>,
): Page<K, T> {
  const chunks: Sized<K, T>[][] = [];
  let [inPage, inChunk, count] = [0, 0, 0];
  for (const each of found.slice(0, limit)) {
    const { bytes } = each;
    if (count > 0 && inPage + bytes > MAX_PAGE_BYTES) break;
    const last = chunks.at(-1);
    if (last === undefined || inChunk + bytes > CHUNK_BYTES) {
      chunks.push([each]);
      inChunk = 0;
    } else last.push(each);
    inPage += bytes;
    inChunk += bytes;
    count += 1;
  }
  return {
    chunks: (async function* () {
      for (const chunk of chunks) {
        const items = chunk.flatMap(({ item }) => (item === undefined ? [] : [item]));
        yield items.length === chunk.length ? items : await read(chunk.map(({ key }) => key));
      }
    })(),
    ...(count < found.length && { next: found[count - 1]?.key }),
  };
}
