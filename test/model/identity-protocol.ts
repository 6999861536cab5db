/**
 * A model of the claims and fences of docs/adr/0002, small enough for exhaustive exploration: every order of the reads and appends of a few
 * writers, with a possible crash before each of them. It follows write-attempt.ts and commit-write.ts of libs/write-model step by step. It
 * omits the content of purchases and the wait before a fence.
 */

export type PurchaseId = string;
export type Identifier = string;

/** The rules of the protocol. Tests show that the protocol fails without each of them. */
export interface Rules {
  /** A claim counts only if this attempt appended it; an earlier claim of the same purchase is appended again. */
  reclaim: boolean;
  /** A writer that takes over a claim first appends to the owning purchase, at the revision at which that purchase did not hold the identifier. */
  fence: boolean;
  /** The claim to be released is read before the append that removes the identifier. */
  readClaimsBeforeAppend: boolean;
  /** A failed attempt releases its claims only if its purchase was never created. */
  keepClaimsOfExistingPurchases: boolean;
}

export const ALL_RULES: Rules = {
  reclaim: true,
  fence: true,
  readClaimsBeforeAppend: true,
  keepClaimsOfExistingPurchases: true,
};

/** The request of one writer: the purchase at `by` gets the identifiers `has` (with or without `by`) or is deleted. */
export interface Wish {
  by: Identifier;
  /** Undefined for a deletion. */
  has?: readonly Identifier[];
  /** The purchase in the writer's cache at the start: the writer does not look it up and does not assume a new purchase. */
  remembers?: PurchaseId;
}

/** The stream of an identifier: its last revision (-1: no stream) and the purchase that it is claimed for. */
interface ClaimStream {
  at: number;
  owner?: PurchaseId;
}

/** The stream of a purchase: its last revision, and the identifiers that it holds at that revision. */
interface PurchaseStream {
  at: number;
  holds: readonly Identifier[];
  deleted?: boolean;
}

export interface Streams {
  claims: Record<Identifier, ClaimStream>;
  purchases: Record<PurchaseId, PurchaseStream>;
}

/** The claim of one identifier, concurrent with the others; `next` is its next step or its result. */
interface Claiming {
  id: Identifier;
  next: 'append' | 'read' | 'load owner' | 'check refusal' | 'fence' | 'append again' | ClaimingEnd;
  expected: number;
  owner?: PurchaseId;
  ownerAt?: number;
}
type ClaimingEnd = 'claimed' | 'refused' | 'lost' | 'taken';

/** A claim to be released, and its revision once it is known; -2 if the claim belongs to another purchase. */
interface Releasing {
  id: Identifier;
  at?: number;
  done?: boolean;
}

interface Writer {
  attempt: number;
  next:
    | 'look up'
    | 'load'
    | 'fence'
    | 'claim'
    | 'see claims'
    | 'append'
    | 'see claims late'
    | 'release'
    | 'give back'
    | 'end';
  /** The purchase of the writer and its state when it was loaded; `at` is -1 for a new purchase. */
  purchase: PurchaseId;
  at: number;
  holds: readonly Identifier[];
  /** The revision of the claim of the path; undefined if it was not read. */
  pathAt?: number;
  claiming: Claiming[];
  releasing: Releasing[];
  /** The result. Undefined while the writer releases claims before a retry. */
  outcome?: 'done' | 'not found' | 'taken' | 'gave up' | 'crashed';
}

export interface State {
  streams: Streams;
  writers: Writer[];
  crashesLeft: number;
}

/** One step of a writer; `which` selects among its concurrent operations. */
export interface Move {
  writer: number;
  which: number;
}

const isOver = ({ next }: Claiming): boolean => ['claimed', 'refused', 'lost', 'taken'].includes(next);

/** The moves of writers that follow the protocol. Methods modify the state that they are given. */
export class IdentityProtocol {
  constructor(
    private readonly wishes: readonly Wish[],
    private readonly rules: Rules,
    private readonly maxAttempts: number,
    /** One letter for each writer, the prefix of its new purchases. */
    private readonly letters = 'ABCD',
  ) {}

  initial(streams: Streams, crashesLeft: number): State {
    const state: State = { streams, crashesLeft, writers: [] };
    this.wishes.forEach((_, writer) => this.begin(state, writer, 1));
    return state;
  }

  moves({ writers }: State): Move[] {
    return writers.flatMap(({ next, claiming, releasing }, writer) => {
      if (next === 'end') return [];
      if (next === 'claim') return claiming.flatMap((each, which) => (isOver(each) ? [] : [{ writer, which }]));
      if (next === 'see claims' || next === 'see claims late')
        return releasing.flatMap(({ at }, which) => (at === undefined ? [{ writer, which }] : []));
      if (next === 'release' || next === 'give back')
        return releasing.flatMap(({ done }, which) => (done ? [] : [{ writer, which }]));
      return [{ writer, which: 0 }];
    });
  }

