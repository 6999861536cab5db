import { uuidv7 } from 'uuidv7';
import type { PurchaseCommand } from '@app/purchase/decider';
import type { Transaction } from '@app/purchase/events';
import type { Purchase } from '@app/purchase/purchase';
import type { HistoryEntry } from '@app/purchase/state';
import type { WriteContext } from '@app/stored-events/codec';
import { type EventStore, EventStoreUnavailable } from '@app/event-store/event-store';
import { IdentityClaims } from './identity/identity-claims';
import { Refused, type RetryOptions, retryLostRaces } from './write-conflicts';
import { PurchaseCache } from './purchase-cache';
import { PurchaseIdentity } from './identity/purchase-identity';
import type { Name } from './identity/names';
import type { LoadedPurchase } from './loaded-purchase';
import { PurchaseRepository } from './purchase-repository';
import { WriteAttempt } from './write-attempt';
import { withDeadline } from './write-deadline';
import type { Guards, Target, WriteOutcome } from './write-outcome';

export interface PurchaseWriterOptions extends Partial<RetryOptions> {
  /** Memory for loaded purchases, in bytes; 0: none are kept. */
  cacheBytes?: number;
  cache?: PurchaseCache;
  /** After so many milliseconds a write asks the store for nothing more (default 10,000). */
  writeTimeoutMs?: number;
  newId?: () => string;
}

const nameOf = ({ lookupBy, identifier }: Target): Name => ({ kind: lookupBy, value: identifier });

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

const isOneOf = (revisions: readonly bigint[], found: LoadedPurchase | undefined): boolean =>
  found?.revision !== undefined && revisions.includes(found.revision);

function checkGuards({ ifMatch, mustExist, mustNotExist }: Guards, found: LoadedPurchase | undefined): void {
  const exists = found !== undefined;
  const isRefused = exists ? mustNotExist === true : mustExist === true;
  if (isRefused || (ifMatch !== undefined && !isOneOf(ifMatch, found)))
    throw new Refused({ code: 'precondition-failed', ...(exists && { revision: found.revision }) });
}

/**
 * The command loop: find the purchase, decide, claim what is new, append at the expected revision, release what was dropped. A write is applied
 * once or refused; on a conflict everything is looked at again, a bounded number of times. The protocol and its three rules: docs/adr/0002.
 */
export class PurchaseWriter {
  private readonly cache: PurchaseCache;
  private readonly writeTimeoutMs: number;
  private readonly newId: () => string;
  private readonly retry: RetryOptions;

  constructor(
    private readonly store: EventStore,
    options: PurchaseWriterOptions = {},
  ) {
    this.cache = options.cache ?? new PurchaseCache(options.cacheBytes ?? 64 * 1024 * 1024);
    this.writeTimeoutMs = options.writeTimeoutMs ?? 10_000;
    this.newId = options.newId ?? uuidv7;
    this.retry = {
      maxAttempts: options.maxAttempts ?? 10,
      random: options.random ?? Math.random,
      sleep: options.sleep ?? ((ms) => new Promise((resolve) => setTimeout(resolve, ms))),
    };
  }

  /**
   * Creates or replaces the purchase that the path names. A dry run answers what that would give, and leaves no trace.
   * @throws EventStoreUnavailable, AppendTooLarge, UnreadableEvent
   */
  put(
    target: Target,
    purchase: Purchase,
    context: WriteContext,
    guards: Guards = {},
    { dryRun = false }: { dryRun?: boolean } = {},
  ): Promise<WriteOutcome> {
    const path = nameOf(target);
    const whole = withPathIdentifier(purchase, target);
    const command = { type: 'PutPurchase', purchase: whole, at: context.at } as const;
    const isMismatch = whole.identifiers[path.kind] !== path.value;
    return this.attempts(context, async (attempt) => {
      const hint = dryRun ? undefined : this.hint(attempt, path, guards);
      // A path that is not known here is taken for a new one without a look: a creation's claims need no read, and a refused claim tells.
      const mustBeThere = guards.ifMatch !== undefined || guards.mustExist === true;
      const mayGuess = attempt.number === 1 && !mustBeThere && !dryRun && !isMismatch;
      const standing = hint ?? (mayGuess ? undefined : await attempt.identity.standingOf(path));
      const holder = standing?.holder;
      checkGuards(guards, holder);
      if (holder !== undefined) return attempt.update(holder, command, dryRun);
      refuseMismatch(purchase, target);
      return attempt.create(this.newId(), path, command, standing, dryRun);
    });
  }

