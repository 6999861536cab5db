import type { ClientBase } from 'pg';
import type { EventStore, RecordedEvent } from '@app/event-store/event-store';
import { purchaseStream } from '@app/stored-events/streams';
import { PURCHASE_TABLES } from '../tables';
import { inTransaction } from '../with-client';
import { type Checkpoint, readCheckpoint } from './batch-writer';
import { type KnownPurchase, loadPurchases } from './load-purchases';
import { PartialWrite, PurchaseChange, type Stopped } from './purchase-changes';
import { isPurchaseId } from './purchase-id';
import { quarantineKey } from './quarantine';

export interface ReplayOptions {
  client: ClientBase;
  schema: string;
  eventStore: EventStore;
  purchaseId: string;
  /** `anew` removes the rows of the purchase and folds its whole history; `onwards` continues from its row. */
  from: 'anew' | 'onwards';
}

async function removeRows(client: ClientBase, schema: string, purchaseId: string): Promise<void> {
  for (const { name, key } of PURCHASE_TABLES)
    await client.query(`delete from ${schema}.${name} where ${key} = $1`, [purchaseId]);
}

async function eventsUpTo(
  { eventStore, purchaseId }: ReplayOptions,
  { position }: Checkpoint,
  known: KnownPurchase | undefined,
): Promise<RecordedEvent[]> {
  const from = known === undefined ? undefined : known.revision + 1n;
  const { events } = await eventStore.readStream(purchaseStream(purchaseId), { from });
  return events.filter((event) => position !== undefined && event.position.commit <= position.commit);
}

/**
 * Brings one purchase to the checkpoint of a schema from its own stream, in one transaction, and releases it from quarantine.
 * @returns the failed event when the purchase fails again and stays in quarantine
 */
export async function replayPurchase(options: ReplayOptions): Promise<Stopped | undefined> {
  const { client, schema, purchaseId, from } = options;
  if (!isPurchaseId(purchaseId)) throw new RangeError(`${purchaseId} is not the id of a purchase`);
  return inTransaction(client, async () => {
    // The lock prevents the projector from skipping events or writing them twice.
    const at = await readCheckpoint(client, schema, 'for update');
    if (from === 'anew') await removeRows(client, schema, purchaseId);
    const { found } = await loadPurchases(client, schema, [purchaseId], 1);
    const known = found.get(purchaseId);
    const events = await eventsUpTo(options, at, known);
    const partial = new PartialWrite(client, schema, at);
    await partial.write([new PurchaseChange(purchaseId, known, events)]);
    const [stopped] = partial.stopped;
    if (stopped === undefined)
      await client.query(`delete from ${schema}.quarantine where purchase_id = $1`, [quarantineKey(purchaseId)]);
    await client.query(`update ${schema}.checkpoints set generation = generation + 1`);
    return stopped;
  });
}
