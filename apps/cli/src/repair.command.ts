import type { Pool } from 'pg';
import type { EventStore } from '@app/event-store/event-store';
import { releasePurchase } from '@app/read-models/operations/quarantine-operations';
import { purchasesOfSite } from '@app/read-models/operations/purchases-of-site';
import { verify } from '@app/read-models/operations/verify';
import { Sites } from '@app/sites/sites';
import type { Settings } from '@app/settings/settings';
import { cancellable } from './cancellation';
import { CommandError } from './command-error';
import { checkKnown, purchaseIdOf } from './purchase-id';
import { withReadModel } from './read-model-stores';
import { missingSite } from './sites.command';

export interface RepairCommandOptions {
  site?: string;
}

/** `cli repair`: rebuilds the rows of one purchase or of a site in place and verifies them. Returns false when a row still differs. @throws CommandError, Cancelled */
export function repairCommand(
  settings: Settings,
  purchase: string | undefined,
  { site }: RepairCommandOptions,
): Promise<boolean> {
  if ((purchase === undefined) === (site === undefined))
    throw new CommandError('repair requires the id of a purchase, or --site');
  const purchaseId = purchase === undefined ? undefined : purchaseIdOf(purchase);
  const repair = async (pool: Pool, eventStore: EventStore, signal: AbortSignal): Promise<boolean> => {
    let [repaired, failed] = [0, 0];
    const repairOne = async (id: string): Promise<void> => {
      signal.throwIfAborted();
      const { stopped } = await releasePurchase(pool, eventStore, id, 'replay');
      if (stopped !== undefined) console.log(`${id}: failed at ${stopped.type}: ${stopped.error}`);
      const { differences } = await verify({ pool, eventStore, purchaseId: id });
      if (differences > 0) console.log(`${id}: still differs`);
      repaired += 1;
      if (stopped !== undefined || differences > 0) failed += 1;
    };
    if (purchaseId !== undefined) {
      await checkKnown(pool, eventStore, purchaseId);
      await repairOne(purchaseId);
    }
    if (site !== undefined) for await (const id of purchasesOfSite(pool, site)) await repairOne(id);
    if (site !== undefined && repaired === 0 && !(await new Sites(eventStore).exists(site))) throw missingSite(site);
    console.log(`repaired ${repaired - failed} of ${repaired} purchases`);
    return failed === 0;
  };
  return cancellable('the repair was cancelled; purchases that it had repaired stay repaired', (signal) =>
    withReadModel(settings, (pool, eventStore) => repair(pool, eventStore, signal), signal),
  );
}
