import type { Position } from '@app/event-store/event-store';

/** Response header of every write; request header of a read that must see it. */
export const CONSISTENCY_TOKEN = 'consistency-token';

const TOKEN = /^(\d{1,19})\.(\d{1,19})$/;

/** Both halves of a position in $all, as an opaque token. */
export const encodeConsistencyToken = ({ commit, prepare }: Position): string =>
  Buffer.from(`${commit}.${prepare}`).toString('base64url');

/** The position that a token stands for; undefined for a text that is not a token. */
export function decodeConsistencyToken(token: string): Position | undefined {
  const match = TOKEN.exec(Buffer.from(token, 'base64url').toString('latin1'));
  const [, commit, prepare] = match ?? [];
  if (commit === undefined || prepare === undefined) return undefined;
  return { commit: BigInt(commit), prepare: BigInt(prepare) };
}
