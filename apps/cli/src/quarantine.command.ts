import type { Pool } from 'pg';
import type { EventStore } from '@app/event-store/event-store';
import {
  countForeignStreams,
  quarantinePage,
  type Release,
  releaseAll,
  type Released,
  releasePurchase,
} from '@app/read-models/operations/quarantine-operations';
import type { QuarantineCursor, QuarantinedPurchase } from '@app/read-models/projection/quarantine';
import type { Settings } from '@app/settings/settings';
import { cancellable } from './cancellation';
import { checkKnown, inLowerCase } from './purchase-id';
import { withReadModel } from './read-model-stores';

const PAGE = 100;

const described = (each: QuarantinedPurchase): string =>
  [
    `${each.purchaseId} (site ${each.site ?? 'unknown'}) stopped at ${each.type}, revision ${each.revision}, event ${each.eventId}`,
    `  ${each.attempts} attempts from ${each.firstAt.toISOString()} to ${each.lastAt.toISOString()}: ${each.error}`,
  ].join('\n');

/** `cli quarantine list`: prints the purchases in quarantine. */
export function listQuarantineCommand(settings: Settings): Promise<void> {
  return withReadModel(settings, async (pool) => {
    let count = 0;
    for (let after: QuarantineCursor | undefined; ;) {
      const { purchases, next } = await quarantinePage(pool, { limit: PAGE, after });
      for (const each of purchases) console.log(described(each));
      count += purchases.length;
      if (next === undefined) break;
      after = next;
    }
    console.log(`${count} purchases in quarantine`);
  });
}

/**
 * `cli quarantine retry|replay`: brings purchases up to date and releases them from quarantine.
 * @param purchase default: every purchase in quarantine
 * @returns false when a purchase fails again
 * @throws CommandError, Cancelled
 */
export function releaseCommand(settings: Settings, release: Release, purchase?: string): Promise<boolean> {
  // The stream of another application may have any name.
  const purchaseId = purchase === undefined ? undefined : inLowerCase(purchase);
  const releaseThem = async (pool: Pool, eventStore: EventStore, signal: AbortSignal): Promise<boolean> => {
    let [released, failed] = [0, 0];
    const report = ({ purchaseId: id, stopped }: Released): void => {
      if (stopped === undefined) released += 1;
      else failed += 1;
      console.log(
        stopped === undefined ? `${id}: up to date` : `${id}: failed again at ${stopped.type}: ${stopped.error}`,
      );
    };
    if (purchaseId === undefined) {
      for await (const each of releaseAll(pool, eventStore, release)) {
        report(each);
        signal.throwIfAborted();
      }
      const foreign = await countForeignStreams(pool);
      if (foreign > 0) console.log(`streams left out because they are not purchases: ${foreign}`);
    } else {
      await checkKnown(pool, eventStore, purchaseId);
      report(await releasePurchase(pool, eventStore, purchaseId, release));
    }
    console.log(`released ${released} of ${released + failed} purchases`);
    return failed === 0;
  };
  return cancellable('the command was cancelled; purchases that it had released stay released', (signal) =>
    withReadModel(settings, (pool, eventStore) => releaseThem(pool, eventStore, signal), signal),
  );
}