  crash(state: State, writer: number): void {
    state.crashesLeft--;
    this.end(state, writer, 'crashed');
  }

  step(state: State, { writer: index, which }: Move): void {
    const writer = state.writers[index]!;
    const { claims, purchases } = state.streams;
    const { by, has } = this.wishes[index]!;
    switch (writer.next) {
      case 'look up': {
        const { at, owner } = claims[by] ?? { at: -1 };
        writer.pathAt = at;
        if (owner === undefined) return this.notThere(state, index);
        Object.assign(writer, { purchase: owner, next: 'load' });
        return;
      }
      case 'load': {
        const { at, holds, deleted } = purchases[writer.purchase] ?? { at: -1, holds: [] };
        if (holds.includes(by)) return this.found(state, index, at, holds);
        if (has === undefined || deleted) return this.notThere(state, index);
        Object.assign(writer, { at, next: 'fence' });
        return;
      }
      case 'fence':
        return !this.rules.fence || fenced(state.streams, writer.purchase, writer.at)
          ? this.notThere(state, index)
          : this.again(state, index);
      case 'claim':
        this.claim(state, index, writer.claiming[which]!);
        return writer.claiming.every(isOver) ? this.claimed(state, index) : undefined;
      case 'see claims':
      case 'see claims late': {
        const each = writer.releasing[which]!;
        const { at, owner } = claims[each.id] ?? { at: -1 };
        each.at = owner === writer.purchase ? at : -2;
        if (writer.releasing.every((all) => all.at !== undefined))
          writer.next = writer.next === 'see claims' ? 'append' : 'release';
        return;
      }
      case 'append':
        return this.append(state, index);
      case 'release':
      case 'give back': {
        const each = writer.releasing[which]!;
        each.done = true;
        if (each.at === claims[each.id]?.at) claims[each.id] = { at: each.at! + 1 };
        if (writer.releasing.every(({ done }) => done)) this.tidied(state, index);
        return;
      }
      case 'end':
        return;
    }
  }

  private begin(state: State, index: number, attempt: number): void {
    const { remembers, has } = this.wishes[index]!;
    const empty = { attempt, at: -1, holds: [], claiming: [], releasing: [] };
    const writer: Writer = { ...empty, purchase: '', next: 'look up' };
    state.writers[index] = writer;
    if (attempt > 1) return;
    if (remembers !== undefined) {
      writer.purchase = remembers;
      const { at, holds } = state.streams.purchases[remembers]!;
      this.found(state, index, at, holds);
    } else if (has !== undefined) this.notThere(state, index);
  }

  /** Starts a new purchase; its identifiers are claimed concurrently, without reading any except the path. */
  private notThere(state: State, index: number): void {
    const { by, has } = this.wishes[index]!;
    if (has === undefined) return this.end(state, index, 'not found');
    const writer = state.writers[index]!;
    writer.purchase = `${this.letters[index]}${writer.attempt}`;
    writer.at = -1;
    writer.next = 'claim';
    writer.claiming = has.map((id) => ({ id, next: 'append', expected: id === by ? (writer.pathAt ?? -1) : -1 }));
  }

  private found(state: State, index: number, at: number, holds: readonly Identifier[]): void {
    const { has = [] } = this.wishes[index]!;
    const writer = state.writers[index]!;
    const claiming = has
      .filter((id) => !holds.includes(id))
      .map((id): Claiming => ({ id, next: 'append', expected: -1 }));
    Object.assign(writer, { at, holds, claiming, next: 'claim' });
    if (claiming.length === 0) this.claimed(state, index);
  }

  /** One step of the claim of one identifier. */
  private claim(state: State, index: number, claiming: Claiming): void {
    const writer = state.writers[index]!;
    const { claims, purchases } = state.streams;
    const { by } = this.wishes[index]!;
    const isNew = writer.at === -1;
    switch (claiming.next) {
      case 'append':
        if (this.claimAt(state, writer, claiming)) claiming.next = 'claimed';
        else if (!isNew) claiming.next = 'read';
        else claiming.next = claiming.id === by ? 'lost' : 'refused';
        return;
      case 'read': {
        const { at, owner } = claims[claiming.id] ?? { at: -1 };
        Object.assign(claiming, { expected: at, owner });
        if (owner === undefined) claiming.next = 'append again';
        else if (owner === writer.purchase) claiming.next = this.rules.reclaim ? 'append again' : 'claimed';
        else claiming.next = 'load owner';
        return;
      }
      case 'load owner': {
        const { at, holds, deleted } = purchases[claiming.owner!] ?? { at: -1, holds: [] };
        claiming.ownerAt = at;
        if (holds.includes(claiming.id)) claiming.next = 'check refusal';
        else claiming.next = deleted ? 'append again' : 'fence';
        return;
      }
      case 'check refusal': {
        const counts = isNew ? claims[by]?.owner === writer.purchase : purchases[writer.purchase]!.at === writer.at;
        claiming.next = counts ? 'taken' : 'lost';
        return;
      }
      case 'fence':
        claiming.next =
          !this.rules.fence || fenced(state.streams, claiming.owner!, claiming.ownerAt!) ? 'append again' : 'lost';
        return;
      case 'append again':
        claiming.next = this.claimAt(state, writer, claiming) ? 'claimed' : 'lost';
        return;
      case 'claimed':
      case 'refused':
      case 'lost':
      case 'taken':
        return;
    }
  }

