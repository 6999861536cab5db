import { readVarint, varintSize, writeVarint } from './protobuf';

/**
 * Compact encoding of the positions of consecutive events of a stream: the first position, then the differences. Events that were appended
 * together are close together in the log.
 */
export function encodePositions(positions: readonly number[]): Buffer {
  const steps = positions.map((position, index) => position - (positions[index - 1] ?? 0));
  const block = Buffer.allocUnsafe(steps.reduce((size, step) => size + varintSize(step), 0));
  let at = 0;
  for (const step of steps) at = writeVarint(block, at, step);
  return block;
}

/** Decodes at most the first `limit` positions. */
export function decodePositions(block: Uint8Array, limit = Infinity): number[] {
  const positions: number[] = [];
  let position = 0;
  for (let at = 0; at >= 0 && at < block.length && positions.length < limit;) {
    const [step, end] = readVarint(block, at);
    position += step;
    positions.push(position);
    at = end;
  }
  return positions;
}

/** Returns the position at an index; undefined when the block has fewer. */
export const positionAt = (block: Uint8Array, index: number): number | undefined =>
  decodePositions(block, index + 1)[index];
