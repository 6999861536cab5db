import { copyEvents } from '@app/event-store/eventstoredb/copy';
import { showProgress } from './progress';
import { checkEventStore } from './stores';

/** `cli copy-events --from URL --to URL`: copies the history to another server with the same order, ids and bytes, and verifies it by hash. */
export async function copyEventsCommand({ from, to }: { from: string; to: string }): Promise<void> {
  await checkEventStore(from, '--from');
  await checkEventStore(to, '--to');
  const started = Date.now();
  const progress = showProgress('copy-events');
  const onProgress = (phase: string, share: number, events: number): void =>
    progress.at(
      share,
      `${phase}, ${events} events, ${Math.round((events * 1000) / Math.max(1, Date.now() - started))}/s`,
    );
  try {
    const { events, copied, hash } = await copyEvents({ from, to, onProgress });
    progress.end();
    const seconds = (Date.now() - started) / 1000;
    console.log(
      `copied ${copied} events in ${seconds.toFixed(1)} s; both servers hold the same ${events}, sha256 ${hash}`,
    );
  } finally {
    progress.end();
  }
}