  /** Takes the purchase away and frees its identifiers. @throws EventStoreUnavailable, UnreadableEvent */
  delete(target: Target, context: WriteContext, guards: Guards = {}): Promise<WriteOutcome> {
    return this.change(target, { type: 'DeletePurchase', at: context.at }, context, guards);
  }

  /** Records a payment or a refund of money in a currency, or changes it by its platform id. @throws EventStoreUnavailable, UnreadableEvent */
  recordTransaction(
    target: Target,
    transaction: Transaction,
    currency: string,
    context: WriteContext,
    guards: Guards = {},
  ): Promise<WriteOutcome> {
    return this.change(target, { type: 'RecordTransaction', transaction, currency }, context, guards);
  }

  /** Adds a message, a note or an e-mail. @throws EventStoreUnavailable, UnreadableEvent */
  addHistoryEntry(
    target: Target,
    entry: HistoryEntry,
    context: WriteContext,
    guards: Guards = {},
  ): Promise<WriteOutcome> {
    return this.change(target, { type: 'AddHistoryEntry', entry }, context, guards);
  }

  /** A change of what must be there: what is not there is not found, whatever is asked of its revision (RFC 9110, 13.2.1). */
  private change(
    target: Target,
    command: PurchaseCommand,
    context: WriteContext,
    guards: Guards,
  ): Promise<WriteOutcome> {
    const path = nameOf(target);
    return this.attempts(context, async (attempt) => {
      const { holder } = this.hint(attempt, path, guards) ?? (await attempt.identity.standingOf(path));
      if (holder === undefined) throw new Refused({ code: 'purchase-not-found' });
      checkGuards(guards, holder);
      return attempt.update(holder, command);
    });
  }

  /** What this process knows of a path, where the expected revision would give away that it is old; for the first attempt. */
  private hint(
    { number, context, repository }: WriteAttempt,
    path: Name,
    { ifMatch, mustNotExist }: Guards,
  ): { holder: LoadedPurchase; claim: { revision: undefined } } | undefined {
    const holder = number === 1 ? repository.hint(context.site, path) : undefined;
    // A precondition that fails must fail by what the store says.
    const mayAnswer = mustNotExist !== true && (ifMatch === undefined || isOneOf(ifMatch, holder));
    return holder !== undefined && mayAnswer ? { holder, claim: { revision: undefined } } : undefined;
  }

  private attempts(
    context: WriteContext,
    write: (attempt: WriteAttempt) => Promise<WriteOutcome>,
  ): Promise<WriteOutcome> {
    const deadline = Date.now() + this.writeTimeoutMs;
    const store = withDeadline(this.store, () => Date.now() >= deadline);
    const repository = new PurchaseRepository(store, this.cache);
    const claims = new IdentityClaims(store, context);
    const pause = (ms: number): Promise<void> => this.retry.sleep(ms * (0.5 + this.retry.random()));
    return retryLostRaces(this.retry, async (number) => {
      const identity = new PurchaseIdentity(repository, claims, context, pause);
      try {
        return await write(new WriteAttempt(number, context, repository, identity));
      } catch (error) {
        // After an unknown outcome the claims stay: the purchase may hold what they promise.
        if (!(error instanceof EventStoreUnavailable)) await identity.giveBack();
        throw error;
      }
    });
  }
}