  private claimAt({ streams: { claims } }: State, { purchase }: Writer, { id, expected }: Claiming): boolean {
    if ((claims[id]?.at ?? -1) !== expected) return false;
    claims[id] = { at: expected + 1, owner: purchase };
    return true;
  }

  /** All claims have ended: continue with the append, or release them. */
  private claimed(state: State, index: number): void {
    const writer = state.writers[index]!;
    const ended = (end: ClaimingEnd): boolean => writer.claiming.some(({ next }) => next === end);
    if (ended('taken')) return this.releaseClaims(state, index, 'taken');
    if (ended('lost')) return this.releaseClaims(state, index, undefined);
    if (ended('refused')) {
      for (const each of writer.claiming) if (each.next === 'refused') each.next = 'read';
      return;
    }
    const { has = [] } = this.wishes[index]!;
    writer.releasing = writer.holds.filter((id) => !has.includes(id)).map((id) => ({ id }));
    writer.next = writer.releasing.length > 0 && this.rules.readClaimsBeforeAppend ? 'see claims' : 'append';
  }

  private append(state: State, index: number): void {
    const writer = state.writers[index]!;
    const { has } = this.wishes[index]!;
    const { purchases } = state.streams;
    if ((purchases[writer.purchase]?.at ?? -1) !== writer.at) return this.releaseClaims(state, index, undefined);
    purchases[writer.purchase] = {
      ...{ at: writer.at + 1, holds: has ?? [] },
      ...(has === undefined && { deleted: true }),
    };
    if (writer.releasing.length === 0) return this.end(state, index, 'done');
    writer.next = this.rules.readClaimsBeforeAppend ? 'release' : 'see claims late';
  }

  private releaseClaims(state: State, index: number, outcome: Writer['outcome']): void {
    const writer = state.writers[index]!;
    writer.outcome = outcome;
    const own = writer.at === -1 || !this.rules.keepClaimsOfExistingPurchases ? writer.claiming : [];
    writer.releasing = own.flatMap(({ id, next, expected }) => (next === 'claimed' ? [{ id, at: expected + 1 }] : []));
    writer.next = 'give back';
    if (writer.releasing.length === 0) this.tidied(state, index);
  }

  /** All releases are done. */
  private tidied(state: State, index: number): void {
    const { next, outcome } = state.writers[index]!;
    if (next === 'release') return this.end(state, index, 'done');
    return outcome === undefined ? this.again(state, index) : this.end(state, index, outcome);
  }

  private again(state: State, index: number): void {
    const { attempt } = state.writers[index]!;
    if (attempt === this.maxAttempts) return this.end(state, index, 'gave up');
    this.begin(state, index, attempt + 1);
  }

  private end(state: State, index: number, outcome: Writer['outcome']): void {
    const none = { attempt: 0, purchase: '', at: -1, holds: [], claiming: [], releasing: [] };
    state.writers[index] = { ...none, next: 'end', outcome };
  }
}

function fenced({ purchases }: Streams, id: PurchaseId, expected: number): boolean {
  const { at, holds } = purchases[id] ?? { at: -1, holds: [] };
  if (at !== expected) return false;
  purchases[id] = { at: at + 1, holds };
  return true;
}

/** Describes a violated invariant of the state, if there is one. */
export function violationOf({ claims, purchases }: Streams): string | undefined {
  const holders: Record<Identifier, PurchaseId> = {};
  for (const [purchase, { holds }] of Object.entries(purchases))
    for (const id of holds) {
      if (holders[id] !== undefined) return `${id} is held by ${holders[id]} and by ${purchase}`;
      holders[id] = purchase;
      const owner = claims[id]?.owner;
      if (owner !== purchase) return `${id} is held by ${purchase} and claimed for ${owner ?? 'nobody'}`;
    }
  return undefined;
}
