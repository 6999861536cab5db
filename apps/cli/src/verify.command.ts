import type { Pool } from 'pg';
import type { EventStore } from '@app/event-store/event-store';
import { type Difference, withoutLargeRow } from '@app/read-models/operations/row-differences';
import { verify } from '@app/read-models/operations/verify';
import type { Settings } from '@app/settings/settings';
import { cancellable } from './cancellation';
import { showProgress } from './progress';
import { checkKnown, purchaseIdOf } from './purchase-id';
import { withReadModel } from './read-model-stores';

export interface VerifyCommandOptions {
  sample?: number;
  since?: bigint;
  purchase?: string;
}

function described(difference: Difference): string {
  const { purchaseId, table, kind, revision, partsAfter, columns } = withoutLargeRow(difference);
  const parts =
    partsAfter === undefined ? '' : `, parts from the history after ${partsAfter.type} @${partsAfter.revision}`;
  const values = Object.entries(columns).map(
    ([name, { live, expected }]) => `  ${name}: live ${JSON.stringify(live)}, expected ${JSON.stringify(expected)}`,
  );
  return [`${table} of ${purchaseId} @${revision}: ${kind}${parts}`, ...values].join('\n');
}

/** `cli verify`: compares the read model with the history; returns false when they differ. @throws CommandError, Cancelled */
export function verifyCommand(settings: Settings, { sample, since, purchase }: VerifyCommandOptions): Promise<boolean> {
  const purchaseId = purchase === undefined ? undefined : purchaseIdOf(purchase);
  const compare = async (pool: Pool, eventStore: EventStore, signal: AbortSignal): Promise<boolean> => {
    if (purchaseId !== undefined) await checkKnown(pool, eventStore, purchaseId);
    const progress = showProgress('verify', signal);
    if (purchaseId === undefined && sample === undefined) progress.at(0, 'reading the history');
    try {
      const { verified, quarantined, differences, seconds } = await verify({
        pool,
        eventStore,
        sample,
        since,
        purchaseId,
        signal,
        onProgress: (at) => progress.at(at.verified / Math.max(1, at.total), `${at.verified} purchases`),
        onDifference: (difference) => console.log(described(difference)),
      });
      progress.end();
      console.log(
        `verified ${verified} purchases in ${seconds.toFixed(1)} s: ${differences} differences, ${quarantined} in quarantine`,
      );
      return differences === 0;
    } finally {
      progress.end();
    }
  };
  return cancellable('the verification was cancelled; nothing is changed', (signal) =>
    withReadModel(settings, (pool, eventStore) => compare(pool, eventStore, signal), signal),
  );
}
