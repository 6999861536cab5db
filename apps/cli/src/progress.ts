import { Presets, SingleBar } from 'cli-progress';

export interface Progress {
  /** `share` from 0 to 1. */
  at: (share: number, words: string) => void;
  end: () => void;
}

const LINE_EVERY_MS = 5_000;

/** A bar where somebody looks, a line now and then where a file is written. */
export function showProgress(title: string): Progress {
  if (!process.stdout.isTTY) {
    let last = 0;
    return {
      at: (share, words) => {
        if (Date.now() - last < LINE_EVERY_MS) return;
        last = Date.now();
        console.log(`${title} ${Math.floor(share * 100)} % ${words}`);
      },
      end: () => {},
    };
  }
  const bar = new SingleBar(
    { format: `${title} {bar} {percentage} % | {eta_formatted} left | {words}`, hideCursor: true },
    Presets.shades_classic,
  );
  bar.start(1000, 0, { words: '' });
  return { at: (share, words) => bar.update(Math.floor(share * 1000), { words }), end: () => bar.stop() };
}
