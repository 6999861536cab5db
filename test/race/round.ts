import { IDENTIFIER_KINDS, type IdentifierKind } from '@app/purchase/purchase';

export type Names = Record<IdentifierKind, string>;

/** One call of a client and its response. Without a status, the outcome is unknown. */
export interface Attempt {
  requestId: string;
  method: 'PUT' | 'DELETE';
  kind: IdentifierKind;
  value: string;
  /** A value that is unique to this body. */
  tag: string;
  /** The identifiers of the body. */
  names: Partial<Names>;
  /** By the clock of the test process, as is the time of the response. */
  sentAt: number;
  answeredAt?: number;
  status?: number;
  /** The code of a refusal. */
  code?: string;
  changed?: boolean;
  revision?: number;
  purchaseId?: string;
}

/** False if the outcome is unknown because the connection broke or the store did not answer in time. The call must be retried. */
export const isSettled = (attempt: Attempt): attempt is Attempt & { status: number } =>
  attempt.status !== undefined && attempt.status !== 503;

/**
 * `whole`: every body contains all four identifiers, so only one purchase can exist. `mixed`: bodies contain some of the identifiers, rename one or
 * use one of another purchase, and purchases are deleted.
 */
export interface Round {
  number: number;
  kind: 'whole' | 'mixed';
  names: Names;
  attempts: Attempt[];
}

/** Identifiers with a slash, a space, a percent sign and an accent, and long identifiers. */
export function namesOf(number: number, uuid: string): Names {
  return {
    sparklayer: uuid,
    platform: `gid://shop/Order/${number}`,
    internal: `ERP é ${number} 100%`,
    visible: number % 10 === 0 ? `${number}-${'n'.repeat(900)}` : `#${number}`,
  };
}

/** Another spelling of the same identifier: decomposed, padded, or a UUID in upper case. */
export const otherSpelling = (kind: IdentifierKind, value: string): string =>
  kind === 'sparklayer' ? value.toUpperCase() : ` ${value.normalize('NFD')} `;

type Random = (below: number) => number;

/** The identifiers in one body of a round. */
export function bodyNames(round: Round, path: IdentifierKind, other: Round | undefined, random: Random): Names {
  const all = { ...round.names };
  const spelled = Object.fromEntries(
    IDENTIFIER_KINDS.map((kind) => [kind, random(3) === 0 ? otherSpelling(kind, all[kind]) : all[kind]]),
  ) as Names;
  if (round.kind === 'whole') return spelled;
  const some = Object.fromEntries(
    IDENTIFIER_KINDS.filter((kind) => kind === path || random(2) === 0).map((kind) => [kind, spelled[kind]]),
  ) as Names;
  if (path !== 'visible' && other !== undefined && random(4) === 0) some.visible = other.names.visible;
  return some;
}

export const purchaseBody = (tag: string, names: Partial<Names>): object => ({
  type: 'cart',
  currency_code: 'GBP',
  purchase_identifiers: names,
  customer_reference: tag,
  packages: [{ type: 'processing' }],
});
