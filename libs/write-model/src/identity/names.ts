import { IDENTIFIER_KINDS, type IdentifierKind, type Identifiers } from '@app/purchase/purchase';
import type { PurchaseState } from '@app/purchase/state';

/** A name of a purchase: the kind and the normalised value of an identifier (identifier-value.ts). */
export interface Name {
  kind: IdentifierKind;
  value: string;
}

export const namesOf = (identifiers: Identifiers): Name[] =>
  IDENTIFIER_KINDS.flatMap((kind) => {
    const value = identifiers[kind];
    return value === undefined ? [] : [{ kind, value }];
  });

/** Empty for a purchase that is not live. */
export const namesIn = (state: PurchaseState): Name[] =>
  state.phase === 'live' ? namesOf(state.purchase.identifiers) : [];

export const holds = (state: PurchaseState, { kind, value }: Name): boolean =>
  state.phase === 'live' && state.purchase.identifiers[kind] === value;

export const isSameName = (a: Name, b: Name): boolean => a.kind === b.kind && a.value === b.value;

export const namesWithout = (names: readonly Name[], others: readonly Name[]): Name[] =>
  names.filter((name) => !others.some((other) => isSameName(name, other)));
