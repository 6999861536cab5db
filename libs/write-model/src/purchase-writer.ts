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
import { QueueRefused, WriteQueue } from './write-queue';
import type { Guards, Target, WriteOutcome } from './write-outcome';

export interface PurchaseWriterOptions extends Partial<RetryOptions> {
  /** Memory for loaded purchases, in bytes; 0: none are kept. */
  cacheBytes?: number;
  cache?: PurchaseCache;
  queue?: WriteQueue;
  /** Milliseconds after which a write sends the store no further call, its wait in the queue included (default 10,000). */
  writeTimeoutMs?: number;
  newId?: () => string;
}

type Write = (attempt: WriteAttempt) => Promise<WriteOutcome>;

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
  private readonly queue: WriteQueue;
  private readonly writeTimeoutMs: number;
  private readonly newId: () => string;
  private readonly retry: RetryOptions;

  constructor(
    private readonly store: EventStore,
    options: PurchaseWriterOptions = {},
  ) {
    this.cache = options.cache ?? new PurchaseCache(options.cacheBytes ?? 64 * 1024 * 1024);
    this.queue = options.queue ?? new WriteQueue();
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
    const write = async (attempt: WriteAttempt): Promise<WriteOutcome> => {
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
    };
    return dryRun ? this.attempts(context, this.deadline(), write) : this.inTurn(path, context, write);
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
    return this.inTurn(path, context, async (attempt) => {
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

  /** Writes when no other writer of this purchase in this process is under way: those who came first, first. */
  private async inTurn(path: Name, context: WriteContext, write: Write): Promise<WriteOutcome> {
    const deadline = this.deadline();
    const attempts = (): Promise<WriteOutcome> => this.attempts(context, deadline, write);
    try {
      return await this.queue.run(JSON.stringify([context.site, path.kind, path.value]), () => {
        // The writers that come by other identifiers meet here, once the purchase is known.
        const id = this.cache.find(context.site, path)?.id;
        return id === undefined ? attempts() : this.queue.run(id, attempts);
      });
    } catch (error) {
      if (!(error instanceof QueueRefused)) throw error;
      return { kind: 'refused', refusal: { code: 'concurrent-update', reason: 'queue', retryAfterSeconds: 1 } };
    }
  }

  private deadline(): number {
    return Date.now() + this.writeTimeoutMs;
  }

  private attempts(context: WriteContext, deadline: number, write: Write): Promise<WriteOutcome> {
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
