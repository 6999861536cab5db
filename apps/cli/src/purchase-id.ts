import type { Pool } from 'pg';
import type { EventStore } from '@app/event-store/event-store';
import { isKnownPurchase } from '@app/read-models/queries/is-known-purchase';
import { isPurchaseId } from '@app/read-models/projection/purchase-id';
import { CommandError } from './command-error';

/** The text in lower case if it is the id of a purchase in any case, else the text. */
export function inLowerCase(text: string): string {
  const id = text.toLowerCase();
  return isPurchaseId(id) ? id : text;
}

/** Returns the id of a purchase in lower case. @throws CommandError for what is no UUID */
export function purchaseIdOf(text: string): string {
  const id = inLowerCase(text);
  if (!isPurchaseId(id)) throw new CommandError(`${text} is not the id of a purchase`);
  return id;
}

/** @throws CommandError when neither the event store nor the live tables have the purchase */
export async function checkKnown(pool: Pool, eventStore: EventStore, purchaseId: string): Promise<void> {
  if (!(await isKnownPurchase(pool, eventStore, purchaseId)))
    throw new CommandError(`there is no purchase ${purchaseId}`);
}
