import type { EventStore } from '@app/event-store/event-store';
import { purchaseStream } from '@app/stored-events/streams';
import type { Queryable } from '../projection/batch-writer';
import { isPurchaseId } from '../projection/purchase-id';
import { quarantineKey } from '../projection/quarantine';
import { LIVE, PURCHASE_TABLES } from '../tables';

/**
 * True when a purchase has events, rows in the live tables, or is in quarantine. Rows without events are surplus rows, which a repair removes.
 * @throws EventStoreUnavailable, EventStoreRefused
 */
export async function isKnownPurchase(client: Queryable, eventStore: EventStore, purchaseId: string): Promise<boolean> {
  if (await eventStore.streamExists(purchaseStream(purchaseId))) return true;
  const quarantined = await client.query(`select from ${LIVE}.quarantine where purchase_id = $1 limit 1`, [
    quarantineKey(purchaseId),
  ]);
  if (quarantined.rows.length > 0) return true;
  if (!isPurchaseId(purchaseId)) return false;
  for (const { name, key } of PURCHASE_TABLES) {
    const { rows } = await client.query(`select from ${LIVE}.${name} where ${key} = $1 limit 1`, [purchaseId]);
    if (rows.length > 0) return true;
  }
  return false;
}
