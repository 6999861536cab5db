import { Presets, SingleBar } from 'cli-progress';

export interface Progress {
  /** `share` from 0 to 1. */
  at: (share: number, detail: string) => void;
  end: () => void;
}

const PROGRESS_INTERVAL_MS = 5_000;

/** `1 h 5 min`, `3 min`, `12 s`: estimated remaining time at the rate so far; empty when unknown. */
export function timeLeft(share: number, elapsedMs: number): string {
  if (share <= 0 || share >= 1) return '';
  const seconds = Math.ceil((elapsedMs * (1 - share)) / share / 1000);
  if (seconds < 90) return `${seconds} s left`;
  const minutes = Math.round(seconds / 60);
  return minutes < 90 ? `${minutes} min left` : `${Math.floor(minutes / 60)} h ${minutes % 60} min left`;
}

/** Shows a progress bar on a terminal, else logs a line every few seconds. It ends when the signal aborts. */
export function showProgress(title: string, signal?: AbortSignal): Progress {
  // What was done before the first report, by an earlier run or in a phase without reports, says nothing about the rate.
  let first: { share: number; at: number } | undefined;
  const described = (share: number, detail: string): string => {
    if (share > 0) first ??= { share, at: Date.now() };
    if (first === undefined || first.share >= 1) return detail;
    const done = (share - first.share) / (1 - first.share);
    return [detail, timeLeft(done, Date.now() - first.at)].filter(Boolean).join(', ');
  };
  if (!process.stdout.isTTY) {
    let last = 0;
    return {
      at: (share, detail) => {
        if (signal?.aborted === true || Date.now() - last < PROGRESS_INTERVAL_MS) return;
        last = Date.now();
        console.log(`${title} ${Math.floor(share * 100)} % ${described(share, detail)}`);
      },
      end: () => {},
    };
  }
  const bar = new SingleBar(
    { format: `${title} {bar} {percentage} % | {detail}`, hideCursor: true },
    Presets.shades_classic,
  );
  bar.start(1000, 0, { detail: '' });
  signal?.addEventListener('abort', () => bar.stop());
  return {
    at: (share, detail) => bar.update(Math.floor(share * 1000), { detail: described(share, detail) }),
    end: () => bar.stop(),
  };
}
