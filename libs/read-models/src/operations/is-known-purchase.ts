import type { Pool } from 'pg';
import type { EventStore } from '@app/event-store/event-store';
import { purchaseStream } from '@app/stored-events/streams';
import { LIVE, PURCHASE_TABLES } from '../tables';

const SELECT_ROWS = [...PURCHASE_TABLES, { name: 'quarantine', key: 'purchase_id' }]
  .map(
    ({ name, key }) =>
      `select from ${LIVE}.${name} where ${key} = ${name === 'quarantine' ? '$1::text' : '$1::text::uuid'}`,
  )
  .join(' union all ');

/** True for a purchase that has an event, a row, or an entry in the quarantine. @param purchaseId a UUID in lower case */
export async function isKnownPurchase(pool: Pool, eventStore: EventStore, purchaseId: string): Promise<boolean> {
  if ((await eventStore.lastRevision(purchaseStream(purchaseId))) !== undefined) return true;
  return (await pool.query(`${SELECT_ROWS} limit 1`, [purchaseId])).rows.length > 0;
}
