import { rebuild, type RebuildProgress, rollback, THREADS } from '@app/read-models/rebuild/rebuild';
import type { Settings } from '@app/settings/settings';
import { showProgress } from './progress';
import { withReadModel } from './read-model-stores';

export interface RebuildCommandOptions {
  acceptQuarantined?: boolean;
  rollback?: boolean;
}

/** `cli rebuild --rollback`: restores the tables that the last rebuild replaced. */
function rollbackCommand(settings: Settings): Promise<void> {
  return withReadModel(settings, async (pool) => {
    await rollback(pool);
    console.log('the tables that the last rebuild replaced are live again; the projector updates them');
  });
}

/** `cli rebuild`: builds a new read model beside the live one and switches when it has caught up. */
export function rebuildCommand(
  settings: Settings,
  { acceptQuarantined, rollback: isRollback }: RebuildCommandOptions,
): Promise<void> {
  if (isRollback === true) return rollbackCommand(settings);
  return withReadModel(settings, async (pool, eventStore) => {
    const progress = showProgress('rebuild');
    try {
      const onProgress = ({ share, events, eventsPerSecond }: RebuildProgress): void =>
        progress.at(share, `${events} events, ${Math.round(eventsPerSecond)}/s`);
      const report = await rebuild({ pool, eventStore, onProgress, acceptQuarantined, threads: THREADS });
      progress.end();
      const { events, purchases, quarantined, seconds } = report;
      const rate = Math.round(events / Math.max(0.001, seconds));
      console.log(`rebuilt ${purchases} purchases from ${events} events in ${seconds.toFixed(1)} s (${rate} events/s)`);
      if (quarantined > 0) console.log(`${quarantined} purchases are in quarantine: see \`quarantine list\``);
    } finally {
      progress.end();
    }
  });
}
