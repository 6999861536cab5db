import { randomUUID } from 'node:crypto';
import type { IdentifierKind } from '@app/purchase/purchase';
import type { WriteContext } from './codec';
import { type EventStore, type ExpectedRevision, WrongExpectedRevision } from './event-store';
import { identifierStream } from './streams';

/** One of a purchase's names. */
export interface Name {
  kind: IdentifierKind;
  value: string;
}

/** What the stream of an identifier says: who claimed it last, or who gave it up. */
export interface Claim {
  revision: bigint | undefined;
  owner?: string;
  /** Who had it before it was released. */
  formerOwner?: string;
}

interface ClaimData {
  purchase?: unknown;
}

/**
 * The streams in which the identifiers of a site are claimed. A claim is a promise, not a holding: what a purchase holds stands in its own
 * stream (docs/adr/0002).
 */
export class IdentityClaims {
  constructor(private readonly store: EventStore) {}

  /** @throws EventStoreUnavailable */
  async read(site: string, { kind, value }: Name): Promise<Claim> {
    const stream = identifierStream(site, kind, value);
    const { events } = await this.store.readStream(stream, { direction: 'backwards', maxCount: 1 });
    const [last] = events;
    if (last === undefined) return { revision: undefined };
    const purchase = String((last.data as ClaimData).purchase);
    return last.type === 'IdentifierClaimed'
      ? { revision: last.revision, owner: purchase }
      : { revision: last.revision, formerOwner: purchase };
  }

  /** The revision of the claim, or undefined when the stream was not at `expected`. @throws EventStoreUnavailable */
  async claim(
    name: Name,
    purchase: string,
    expected: bigint | undefined,
    context: WriteContext,
  ): Promise<bigint | undefined> {
    return this.append('IdentifierClaimed', name, purchase, expected ?? 'no-stream', context);
  }

  /** Gives up a claim, unless somebody appended after it. @throws EventStoreUnavailable */
  async release(name: Name, purchase: string, claimedAt: bigint, context: WriteContext): Promise<void> {
    await this.append('IdentifierReleased', name, purchase, claimedAt, context);
  }

  private async append(
    type: 'IdentifierClaimed' | 'IdentifierReleased',
    { kind, value }: Name,
    purchase: string,
    expected: ExpectedRevision,
    { site, actor, requestId, at }: WriteContext,
  ): Promise<bigint | undefined> {
    const metadata = { site, actor, requestId, schemaVersion: 1, occurredAt: at, $correlationId: requestId };
    try {
      const event = { id: randomUUID(), type, data: { purchase, kind, value }, metadata };
      return (await this.store.append(identifierStream(site, kind, value), [event], expected)).revision;
    } catch (error) {
      if (error instanceof WrongExpectedRevision) return undefined;
      throw error;
    }
  }
}
