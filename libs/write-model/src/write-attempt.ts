import { decide, type PurchaseCommand } from '@app/purchase/decider';
import { initialState } from '@app/purchase/state';
import type { WriteContext } from '@app/stored-events/codec';
import type { CommitWrite } from './commit-write';
import type { NameOwners, NameOwnership } from './identity/name-owners';
import { holds, type Name } from './identity/names';
import type { LoadedPurchase } from './loaded-purchase';
import type { PurchaseRepository } from './purchase-repository';
import { ConcurrencyConflict, Refused } from './write-conflicts';
import { type Guards, outcomeWithoutAppend, type WriteOutcome } from './write-outcome';

type Put = Extract<PurchaseCommand, { type: 'PutPurchase' }>;

/** A command for the purchase at a path. */
export interface WriteRequest {
  readonly path: Name;
  readonly command: PurchaseCommand;
  readonly context: WriteContext;
  readonly guards: Guards;
  /** Returns the outcome and writes nothing. */
  readonly dryRun: boolean;
}

export interface AttemptParts {
  repository: PurchaseRepository;
  owners: NameOwners;
  commit: CommitWrite;
  newId: () => string;
}

const isOneOf = (revisions: readonly bigint[], found: LoadedPurchase | undefined): boolean =>
  found?.revision !== undefined && revisions.includes(found.revision);

/** @throws Refused */
function checkGuards({ ifMatch, mustExist, mustNotExist }: Guards, found: LoadedPurchase | undefined): void {
  const exists = found !== undefined;
  const isRefused = exists ? mustNotExist === true : mustExist === true;
  if (isRefused || (ifMatch !== undefined && !isOneOf(ifMatch, found)))
    throw new Refused({ code: 'precondition-failed', ...(exists && { revision: found.revision }) });
}

/** A new purchase must not have another identifier of the kind of its path. @throws Refused */
function refuseMismatch({ purchase }: Put, { kind, value }: Name): void {
  const inBody = purchase.identifiers[kind];
  if (inBody !== undefined && inBody !== value)
    throw new Refused({ code: 'identifier-mismatch', kind, inPath: value, inBody });
}

/** The ownership of a name by the purchase, if it holds it: its claim need not be read. */
const heldBy = (holder: LoadedPurchase | undefined, name: Name): NameOwnership | undefined =>
  holder !== undefined && holds(holder.state, name) ? { holder, claim: { revision: undefined } } : undefined;

/** One attempt at a write: finds the purchase of the path, checks the guards, decides, and commits the events. */
export class WriteAttempt {
  constructor(
    private readonly request: WriteRequest,
    /** From 1. Only the first attempt relies on cached state and assumptions; later attempts read from the store. */
    private readonly number: number,
    private readonly parts: AttemptParts,
  ) {}

  /** @throws Refused, ConcurrencyConflict, LookupRequired */
  async run(): Promise<WriteOutcome> {
    const { path, command, guards } = this.request;
    const ownership =
      this.hint() ??
      (await this.reloaded()) ??
      (await this.known()) ??
      (this.mayAssumeNew() ? undefined : await this.parts.owners.ownershipOf(path));
    const holder = ownership?.holder;
    if (holder !== undefined) {
      checkGuards(guards, holder);
      return this.update(holder);
    }
    // A missing purchase is refused as not found before preconditions are evaluated (RFC 9110, 13.2.1).
    if (command.type !== 'PutPurchase') throw new Refused({ code: 'purchase-not-found' });
    checkGuards(guards, undefined);
    refuseMismatch(command, path);
    return this.create(command, ownership);
  }

  /** The cached purchase of the path, for the first attempt only. The expected revision of the append detects a stale one. */
  private hint(): NameOwnership | undefined {
    const { path, context, guards, dryRun } = this.request;
    if (this.number > 1 || dryRun) return undefined;
    const holder = this.parts.repository.hint(context.site, path);
    // A failing precondition must be decided on the stored state, not on the cache.
    const mayAnswer = guards.mustNotExist !== true && (guards.ifMatch === undefined || isOneOf(guards.ifMatch, holder));
    return mayAnswer ? heldBy(holder, path) : undefined;
  }

  /** The purchase at which the attempt before conflicted, read again. While it holds the path, the claim of the path need not be read. */
  private async reloaded(): Promise<NameOwnership | undefined> {
    const { path, dryRun } = this.request;
    return heldBy(dryRun ? undefined : await this.parts.repository.reload(), path);
  }

  /** The purchase that this process knew by the path, for the first attempt only. Its stream decides whether it holds the path. */
  private async known(): Promise<NameOwnership | undefined> {
    const { path, context, dryRun } = this.request;
    const mayRead = this.number === 1 && !dryRun;
    return heldBy(mayRead ? await this.parts.repository.loadKnown(context.site, path) : undefined, path);
  }

  /**
   * Whether a path that is not cached is assumed to be new. Creation needs no read before its claims, and a refused claim detects a wrong assumption.
   */
  private mayAssumeNew(): boolean {
    const { path, command, guards, dryRun } = this.request;
    const requiresExisting =
      command.type !== 'PutPurchase' || guards.ifMatch !== undefined || guards.mustExist === true;
    if (this.number > 1 || dryRun || requiresExisting) return false;
    return command.purchase.identifiers[path.kind] === path.value;
  }

  /** Creates a purchase. `ownership` is that of the path; undefined: it was not read. @throws Refused, ConcurrencyConflict, LookupRequired */
  private async create(command: Put, ownership: NameOwnership | undefined): Promise<WriteOutcome> {
    const { path, context, dryRun } = this.request;
    const { commit, owners, newId } = this.parts;
    const fresh: LoadedPurchase = { site: context.site, id: newId(), state: initialState, revision: undefined };
    const isFirst = ownership?.claim.revision === undefined;
    const follows = isFirst ? undefined : await owners.deletedHolder(path);
    const decision = decide({ ...command, follows }, fresh.state);
    if (!decision.accepted) throw new Refused(decision.refusal);
    return dryRun
      ? commit.preview(fresh, decision.events, ownership && { name: path, ownership })
      : commit.create(fresh, decision.events, path, ownership);
  }

  /** Updates an existing purchase. @throws Refused, ConcurrencyConflict */
  private async update(loaded: LoadedPurchase): Promise<WriteOutcome> {
    const { command, dryRun } = this.request;
    const decision = decide(command, loaded.state);
    if (!decision.accepted) {
      await this.requireCurrent(loaded);
      throw new Refused(decision.refusal);
    }
    if (decision.events.length === 0) {
      await this.requireCurrent(loaded);
      return outcomeWithoutAppend(loaded, []);
    }
    const { commit } = this.parts;
    return dryRun ? commit.preview(loaded, decision.events) : commit.update(loaded, decision.events);
  }

  /** A refusal, or a write without changes, is valid only when it was decided on the current revision. @throws ConcurrencyConflict */
  private async requireCurrent(loaded: LoadedPurchase): Promise<void> {
    if (!(await this.parts.repository.isCurrent(loaded))) throw new ConcurrencyConflict();
  }
}
