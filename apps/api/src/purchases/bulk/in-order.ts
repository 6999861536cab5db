/** Limits of the work in progress. */
export interface WorkWindow<T> {
  maxItems: number;
  /** Total of all items in progress; a single item may exceed it. */
  maxBytes: number;
  bytesOf: (item: T) => number;
}

type Next<T, R> = { input: IteratorResult<T> } | { result: R } | { failure: unknown };

/**
 * Processes items concurrently and yields the results in input order, each as soon as it and all earlier ones are available. Reads no item beyond
 * the limits of the window. When the consumer returns early, no further item starts, and the items in progress are awaited. An error of the input is
 * thrown after the results of the items before it. `work` must not reject.
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
  let failed: { failure: unknown } | undefined;
  const read = (): Promise<Next<T, R>> =>
    input.next().then(
      (next) => ({ input: next }),
      (failure: unknown) => ({ failure }),
    );
  try {
    while (!isAtEnd || underWay.length > 0) {
      const first = underWay[0]?.result.then((result) => ({ result }));
      const hasRoom = underWay.length < maxItems && (bytes < maxBytes || first === undefined);
      if (!isAtEnd && hasRoom) reading ??= read();
      const next = await Promise.race([first, hasRoom ? reading : undefined].filter((each) => each !== undefined));
      if ('result' in next) {
        bytes -= underWay.shift()?.bytes ?? 0;
        yield next.result;
        continue;
      }
      reading = undefined;
      if ('input' in next && next.input.done !== true) {
        const size = bytesOf(next.input.value);
        bytes += size;
        underWay.push({ result: work(next.input.value), bytes: size });
        continue;
      }
      isAtEnd = true;
      if ('failure' in next) failed = next;
    }
    if (failed !== undefined) throw failed.failure;
  } finally {
    await Promise.all(underWay.map(({ result }) => result));
    // Not awaited: a pending read of a silent client would never end.
    void input.return?.().catch(() => {});
  }
}
