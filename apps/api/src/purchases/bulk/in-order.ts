/** How much work is under way at once. */
export interface WorkWindow<T> {
  maxItems: number;
  /** Of all items under way together; one item is always taken. */
  maxBytes: number;
  bytesOf: (item: T) => number;
}

type Next<T, R> = { input: IteratorResult<T> } | { result: R };

/**
 * Works on items as they come, several at once, and yields the results in the order of the items, each as soon as it and those before it are
 * there. Takes no item for which the window has no room. When the consumer leaves, no further item is begun; those under way are waited for.
 * `work` must not reject.
 */
export async function* inOrder<T, R>(
  items: AsyncIterable<T>,
  work: (item: T) => Promise<R>,
  { maxItems, maxBytes, bytesOf }: WorkWindow<T>,
): AsyncGenerator<R> {
  const input = items[Symbol.asyncIterator]();
  const underWay: { result: Promise<R>; bytes: number }[] = [];
  let reading: Promise<Next<T, R>> | undefined;
  let [bytes, isAtEnd] = [0, false];
  const read = (): Promise<Next<T, R>> => input.next().then((next) => ({ input: next }));
  try {
    while (!isAtEnd || underWay.length > 0) {
      const first = underWay[0]?.result.then((result) => ({ result }));
      const hasRoom = underWay.length < maxItems && (bytes < maxBytes || first === undefined);
      if (!isAtEnd && hasRoom) reading ??= read();
      const next = await Promise.race([first, hasRoom ? reading : undefined].filter((each) => each !== undefined));
      if ('result' in next) {
        bytes -= underWay.shift()?.bytes ?? 0;
        yield next.result;
      } else {
        reading = undefined;
        if (next.input.done === true) isAtEnd = true;
        else {
          const size = bytesOf(next.input.value);
          bytes += size;
          underWay.push({ result: work(next.input.value), bytes: size });
        }
      }
    }
  } finally {
    await Promise.all(underWay.map(({ result }) => result));
    // Not awaited: a read that still waits for the sender would never end.
    void input.return?.().catch(() => {});
  }
}
