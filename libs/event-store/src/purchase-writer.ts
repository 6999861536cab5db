import { uuidv7 } from 'uuidv7';
import { decide, type PurchaseCommand } from '@app/purchase/decider';
import type { PurchaseEvent, Transaction } from '@app/purchase/events';
import { evolve } from '@app/purchase/evolve';
import { IDENTIFIER_KINDS, type Identifiers, type Purchase } from '@app/purchase/purchase';
import { initialState, type HistoryEntry, type LivePurchase } from '@app/purchase/state';
import type { WriteContext } from './codec';
import { type EventStore, EventStoreUnavailable, WrongExpectedRevision } from './event-store';
import { IdentityClaims, type Claim, type Name } from './identity-claims';
import { type LoadedPurchase, PurchaseRepository } from './purchase-repository';
import type { Guards, Target, WriteOutcome, WriteRefusal } from './write-outcome';

export interface PurchaseWriterOptions {
  /** Memory for loaded purchases, in bytes; 0: none are kept. */
  cacheBytes?: number;
  /** How often a write is tried before the caller is told that others were first. */
  maxAttempts?: number;
  newId?: () => string;
  /** From 0 to 1; spreads the retries. */
  random?: () => number;
  sleep?: (ms: number) => Promise<void>;
}

/** How long a claim that its purchase does not hold yet is left alone before it is fenced. Politeness, not safety. */
const POLITENESS_MS = 60;
const LONGEST_PAUSE_MS = 400;

/** This attempt cannot be finished: somebody else was first. */
class LostRace extends Error {}
/** This attempt ends with a refusal. */
class Refused extends Error {
  constructor(readonly refusal: WriteRefusal) {
    super(refusal.code);
  }
}

/** The purchase was taken for a new one, and its path has a history: look before claiming. */
class LookFirst extends Error {}

interface Claimed {
  name: Name;
  purchase: string;
  revision: bigint;
}

/** One try at one write: what it has claimed so far for a new purchase, so that it can be given back. */
interface Attempt {
  context: WriteContext;
  /** From 1. Hints and guesses are for the first; from the second on everything is read. */
  number: number;
  claimed: Claimed[];
}

const namesOf = (identifiers: Identifiers): Name[] =>
  IDENTIFIER_KINDS.flatMap((kind) => {
    const value = identifiers[kind];
    return value === undefined ? [] : [{ kind, value }];
  });

const holds = ({ state }: LoadedPurchase, { kind, value }: Name): boolean =>
  state.phase === 'live' && state.purchase.identifiers[kind] === value;

const liveOf = (loaded: LoadedPurchase): LivePurchase | undefined =>
  loaded.state.phase === 'live' ? loaded.state.purchase : undefined;

/** A body's identifiers with that of the path, which fills the body. */
function withPathIdentifier(purchase: Purchase, { lookupBy, identifier }: Target): Purchase {
  return purchase.identifiers[lookupBy] === undefined
    ? { ...purchase, identifiers: { ...purchase.identifiers, [lookupBy]: identifier } }
    : purchase;
}

function refuseMismatch({ identifiers }: Purchase, { lookupBy, identifier }: Target): void {
  const inBody = identifiers[lookupBy];
  if (inBody !== undefined && inBody !== identifier)
    throw new Refused({ code: 'identifier-mismatch', kind: lookupBy, inPath: identifier, inBody });
}

function checkGuards({ ifMatch, mustNotExist }: Guards, found: LoadedPurchase | undefined): void {
  const exists = found !== undefined;
  if ((mustNotExist === true && exists) || (ifMatch !== undefined && found?.revision !== ifMatch))
    throw new Refused({ code: 'precondition-failed', ...(exists && { revision: found.revision }) });
}

/** A path by which a purchase that holds `name` is reached: the name itself. */
const reachableBy = ({ kind, value }: Name): Target => ({ lookupBy: kind, identifier: value });

/**
 * The command loop: find the purchase, decide, claim what is new, append at the expected revision, release what was dropped. A write is applied
 * once or refused; on a conflict everything is looked at again, a bounded number of times. The protocol and its three rules: docs/adr/0002.
 */
export class PurchaseWriter {
  private readonly repository: PurchaseRepository;
  private readonly claims: IdentityClaims;
  private readonly maxAttempts: number;
  private readonly newId: () => string;
  private readonly random: () => number;
  private readonly sleep: (ms: number) => Promise<void>;

