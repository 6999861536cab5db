import { readVarint, varintSize, writeVarint } from './protobuf';

/**
 * Positions of events that follow one another in a stream, in few bytes: the first, and how much further each later one is. Events that were
 * appended together stand close together in the log.
 */
export function encodePositions(positions: readonly number[]): Buffer {
  const steps = positions.map((position, index) => position - (positions[index - 1] ?? 0));
  const block = Buffer.allocUnsafe(steps.reduce((size, step) => size + varintSize(step), 0));
  let at = 0;
  for (const step of steps) at = writeVarint(block, at, step);
  return block;
}

/** At most the first `most` of them. */
export function decodePositions(block: Uint8Array, most = Infinity): number[] {
  const positions: number[] = [];
  let position = 0;
  for (let at = 0; at >= 0 && at < block.length && positions.length < most;) {
    const [step, end] = readVarint(block, at);
    position += step;
    positions.push(position);
    at = end;
  }
  return positions;
}

/** The one at an index; undefined when there are fewer. */
export const positionAt = (block: Uint8Array, index: number): number | undefined =>
  decodePositions(block, index + 1)[index];
