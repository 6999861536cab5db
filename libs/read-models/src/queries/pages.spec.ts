import { MAX_PAGE_BYTES, pageOf } from './pages';

const MiB = 2 ** 20;

describe('a page', () => {
  const pageWith = async (sizes: number[], limit: number): Promise<{ chunks: number[][]; next?: number }> => {
    const found = sizes.map((bytes, key) => ({ key, bytes }));
    const page = pageOf(found, limit, (keys) => Promise.resolve(keys));
    const chunks: number[][] = [];
    for await (const chunk of page.chunks) chunks.push(chunk);
    return { chunks, next: page.next };
  };

  it('of small items is one chunk, and contains the key of the last item when more follow', async () => {
    expect(await pageWith([1, 1, 1], 3)).toEqual({ chunks: [[0, 1, 2]], next: undefined });
    expect(await pageWith([1, 1, 1], 2)).toEqual({ chunks: [[0, 1]], next: 1 });
    expect(await pageWith([], 2)).toEqual({ chunks: [], next: undefined });
  });

  it('of large items is read in chunks of about 256 KiB', async () => {
    expect((await pageWith([0.15 * MiB, 0.15 * MiB, 0.08 * MiB, MiB, 1], 9)).chunks).toEqual([[0], [1, 2], [3], [4]]);
  });

  it('reads only the chunks of which an item is missing', async () => {
    const read: number[][] = [];
    const found = [0.15, 0.08, 0.15, 0.08].map((size, key) => ({
      key,
      bytes: size * MiB,
      item: key < 3 ? key : undefined,
    }));
    const { chunks } = pageOf(found, 9, async (keys) => {
      read.push(keys);
      return keys;
    });
    const items: number[] = [];
    for await (const chunk of chunks) items.push(...chunk);
    expect([items, read]).toEqual([[0, 1, 2, 3], [[2, 3]]]);
  });

  it('ends before it exceeds 16 MiB, but contains at least one item', async () => {
    const sizes = Array.from({ length: 200 }, () => 0.9 * MiB);
    const { chunks, next } = await pageWith(sizes, 200);
    expect(chunks.flat().length * 0.9 * MiB).toBeLessThanOrEqual(MAX_PAGE_BYTES);
    expect(next).toBe(chunks.flat().length - 1);
    expect(await pageWith([20 * MiB, 1], 2)).toEqual({ chunks: [[0]], next: 0 });
  });
});
