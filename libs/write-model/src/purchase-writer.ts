import { uuidv7 } from 'uuidv7';
import type { PurchaseCommand } from '@app/purchase/decider';
import type { Transaction, UsdRate } from '@app/purchase/events';
import type { Purchase } from '@app/purchase/purchase';
import type { HistoryEntry } from '@app/purchase/state';
import type { WriteContext } from '@app/stored-events/codec';
import { type EventStore, EventStoreUnavailable } from '@app/event-store/event-store';
import { IdentityClaims } from './identity/identity-claims';
import { Refused, type RetryOptions, retryConflicts } from './write-conflicts';
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
  /** Memory for cached purchases, in bytes (default 64 MiB); 0 disables the cache. */
  cacheBytes?: number;
  cache?: PurchaseCache;
  /** Maximum size, in bytes, of a stream that a write may load. Absent: no limit. A larger stream ends the write with StreamTooLarge. */
  maxStreamBytes?: number;
  queue?: WriteQueue;
  /** Milliseconds, including the wait in the queue, after which a write starts no further call to the store (default 10,000). */
  writeTimeoutMs?: number;
  newId?: () => string;
}

type Write = (attempt: WriteAttempt) => Promise<WriteOutcome>;

const nameOf = ({ lookupBy, identifier }: Target): Name => ({ kind: lookupBy, value: identifier });

/** Adds the identifier of the path to the body when the body has none of that kind. */
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
 * The command loop: load the purchase, decide, claim new identifiers, append at the expected revision, release dropped identifiers. A write is
 * applied once or refused; a conflict reloads the purchase and retries, a bounded number of times. docs/adr/0002 defines the protocol.
 */
export class PurchaseWriter {
  private readonly cache: PurchaseCache;
  private readonly queue: WriteQueue;
  private readonly maxStreamBytes?: number;
  private readonly writeTimeoutMs: number;
  private readonly newId: () => string;
  private readonly retry: RetryOptions;

  constructor(
    private readonly store: EventStore,
    options: PurchaseWriterOptions = {},
  ) {
    this.cache = options.cache ?? new PurchaseCache(options.cacheBytes ?? 64 * 1024 * 1024);
    this.maxStreamBytes = options.maxStreamBytes;
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
   * Creates or replaces the purchase at a path. A dry run returns the same outcome and writes nothing. `usdRate` is fixed when this is the first
   * submission of the purchase.
   * @throws EventStoreUnavailable, AppendTooLarge, UnreadableEvent, StreamTooLarge (nothing was written)
   */
  put(
    target: Target,
    purchase: Purchase,
    context: WriteContext,
    guards: Guards = {},
    { dryRun = false, usdRate }: { dryRun?: boolean; usdRate?: UsdRate } = {},
  ): Promise<WriteOutcome> {
    const path = nameOf(target);
    const whole = withPathIdentifier(purchase, target);
    const command = { type: 'PutPurchase', purchase: whole, at: context.at, usdRate } as const;
    const isMismatch = whole.identifiers[path.kind] !== path.value;
    const write = async (attempt: WriteAttempt): Promise<WriteOutcome> => {
      const hint = dryRun ? undefined : this.hint(attempt, path, guards);
      // Assume that a path which is not cached is new: creation needs no read before its claims, and a refused claim detects a wrong assumption.
      const requiresExisting = guards.ifMatch !== undefined || guards.mustExist === true;
      const mayAssumeNew = attempt.number === 1 && !requiresExisting && !dryRun && !isMismatch;
      const ownership = hint ?? (mayAssumeNew ? undefined : await attempt.identity.ownershipOf(path));
      const holder = ownership?.holder;
      checkGuards(guards, holder);
      if (holder !== undefined) return attempt.update(holder, command, dryRun);
      refuseMismatch(purchase, target);
      return attempt.create(this.newId(), path, command, ownership, dryRun);
    };
    return dryRun ? this.attempts(context, this.deadline(), write) : this.enqueue(path, context, write);
  }

  /** Deletes the purchase and releases its identifiers. @throws EventStoreUnavailable, UnreadableEvent */
  delete(target: Target, context: WriteContext, guards: Guards = {}): Promise<WriteOutcome> {
    return this.change(target, { type: 'DeletePurchase', at: context.at }, context, guards);
  }

  /** Records a payment or a refund in a currency, or updates the one with the same platform id. @throws EventStoreUnavailable, UnreadableEvent */
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

  /** Changes an existing purchase. A missing purchase is refused as not found before preconditions are evaluated (RFC 9110, 13.2.1). */
  private change(
    target: Target,
    command: PurchaseCommand,
    context: WriteContext,
    guards: Guards,
  ): Promise<WriteOutcome> {
    const path = nameOf(target);
    return this.enqueue(path, context, async (attempt) => {
      const { holder } = this.hint(attempt, path, guards) ?? (await attempt.identity.ownershipOf(path));
      if (holder === undefined) throw new Refused({ code: 'purchase-not-found' });
      checkGuards(guards, holder);
      return attempt.update(holder, command);
    });
  }

  /** The cached purchase of a path, for the first attempt only. The expected revision of the append detects a stale one. */
  private hint(
    { number, context, repository }: WriteAttempt,
    path: Name,
    { ifMatch, mustNotExist }: Guards,
  ): { holder: LoadedPurchase; claim: { revision: undefined } } | undefined {
    const holder = number === 1 ? repository.hint(context.site, path) : undefined;
    // A failing precondition must be decided on the stored state, not on the cache.
    const mayAnswer = mustNotExist !== true && (ifMatch === undefined || isOneOf(ifMatch, holder));
    return holder !== undefined && mayAnswer ? { holder, claim: { revision: undefined } } : undefined;
  }

  /** Serializes the writes of one purchase in this process, first in, first out. */
  private async enqueue(path: Name, context: WriteContext, write: Write): Promise<WriteOutcome> {
    const deadline = this.deadline();
    const attempts = (): Promise<WriteOutcome> => this.attempts(context, deadline, write);
    try {
      return await this.queue.run(JSON.stringify([context.site, path.kind, path.value]), () => {
        // Writers that use other identifiers of the same purchase queue here, once its id is cached.
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
    const repository = new PurchaseRepository(store, this.cache, this.maxStreamBytes);
    const claims = new IdentityClaims(store, context);
    const pause = (ms: number): Promise<void> => this.retry.sleep(ms * (0.5 + this.retry.random()));
    return retryConflicts(this.retry, async (number) => {
      const identity = new PurchaseIdentity(repository, claims, context, pause);
      try {
        return await write(new WriteAttempt(number, context, repository, identity));
      } catch (error) {
        // Keep the claims when the outcome of the append is unknown: the purchase may hold the names.
        if (!(error instanceof EventStoreUnavailable)) await identity.releaseClaims();
        throw error;
      }
    });
  }
}
