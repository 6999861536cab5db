import type { Pool } from 'pg';
import type { EventStore } from '@app/event-store/event-store';
import { isKnownPurchase } from '@app/read-models/queries/is-known-purchase';
import { CommandError } from './command-error';

/** @throws CommandError when neither the event store nor the live tables have the purchase */
export async function checkKnown(pool: Pool, eventStore: EventStore, purchaseId: string): Promise<void> {
  if (!(await isKnownPurchase(pool, eventStore, purchaseId)))
    throw new CommandError(`there is no purchase ${purchaseId}`);
}
