import { randomUUID } from 'node:crypto';
import { metadataOf, type WriteContext } from '@app/stored-events/codec';
import { type ExpectedRevision, type RecordedEvent, WrongExpectedRevision } from '@app/event-store/event-store';
import type { Name } from './names';
import { identifierStream } from '@app/stored-events/streams';
import type { WriteStore } from '../write-deadline';

/** The last event of an identifier stream: its revision and the purchase that claims the identifier, if any. */
export interface Claim {
  /** Undefined: the identifier was never claimed. */
  revision: bigint | undefined;
  owner?: string;
}

/** A claim appended by this attempt; `eventId` is the id of the claim event. */
export interface OwnClaim {
  name: Name;
  purchase: string;
  revision: bigint;
  eventId: string;
}

/** Number of events that are read to find earlier owners of an identifier. */
const MAX_CLAIM_EVENTS = 100;

const purchaseIn = ({ data }: RecordedEvent): string => String((data as { purchase?: unknown }).purchase);

/**
 * Reads and appends to the streams in which identifiers of a site are claimed. A claim reserves an identifier; only the stream of a purchase
 * decides what it holds (docs/adr/0002).
 */
export class IdentityClaims {
  constructor(
    private readonly store: WriteStore,
    private readonly context: WriteContext,
  ) {}

  /** @throws EventStoreUnavailable */
  async read(name: Name): Promise<Claim> {
    const [last] = await this.lastEvents(name, 1);
    if (last === undefined) return { revision: undefined };
    const { revision, type } = last;
    return type === 'IdentifierClaimed' ? { revision, owner: purchaseIn(last) } : { revision };
  }

  /** The purchases that claimed or released the identifier, most recent first. @throws EventStoreUnavailable */
  async owners(name: Name): Promise<string[]> {
    return [...new Set((await this.lastEvents(name, MAX_CLAIM_EVENTS)).map(purchaseIn))];
  }

  /** Claims the identifier; undefined when the stream was not at `expected`. @throws EventStoreUnavailable */
  async claim(name: Name, purchase: string, expected: bigint | undefined): Promise<OwnClaim | undefined> {
    const appended = await this.append('IdentifierClaimed', name, purchase, expected ?? 'no-stream');
    return appended && { name, purchase, ...appended };
  }

  /** Releases a claim, unless the stream has changed since. `cause`: id of the causing event. @throws EventStoreUnavailable */
  async release(name: Name, purchase: string, claimedAt: bigint, cause: string): Promise<void> {
    await this.append('IdentifierReleased', name, purchase, claimedAt, cause);
  }

  private async lastEvents({ kind, value }: Name, maxCount: number): Promise<readonly RecordedEvent[]> {
    const stream = identifierStream(this.context.site, kind, value);
    return (await this.store.readStream(stream, { direction: 'backwards', maxCount })).events;
  }

  private async append(
    type: 'IdentifierClaimed' | 'IdentifierReleased',
    { kind, value }: Name,
    purchase: string,
    expected: ExpectedRevision,
    cause?: string,
  ): Promise<{ revision: bigint; eventId: string } | undefined> {
    const eventId = randomUUID();
    const event = { id: eventId, type, data: { purchase, kind, value }, metadata: metadataOf(this.context, { cause }) };
    try {
      const stream = identifierStream(this.context.site, kind, value);
      return { revision: (await this.store.append(stream, [event], expected)).revision, eventId };
    } catch (error) {
      if (error instanceof WrongExpectedRevision) return undefined;
      throw error;
    }
  }
}