  constructor(store: EventStore, options: PurchaseWriterOptions = {}) {
    this.repository = new PurchaseRepository(store, options.cacheBytes ?? 64 * 1024 * 1024);
    this.claims = new IdentityClaims(store);
    this.maxAttempts = options.maxAttempts ?? 10;
    this.newId = options.newId ?? uuidv7;
    this.random = options.random ?? Math.random;
    this.sleep = options.sleep ?? ((ms) => new Promise((resolve) => setTimeout(resolve, ms)));
  }

  /**
   * Creates or replaces the purchase that the path names.
   * @throws EventStoreUnavailable, AppendTooLarge, UnreadableEvent
   */
  put(
    target: Target,
    purchase: Purchase,
    context: WriteContext,
    guards: Guards = {},
    options: { dryRun?: boolean } = {},
  ): Promise<WriteOutcome> {
    const dryRun = options.dryRun === true;
    const guarded = guards.ifMatch !== undefined || guards.mustNotExist === true;
    const inBody = purchase.identifiers[target.lookupBy];
    const mayGuess = !guarded && !dryRun && (inBody === undefined || inBody === target.identifier);
    return this.attempts(context, async (attempt) => {
      const { loaded, claim } = await this.find(target, attempt, { hint: !guarded, guess: mayGuess });
      checkGuards(guards, loaded);
      if (loaded === undefined) return this.create(target, purchase, claim, attempt, dryRun);
      const whole = withPathIdentifier(purchase, target);
      return this.update(loaded, { type: 'PutPurchase', purchase: whole, at: context.at }, attempt, dryRun);
    });
  }

  /** Takes the purchase away and frees its identifiers. @throws EventStoreUnavailable */
  delete(target: Target, context: WriteContext, guards: Guards = {}): Promise<WriteOutcome> {
    return this.attempts(context, async (attempt) => {
      const { loaded } = await this.find(target, attempt, { hint: guards.ifMatch === undefined });
      checkGuards({ ifMatch: guards.ifMatch }, loaded);
      if (loaded === undefined) throw new Refused({ code: 'purchase-not-found' });
      return this.update(loaded, { type: 'DeletePurchase', at: context.at }, attempt, false);
    });
  }

  /** Records a payment or a refund of money in a currency, or changes it by its platform id. @throws EventStoreUnavailable */
  recordTransaction(
    target: Target,
    transaction: Transaction,
    currency: string,
    context: WriteContext,
  ): Promise<WriteOutcome> {
    return this.change(target, { type: 'RecordTransaction', transaction, currency }, context);
  }

  /** Adds a message, a note or an e-mail. @throws EventStoreUnavailable */
  addHistoryEntry(target: Target, entry: HistoryEntry, context: WriteContext): Promise<WriteOutcome> {
    return this.change(target, { type: 'AddHistoryEntry', entry }, context);
  }

  private change(target: Target, command: PurchaseCommand, context: WriteContext): Promise<WriteOutcome> {
    return this.attempts(context, async (attempt) => {
      const { loaded } = await this.find(target, attempt, { hint: true });
      if (loaded === undefined) throw new Refused({ code: 'purchase-not-found' });
      return this.update(loaded, command, attempt, false);
    });
  }

  // ---------------------------------------------------------------- attempts

  private async attempts(
    context: WriteContext,
    write: (attempt: Attempt) => Promise<WriteOutcome>,
  ): Promise<WriteOutcome> {
    for (let number = 1; number <= this.maxAttempts; number++) {
      const attempt: Attempt = { context, number, claimed: [] };
      try {
        return await write(attempt);
      } catch (error) {
        // After an unknown outcome the claims stay: the purchase may hold what they promise.
        if (error instanceof EventStoreUnavailable) throw error;
        await this.giveBack(attempt);
        if (error instanceof Refused) return { kind: 'refused', refusal: error.refusal };
        if (error instanceof LookFirst) continue;
        if (!(error instanceof LostRace || error instanceof WrongExpectedRevision)) throw error;
        await this.sleep(this.random() * Math.min(LONGEST_PAUSE_MS, 5 * 2 ** number));
      }
    }
    return { kind: 'refused', refusal: { code: 'concurrent-update', retryAfterSeconds: 1 } };
  }

  private async giveBack({ claimed, context }: Attempt): Promise<void> {
    await Promise.all(
      claimed.splice(0).map(({ name, purchase, revision }) => this.claims.release(name, purchase, revision, context)),
    );
  }

