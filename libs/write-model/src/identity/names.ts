import { IDENTIFIER_KINDS, type IdentifierKind, type Identifiers } from '@app/purchase/purchase';
import type { PurchaseState } from '@app/purchase/state';

/** One of a purchase's names: an identifier and its kind, the value normalised (identifier-value.ts). */
export interface Name {
  kind: IdentifierKind;
  value: string;
}

export const namesOf = (identifiers: Identifiers): Name[] =>
  IDENTIFIER_KINDS.flatMap((kind) => {
    const value = identifiers[kind];
    return value === undefined ? [] : [{ kind, value }];
  });

/** None, for a purchase that is not there. */
export const namesIn = (state: PurchaseState): Name[] =>
  state.phase === 'live' ? namesOf(state.purchase.identifiers) : [];

export const holds = (state: PurchaseState, { kind, value }: Name): boolean =>
  state.phase === 'live' && state.purchase.identifiers[kind] === value;

export const isSameName = (a: Name, b: Name): boolean => a.kind === b.kind && a.value === b.value;

export const namesWithout = (names: readonly Name[], others: readonly Name[]): Name[] =>
  names.filter((name) => !others.some((other) => isSameName(name, other)));
