import type { Pool } from 'pg';
import type { EventStore } from '@app/event-store/event-store';
import {
  buildPast,
  type Moment,
  type PastTables,
  rebuild,
  type RebuildProgress,
  RebuildRefused,
  type RebuildReport,
  rollback,
  THREADS,
} from '@app/read-models/rebuild/rebuild';
import { PROJECTION_NAMES } from '@app/read-models/tables';
import type { Settings } from '@app/settings/settings';
import { cancellable } from './cancellation';
import { CommandError } from './command-error';
import { timeOf } from './options';
import { showProgress } from './progress';
import { withReadModel } from './read-model-stores';

export interface RebuildCommandOptions {
  /** The name of a projection, or `all`, which is the same. */
  projection?: string;
  acceptQuarantined?: boolean;
  rollback?: boolean;
  at?: string;
  anew?: boolean;
  gentle?: boolean;
}

/** @throws CommandError for a text that is neither a commit position nor a time, or for a time in the future */
function momentOf(text: string): Moment {
  if (/^\d{1,18}$/.test(text)) return { position: BigInt(text) };
  const time = timeOf(text);
  if (time === undefined)
    throw new CommandError(
      `--at ${text} is neither a position, nor a day, nor a time with an offset ("2027-01-31T12:00:00Z")`,
    );
  if (time > Date.now()) throw new CommandError(`--at ${text} is in the future`);
  return { time: new Date(time) };
}

/** @throws CommandError for a position after the last event */
async function refuseBeyondEnd(moment: Moment, eventStore: EventStore): Promise<void> {
  if ('time' in moment) return;
  const end = (await eventStore.lastPosition())?.commit ?? 0n;
  if (moment.position > end)
    throw new CommandError(`--at ${moment.position} is beyond the end of the history, which is position ${end}`);
}

/** `cli rebuild --rollback`: restores the tables that the last rebuild replaced. */
function rollbackCommand(settings: Settings): Promise<void> {
  return withReadModel(settings, async (pool) => {
    await rollback(pool);
    console.log('the tables that the last rebuild replaced are live again; the projector updates them');
  });
}

/** @throws CommandError for an unknown name */
function checkProjection(name: string): void {
  if (name !== 'all' && !PROJECTION_NAMES.includes(name))
    throw new CommandError(`there is no projection ${name}; there are ${PROJECTION_NAMES.join(', ')}`);
}

function printReport(report: RebuildReport | PastTables): void {
  const { events, purchases, quarantined, seconds, resumedAfter } = report;
  if (resumedAfter !== undefined) console.log(`continued a rebuild that was killed, after position ${resumedAfter}`);
  const rate = Math.round(events / Math.max(0.001, seconds));
  console.log(`rebuilt ${purchases} purchases from ${events} events in ${seconds.toFixed(1)} s (${rate} events/s)`);
  if ('schema' in report)
    console.log(`they are in the schema ${report.schema}; \`drop schema ${report.schema} cascade\` removes it`);
  else if (quarantined > 0) console.log(`${quarantined} purchases are in quarantine: see \`quarantine list\``);
}

/** `cli rebuild`: builds a new read model beside the live one and switches when it has caught up. @throws Cancelled */
export async function rebuildCommand(
  settings: Settings,
  { projection = 'all', acceptQuarantined, rollback: isRollback, at, anew, gentle }: RebuildCommandOptions,
): Promise<void> {
  checkProjection(projection);
  if (isRollback === true) return rollbackCommand(settings);
  const until = at === undefined ? undefined : momentOf(at);
  const build = async (pool: Pool, eventStore: EventStore, signal: AbortSignal): Promise<void> => {
    if (until !== undefined) await refuseBeyondEnd(until, eventStore);
    const progress = showProgress('rebuild', signal);
    try {
      const onProgress = ({ share, events, eventsPerSecond }: RebuildProgress): void =>
        progress.at(share, `${events} events, ${Math.round(eventsPerSecond)}/s`);
      const options = { pool, eventStore, signal, onProgress, threads: THREADS, gentle };
      const report =
        until === undefined
          ? await rebuild({ ...options, acceptQuarantined, anew })
          : await buildPast({ ...options, until });
      progress.end();
      printReport(report);
    } catch (error) {
      if (error instanceof RebuildRefused) signal.throwIfAborted();
      throw error;
    } finally {
      progress.end();
    }
  };
  await cancellable('the rebuild was cancelled; its tables are removed', (signal) =>
    withReadModel(settings, (pool, eventStore) => build(pool, eventStore, signal), signal),
  );
}
