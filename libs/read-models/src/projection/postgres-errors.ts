/** An event that cannot be folded or a state that cannot be rendered. Affects one purchase only, like a rejected value. */
export class UnprojectableEvent extends Error {
  override name = 'UnprojectableEvent';
  constructor(cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

/** SQLSTATE classes of a rejected value: data exception, integrity constraint violation, program limit exceeded. */
const VALUE_CLASSES: ReadonlySet<string> = new Set(['22', '23', '54']);

export const sqlStateOf = (error: unknown): string => {
  const { code } = error as { code?: unknown };
  return typeof code === 'string' ? code : '';
};

/**
 * True when the error is caused by the value of a row, so that other rows can be written. False when Postgres is down, full, locked or stopping, when
 * tables are missing, and for unknown errors.
 */
export function isRefusalOfValue(error: unknown): boolean {
  if (error instanceof UnprojectableEvent) return true;
  // A string longer than V8 allows.
  if (error instanceof RangeError) return true;
  const state = sqlStateOf(error);
  if (state === 'XX000') return (error as Error).message.includes('invalid memory alloc request size');
  return state.length === 5 && VALUE_CLASSES.has(state.slice(0, 2));
}

const ADVICE: readonly (readonly [pattern: RegExp, advice: string])[] = [
  [/^(ECONN|ENOENT|EPIPE|ETIMEDOUT|EAI_|ENOTFOUND|08|57P)/, 'start Postgres, or correct DATABASE_URL'],
  [/^(53100|ENOSPC)/, 'the disk of Postgres is full: free space'],
  [/^53300/, 'Postgres has no connection left: raise max_connections'],
  [/^53/, 'Postgres is short of a resource: see its log'],
  [/^28/, 'Postgres refuses the login: correct user and password in DATABASE_URL'],
  [/^3D/, 'the database does not exist: create it, or correct DATABASE_URL'],
  [/^25006/, 'the server is a read-only replica: DATABASE_URL must name the primary'],
  [/^(42P01|3F000)/, 'the tables are missing: run `cli rebuild`'],
  [/^(55|57014|40)/, 'another session holds a lock: see pg_stat_activity'],
];

/** Describes an error in one line, with advice for the operator. */
export function describeError(error: unknown): string {
  const code = sqlStateOf(error);
  const message = error instanceof Error ? error.message || code || error.name : String(error);
  const advice = ADVICE.find(([pattern]) => pattern.test(code))?.[1];
  return [code && message !== code ? `${message} (${code})` : message, advice].filter(Boolean).join(': ');
}
