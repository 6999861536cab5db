import {
  violationOf,
  IdentityProtocol,
  type Move,
  type Rules,
  type State,
  type Streams,
  type Wish,
} from './identity-protocol';

export interface Explored {
  states: number;
  /** The combinations of outcomes that the writers can end with. */
  endings: ReadonlySet<string>;
  /** The nearest state that violates an invariant, and the steps that lead to it. */
  broken?: { how: string; steps: readonly string[] };
}

interface Path {
  key: string;
  step?: string;
  before?: Path;
}

const NAMES = 'ABCD';

/**
 * Explores every order of the steps of all writers with at most `crashes` crashes, breadth first, each state once; a violation is therefore shown
 * with the fewest steps. From each end state, a single writer must be able to take every identifier.
 */
export function explore(
  wishes: readonly Wish[],
  streams: Streams,
  crashes: number,
  rules: Rules,
  maxAttempts: number,
): Explored {
  const protocol = new IdentityProtocol(wishes, rules, maxAttempts);
  const first: Path = { key: JSON.stringify(protocol.initial(structuredClone(streams), crashes)) };
  const seen = new Set([first.key]);
  const endings = new Set<string>();
  const ends = new Set<string>();
  const paths = [first];
  for (const path of paths) {
    const state = JSON.parse(path.key) as State;
    const moves = protocol.moves(state);
    if (moves.length === 0) endings.add(state.writers.map(({ outcome }) => outcome).join(', '));
    const how = violationOf(state.streams) ?? (moves.length === 0 ? blockedIn(state.streams, rules, ends) : undefined);
    if (how !== undefined) return { states: seen.size, endings, broken: { how, steps: stepsTo(path) } };
    for (const next of [...moves.map((move) => stepped(protocol, path, move)), ...crashed(protocol, path, state)])
      if (!seen.has(next.key)) {
        seen.add(next.key);
        paths.push(next);
      }
  }
  return { states: seen.size, endings };
}

function stepped(protocol: IdentityProtocol, before: Path, move: Move): Path {
  const state = JSON.parse(before.key) as State;
  const { next, claiming } = state.writers[move.writer]!;
  const each = claiming[move.which];
  const step = `${NAMES[move.writer]} ${next === 'claim' ? `claim ${each?.id}: ${each?.next}` : next}`;
  protocol.step(state, move);
  return { key: JSON.stringify(state), step, before };
}

function crashed(protocol: IdentityProtocol, before: Path, { writers, crashesLeft }: State): Path[] {
  if (crashesLeft === 0) return [];
  return writers.flatMap(({ next }, writer) => {
    if (next === 'end') return [];
    const state = JSON.parse(before.key) as State;
    protocol.crash(state, writer);
    return [{ key: JSON.stringify(state), step: `${NAMES[writer]} crashes`, before }];
  });
}

/** Describes an identifier that a single writer cannot take, if there is one. */
function blockedIn(streams: Streams, rules: Rules, known: Set<string>): string | undefined {
  const key = JSON.stringify(streams);
  if (known.has(key)) return undefined;
  known.add(key);
  const blocked = Object.keys(streams.claims).find((id) => {
    const alone = new IdentityProtocol([{ by: id, has: [id] }], rules, 3, 'Z');
    const state = alone.initial(JSON.parse(key) as Streams, 0);
    for (let move = alone.moves(state)[0]; move !== undefined; move = alone.moves(state)[0]) alone.step(state, move);
    return state.writers[0]!.outcome !== 'done';
  });
  return blocked && `no writer can take ${blocked} any more`;
}

function stepsTo(path: Path): string[] {
  const steps: string[] = [];
  for (let at: Path | undefined = path; at?.step !== undefined; at = at.before) steps.unshift(at.step);
  return steps;
}
