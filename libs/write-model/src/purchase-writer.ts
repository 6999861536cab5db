import { uuidv7 } from 'uuidv7';
import type { PurchaseCommand } from '@app/purchase/decider';
import type { Transaction, UsdRate } from '@app/purchase/events';
import type { Purchase } from '@app/purchase/purchase';
import type { HistoryEntry } from '@app/purchase/state';
import type { WriteContext } from '@app/stored-events/codec';
import type { EventStore } from '@app/event-store/event-store';
import { CommitWrite } from './commit-write';
import { IdentityClaims } from './identity/identity-claims';
import { NameOwners } from './identity/name-owners';
import type { Name } from './identity/names';
import { type RetryOptions, retryConflicts } from './write-conflicts';
import { PurchaseCache } from './purchase-cache';
import { PurchaseRepository } from './purchase-repository';
import { WriteAttempt, type WriteRequest } from './write-attempt';
import { withDeadline } from './write-deadline';
import { QueueRefused, WriteQueue } from './write-queue';
import type { Guards, Target, WriteOutcome } from './write-outcome';

/** Runs a call of a site. @throws any error of `call`, or another one before `call` starts */
type TakeTurn = <T>(site: string, call: () => Promise<T>) => Promise<T>;

export interface PurchaseWriterOptions extends Partial<RetryOptions> {
  /** Memory for cached purchases, in bytes (default 32 MiB); 0 disables the cache. */
  cacheBytes?: number;
  cache?: PurchaseCache;
  /** Maximum size, in bytes, of a stream that a write may load. Absent: no limit. A larger stream ends the write with StreamTooLarge. */
  maxStreamBytes?: number;
  /** Maximum number of steps of a diff. Absent: no limit. A diff that takes more ends the write with TooManySteps. */
  maxDiffSteps?: number;
  queue?: WriteQueue;
  /** Starts the attempts of a write when its site may write. It is called when it is the turn of the purchase. Absent: they start at once. */
  takeTurn?: TakeTurn;
  /** Milliseconds, including the wait in the queue, after which a write starts no further call to the store (default 10,000). */
  writeTimeoutMs?: number;
  newId?: () => string;
}

const nameOf = ({ lookupBy, identifier }: Target): Name => ({ kind: lookupBy, value: identifier });

/** Adds the identifier of the path to the body when the body has none of that kind. */
function withPathIdentifier(purchase: Purchase, { lookupBy, identifier }: Target): Purchase {
  return purchase.identifiers[lookupBy] === undefined
    ? { ...purchase, identifiers: { ...purchase.identifiers, [lookupBy]: identifier } }
    : purchase;
}

/**
 * The command loop: waits for the turn of the purchase, then attempts the write. A write is applied once or refused; after a conflict it is
 * attempted again, a bounded number of times.
 */
export class PurchaseWriter {
  private readonly cache: PurchaseCache;
  private readonly queue: WriteQueue;
  private readonly maxStreamBytes?: number;
  private readonly maxDiffSteps?: number;
  private readonly takeTurn: TakeTurn;
  private readonly writeTimeoutMs: number;
  private readonly newId: () => string;
  private readonly retry: RetryOptions;

  constructor(
    private readonly store: EventStore,
    options: PurchaseWriterOptions = {},
  ) {
    this.cache = options.cache ?? new PurchaseCache(options.cacheBytes ?? 32 * 1024 * 1024);
    this.maxStreamBytes = options.maxStreamBytes;
    this.maxDiffSteps = options.maxDiffSteps;
    this.queue = options.queue ?? new WriteQueue();
    this.takeTurn = options.takeTurn ?? ((_site, call) => call());
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
   * @throws EventStoreUnavailable, AppendTooLarge, UnreadableEvent, StreamTooLarge and TooManySteps (nothing was written)
   */
  put(
    target: Target,
    purchase: Purchase,
    context: WriteContext,
    guards: Guards = {},
    { dryRun = false, usdRate }: { dryRun?: boolean; usdRate?: UsdRate } = {},
  ): Promise<WriteOutcome> {
    const whole = withPathIdentifier(purchase, target);
    const maxSteps = this.maxDiffSteps;
    const command = { type: 'PutPurchase', purchase: whole, at: context.at, usdRate, maxSteps } as const;
    const request = { path: nameOf(target), command, context, guards, dryRun };
    return dryRun ? this.attempts(request, this.deadline()) : this.enqueue(request);
  }

  /** True when the purchase is at this revision now. @throws EventStoreUnavailable */
  isCurrent(site: string, id: string, revision: bigint): Promise<boolean> {
    const repository = new PurchaseRepository(this.store, this.cache);
    return this.takeTurn(site, () => repository.isCurrent({ site, id, revision }));
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

  /** Changes an existing purchase; a missing one is refused. */
  private change(
    target: Target,
    command: PurchaseCommand,
    context: WriteContext,
    guards: Guards,
  ): Promise<WriteOutcome> {
    return this.enqueue({ path: nameOf(target), command, context, guards, dryRun: false });
  }

  /** Serializes the writes of one purchase in this process, first in, first out. */
  private async enqueue(request: WriteRequest): Promise<WriteOutcome> {
    const { path, context } = request;
    const deadline = this.deadline();
    const attempts = (): Promise<WriteOutcome> => this.attempts(request, deadline);
    try {
      return await this.queue.run(JSON.stringify([context.site, path.kind, path.value]), () => {
        // Writers that use other identifiers of the same purchase queue here, once its id is known.
        const id = this.cache.idOf(context.site, path);
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

  private attempts(request: WriteRequest, deadline: number): Promise<WriteOutcome> {
    const { context } = request;
    const store = withDeadline(this.store, () => Date.now() >= deadline);
    const repository = new PurchaseRepository(store, this.cache, this.maxStreamBytes);
    const claims = new IdentityClaims(store, context);
    const pause = (ms: number): Promise<void> => this.retry.sleep(ms * (0.5 + this.retry.random()));
    const owners = new NameOwners(repository, claims, context, pause);
    const commit = new CommitWrite(context, repository, claims, owners);
    const parts = { repository, owners, commit, newId: this.newId };
    const attempt = (): Promise<WriteOutcome> =>
      retryConflicts(this.retry, (number) => new WriteAttempt(request, number, parts).run());
    return this.takeTurn(context.site, attempt);
  }
}
