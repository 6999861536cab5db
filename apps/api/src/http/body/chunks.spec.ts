import { Chunks } from './chunks';

describe('chunks', () => {
  it('are returned in order, whatever their number and size', () => {
    const chunks = new Chunks();
    const parts = Array.from({ length: 1_000 }, (_, index) => Buffer.alloc(index % 7, index));
    for (const part of parts) chunks.add(part);
    expect(chunks.size).toBe(Buffer.concat(parts).length);
    expect(chunks.whole().equals(Buffer.concat(parts))).toBe(true);
  });

  it('take little memory besides their content, even when each is one byte', () => {
    const chunks = new Chunks();
    for (let index = 0; index < 100_000; index++) chunks.add(Buffer.from([index]));
    expect(chunks.size).toBe(100_000);
    const kept = Object.values(chunks).flat();
    expect(kept.length).toBeLessThan(1_000);
  });
});
