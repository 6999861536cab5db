import { IDENTIFIER_KINDS, type IdentifierKind } from '@app/purchase/purchase';

export type Names = Record<IdentifierKind, string>;

/** One call of a client and how it was answered; without a status nobody knows what came of it. */
export interface Attempt {
  requestId: string;
  method: 'PUT' | 'DELETE';
  kind: IdentifierKind;
  value: string;
  /** Tells this body from every other one. */
  tag: string;
  /** The identifiers of the body. */
  names: Partial<Names>;
  /** By the clock of this process, as is the time of the answer. */
  sentAt: number;
  answeredAt?: number;
  status?: number;
  /** Of a refusal. */
  code?: string;
  changed?: boolean;
  revision?: number;
  purchaseId?: string;
}

/** False where nobody knows what came of it: the connection broke, or the store did not answer in time. It is to be sent again. */
export const isSettled = (attempt: Attempt): attempt is Attempt & { status: number } =>
  attempt.status !== undefined && attempt.status !== 503;

/**
 * `whole`: every body names all four identifiers, so that there can be one purchase only. `mixed`: bodies name some of them, rename, name a
 * neighbour's, and purchases are deleted.
 */
export interface Round {
  number: number;
  kind: 'whole' | 'mixed';
  names: Names;
  attempts: Attempt[];
}

/** Names as systems make them: with a slash, a space, a per cent sign, an accent, and long ones. */
export function namesOf(number: number, uuid: string): Names {
  return {
    sparklayer: uuid,
    platform: `gid://shop/Order/${number}`,
    internal: `ERP é ${number} 100%`,
    visible: number % 10 === 0 ? `${number}-${'n'.repeat(900)}` : `#${number}`,
  };
}

/** Another way to write the same identifier: decomposed, padded, a UUID in capitals. */
export const twinOf = (kind: IdentifierKind, value: string): string =>
  kind === 'sparklayer' ? value.toUpperCase() : ` ${value.normalize('NFD')} `;

type Random = (below: number) => number;

/** The identifiers that one body of a round names. */
export function bodyNames(round: Round, path: IdentifierKind, neighbour: Round | undefined, random: Random): Names {
  const all = { ...round.names };
  const twins = Object.fromEntries(
    IDENTIFIER_KINDS.map((kind) => [kind, random(3) === 0 ? twinOf(kind, all[kind]) : all[kind]]),
  ) as Names;
  if (round.kind === 'whole') return twins;
  const some = Object.fromEntries(
    IDENTIFIER_KINDS.filter((kind) => kind === path || random(2) === 0).map((kind) => [kind, twins[kind]]),
  ) as Names;
  if (path !== 'visible' && neighbour !== undefined && random(4) === 0) some.visible = neighbour.names.visible;
  return some;
}

export const purchaseBody = (tag: string, names: Partial<Names>): object => ({
  type: 'cart',
  currency_code: 'GBP',
  purchase_identifiers: names,
  customer_reference: tag,
  packages: [{ type: 'processing' }],
});
