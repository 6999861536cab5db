import { decode } from '@app/stored-events/codec';
import type { RecordedEvent } from '@app/event-store/event-store';
import { holds, type Name, namesIn } from '@app/write-model/identity/names';
import { identifierStream, PURCHASE_PREFIX, purchaseIdOf } from '@app/stored-events/streams';
import { evolve } from '@app/purchase/evolve';
import { initialState, type PurchaseState } from '@app/purchase/state';

export const SITE = 's';

export interface Stored {
  id: string;
  state: PurchaseState;
  revision: bigint;
}

/** The state of all streams between two appends. */
export interface World {
  purchases: ReadonlyMap<string, Stored>;
  /** For each identifier stream, the purchase that it is claimed for. */
  claims: ReadonlyMap<string, string | undefined>;
  /** Deleted purchases, with their state before the deletion. */
  deleted: readonly Stored[];
}

export const emptyWorld: World = { purchases: new Map(), claims: new Map(), deleted: [] };

/** The world after one append. */
export function after(world: World, appended: readonly RecordedEvent[]): World {
  const [first] = appended;
  if (first === undefined) return world;
  if (!first.stream.startsWith(PURCHASE_PREFIX)) {
    const owner = first.type === 'IdentifierClaimed' ? (first.data as { purchase: string }).purchase : undefined;
    return { ...world, claims: new Map([...world.claims, [first.stream, owner]]) };
  }
  const id = purchaseIdOf(first.stream);
  const before = world.purchases.get(id) ?? { id, state: initialState, revision: -1n };
  const state = appended.map(decode).reduce(evolve, before.state);
  const stored = { id, state, revision: appended.at(-1)!.revision };
  return {
    ...world,
    purchases: new Map([...world.purchases, [id, stored]]),
    deleted: state.phase === 'deleted' && before.state.phase === 'live' ? [...world.deleted, before] : world.deleted,
  };
}

export const holderOf = ({ purchases }: World, name: Name): Stored | undefined =>
  [...purchases.values()].find(({ state }) => holds(state, name));

/** Describes a violation of the invariant: a name has at most one holder, and its stream names that holder. */
export function brokenIdentity({ purchases, claims }: World): string | undefined {
  const holders = new Map<string, string>();
  for (const { id, state } of purchases.values())
    for (const name of namesIn(state)) {
      const stream = identifierStream(SITE, name.kind, name.value);
      const other = holders.get(stream);
      if (other !== undefined) return `${name.kind} ${name.value} is held by ${other} and by ${id}`;
      holders.set(stream, id);
      if (claims.get(stream) !== id)
        return `${name.kind} ${name.value} is held by ${id}, and claimed for ${claims.get(stream) ?? 'nobody'}`;
    }
  return undefined;
}
