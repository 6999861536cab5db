import type { Position } from '@app/event-store/event-store';

/** Name of the header: returned by every write, and sent with a read that must include that write. */
export const CONSISTENCY_TOKEN = 'consistency-token';

const TOKEN = /^(\d{1,19})\.(\d{1,19})$/;

/** Encodes a position in $all as an opaque token. */
export const encodeConsistencyToken = ({ commit, prepare }: Position): string =>
  Buffer.from(`${commit}.${prepare}`).toString('base64url');

/** Decodes a token to a position; undefined when it is not a valid token. */
export function decodeConsistencyToken(token: string): Position | undefined {
  const match = TOKEN.exec(Buffer.from(token, 'base64url').toString('latin1'));
  const [, commit, prepare] = match ?? [];
  if (commit === undefined || prepare === undefined) return undefined;
  return { commit: BigInt(commit), prepare: BigInt(prepare) };
}