  // ---------------------------------------------------------------- finding

  /**
   * The purchase that the path names, or its claim, free to be taken. With `guess` a path that is not known here is taken for a new one
   * without a look: a creation's claims need no read, and a claim that is refused tells.
   */
  private async find(
    target: Target,
    attempt: Attempt,
    may: { hint: boolean; guess?: boolean },
  ): Promise<{ loaded?: LoadedPurchase; claim: Claim }> {
    const name: Name = { kind: target.lookupBy, value: target.identifier };
    const { site } = attempt.context;
    const isFirst = attempt.number === 1;
    const hint = isFirst && may.hint ? this.repository.hint(site, name.kind, name.value) : undefined;
    if (hint !== undefined) return { loaded: hint, claim: { revision: undefined, owner: hint.id } };
    if (isFirst && may.guess === true) return { claim: { revision: undefined } };
    const claim = await this.claims.read(site, name);
    if (claim.owner === undefined) return { claim };
    const loaded = await this.loadOrFence(claim.owner, name, attempt);
    return loaded === undefined ? { claim } : { loaded, claim };
  }

  /** The purchase, when it holds the name; else it is fenced, so that it never will by the claim that it made. */
  private async loadOrFence(owner: string, name: Name, attempt: Attempt): Promise<LoadedPurchase | undefined> {
    const first = await this.repository.load(owner);
    if (holds(first, name)) return first;
    await this.sleep(POLITENESS_MS * (0.5 + this.random()));
    const loaded = await this.repository.load(owner);
    if (holds(loaded, name)) return loaded;
    const forfeited: PurchaseEvent = { type: 'IdentifierForfeited', data: { ...name, to: attempt.context.requestId } };
    await this.repository.append(loaded, [forfeited], attempt.context);
    return undefined;
  }

  // ---------------------------------------------------------------- writing

  private async create(
    target: Target,
    purchase: Purchase,
    claim: Claim,
    attempt: Attempt,
    dryRun: boolean,
  ): Promise<WriteOutcome> {
    refuseMismatch(purchase, target);
    const whole = withPathIdentifier(purchase, target);
    const fresh: LoadedPurchase = { id: this.newId(), state: initialState, revision: undefined };
    const follows = await this.deletedOwner(claim);
    const decision = decide({ type: 'PutPurchase', purchase: whole, at: attempt.context.at, follows }, fresh.state);
    if (!decision.accepted) throw new Refused(decision.refusal);
    if (dryRun) return this.imagined(fresh, decision.events);
    await this.claimAll(fresh, namesOf(whole.identifiers), attempt, { target, claim });
    return this.appended(fresh, decision.events, attempt);
  }

  private async deletedOwner({ formerOwner }: Claim): Promise<string | undefined> {
    if (formerOwner === undefined) return undefined;
    return (await this.repository.load(formerOwner)).state.phase === 'deleted' ? formerOwner : undefined;
  }

  private async update(
    loaded: LoadedPurchase,
    command: PurchaseCommand,
    attempt: Attempt,
    dryRun: boolean,
  ): Promise<WriteOutcome> {
    const decision = decide(command, loaded.state);
    if (!decision.accepted) return this.refuseIfCurrent(loaded, decision.refusal);
    if (dryRun) return this.imagined(loaded, decision.events);
    if (decision.events.length === 0) return this.unchanged(loaded);
    const before = namesOf(liveOf(loaded)?.identifiers ?? {});
    const after = namesOf(this.identifiersAfter(loaded, decision.events));
    const missing = (from: Name[], name: Name): boolean =>
      !from.some(({ kind, value }) => kind === name.kind && value === name.value);
    const dropped = before.filter((name) => missing(after, name));
    await this.claimAll(
      loaded,
      after.filter((name) => missing(before, name)),
      attempt,
    );
    // The claims to be released are read before the append that drops their identifiers, never after (rule three).
    const seen = await Promise.all(dropped.map((name) => this.claims.read(attempt.context.site, name)));
    const outcome = await this.appended(loaded, decision.events, attempt);
    await Promise.all(
      dropped.map(async (name, index) => {
        const claim = seen[index];
        if (claim?.owner === loaded.id && claim.revision !== undefined)
          await this.claims.release(name, loaded.id, claim.revision, attempt.context);
      }),
    );
    return outcome;
  }

