import { copyEvents } from '@app/event-store/eventstoredb/copy';
import { cancellable, untilCancelled } from './cancellation';
import { showProgress } from './progress';
import { checkEventStore } from './stores';

/** `cli copy-events --from URL --to URL`: copies the history to another server with the same order, ids and bytes, and verifies it by hash. @throws Cancelled */
export function copyEventsCommand(stores: { from: string; to: string }): Promise<void> {
  return cancellable('the copy was cancelled; the same command continues it', (signal) => copy(stores, signal));
}

async function copy({ from, to }: { from: string; to: string }, signal: AbortSignal): Promise<void> {
  await checkEventStore(from, '--from');
  await checkEventStore(to, '--to');
  const started = Date.now();
  const progress = showProgress('copy-events', signal);
  const onProgress = (phase: string, share: number, events: number): void =>
    progress.at(
      share,
      `${phase}, ${events} events, ${Math.round((events * 1000) / Math.max(1, Date.now() - started))}/s`,
    );
  try {
    const { events, copied, hash } = await untilCancelled(signal, copyEvents({ from, to, onProgress }));
    progress.end();
    const seconds = (Date.now() - started) / 1000;
    console.log(
      `copied ${copied} events in ${seconds.toFixed(1)} s; both servers hold the same ${events}, sha256 ${hash}`,
    );
  } finally {
    progress.end();
  }
}