  private identifiersAfter(loaded: LoadedPurchase, events: readonly PurchaseEvent[]): Identifiers {
    const state = events.reduce(evolve, loaded.state);
    return state.phase === 'live' ? state.purchase.identifiers : {};
  }

  /** A refusal by what may be an old state counts only if that state is the last one. */
  private async refuseIfCurrent(loaded: LoadedPurchase, refusal: WriteRefusal): Promise<never> {
    if (!(await this.repository.isCurrent(loaded))) this.lost(loaded);
    throw new Refused(refusal);
  }

  private async unchanged(loaded: LoadedPurchase): Promise<WriteOutcome> {
    if (!(await this.repository.isCurrent(loaded))) this.lost(loaded);
    return { ...this.imagined(loaded, []), changed: false };
  }

  private lost({ id }: LoadedPurchase): never {
    this.repository.forget(id);
    throw new LostRace();
  }

  /** What a write would give, or gave without an event. */
  private imagined(
    loaded: LoadedPurchase,
    events: readonly PurchaseEvent[],
  ): Extract<WriteOutcome, { kind: 'written' }> {
    const state = events.reduce(evolve, loaded.state);
    if (state.phase !== 'live') throw new Error(`purchase ${loaded.id} is ${state.phase}`);
    return {
      kind: 'written',
      purchaseId: loaded.id,
      purchase: state.purchase,
      revision: (loaded.revision ?? -1n) + BigInt(events.length),
      created: loaded.revision === undefined,
      changed: events.length > 0,
      events,
    };
  }

  private async appended(
    loaded: LoadedPurchase,
    events: readonly PurchaseEvent[],
    attempt: Attempt,
  ): Promise<WriteOutcome> {
    const { revision, position, written } = await this.repository.append(loaded, events, attempt.context);
    if (written.state.phase !== 'live') return { kind: 'deleted', purchaseId: loaded.id, revision, position };
    const { purchase } = written.state;
    for (const { kind, value } of namesOf(purchase.identifiers))
      this.repository.hintOwner(attempt.context.site, kind, value, loaded.id);
    const created = liveOf(loaded) === undefined;
    return { kind: 'written', purchaseId: loaded.id, purchase, revision, created, changed: true, events, position };
  }

  // ---------------------------------------------------------------- claiming

  /** Claims all names for a purchase, together. @throws Refused when one is held elsewhere, LostRace, LookFirst */
  private async claimAll(
    loaded: LoadedPurchase,
    names: readonly Name[],
    attempt: Attempt,
    path?: { target: Target; claim: Claim },
  ): Promise<void> {
    const results = await Promise.allSettled(
      names.map(async (name) => {
        const isPath = name.kind === path?.target.lookupBy;
        const seen = isPath ? path.claim.revision : undefined;
        const claimed = await this.claims.claim(name, loaded.id, seen, attempt.context);
        if (claimed === undefined && isPath) throw attempt.number === 1 ? new LookFirst() : new LostRace();
        const revision = claimed ?? (await this.reclaim(loaded, name, attempt));
        // Another writer of the same purchase may count on the claim that this one stands on: only a new purchase is ours alone.
        if (loaded.revision === undefined) attempt.claimed.push({ name, purchase: loaded.id, revision });
      }),
    );
    const failures = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []));
    if (failures.length === 0) return;
    // A refusal counts only where nothing else says that the look it rests on is old.
    const graver = [EventStoreUnavailable, LookFirst, LostRace, WrongExpectedRevision, Refused];
    throw graver.map((kind) => failures.find((each) => each instanceof kind)).find(Boolean) ?? failures[0];
  }

  /**
   * Claims a name whose stream was not where it was thought to be. One's own old claim is appended again (rule one): it may be about to be
   * fenced by somebody who saw it before.
   */
  private async reclaim(loaded: LoadedPurchase, name: Name, attempt: Attempt): Promise<bigint> {
    const claim = await this.claims.read(attempt.context.site, name);
    if (claim.owner !== undefined && claim.owner !== loaded.id) {
      const other = await this.loadOrFence(claim.owner, name, attempt);
      // Somebody who fenced this one meanwhile may hold its path as well: then this is a write of that purchase, not a clash with it.
      if (other !== undefined)
        await this.refuseIfCurrent(loaded, { code: 'identifier-taken', ...name, reachableBy: reachableBy(name) });
    }
    const revision = await this.claims.claim(name, loaded.id, claim.revision, attempt.context);
    if (revision === undefined) throw new LostRace();
    return revision;
  }
}
