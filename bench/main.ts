import { benchCopy } from './copy';
import { benchCrud } from './crud';
import { benchDiff } from './diff';
import { benchDomain } from './domain';
import { benchEventStore } from './event-store';
import { benchGrowth } from './growth';
import { benchHeavy } from './heavy';
import { benchHot } from './hot';
import { benchHttp } from './http';
import { benchLag } from './lag';
import { benchProcesses } from './processes';
import { benchRebuild } from './rebuild';
import { benchVerify } from './verify';
import { benchWrites } from './writes';
import { benchLog } from './log';

const BENCHES: Record<string, () => void | Promise<void>> = {
  domain: benchDomain,
  diff: () => benchDiff(),
  'event-store': benchEventStore,
  copy: benchCopy,
  writes: benchWrites,
  http: benchHttp,
  hot: benchHot,
};

/**
 * `npm run bench [-- NAME …]`: runs all benchmarks, or the named ones. Run only if named: `log [COUNT]`, a long log;
 * `rebuild [FILE [LIMIT]|COUNT]`, a rebuild of the read model; `verify [COUNT]`; `lag`, the time until rows are visible; `processes`, changes through
 * several API processes; `growth [PURCHASES]`, the same calls with few and with many purchases and revisions; `heavy [NAME]`, small PUTs during heavy
 * loads; `crud`, this service and two plain ones, and pages of lists and timelines; `crud pages`, those alone.
 */
async function main(): Promise<void> {
  const wanted = process.argv.slice(2);
  if (wanted[0] === 'crud') return benchCrud(wanted[1]);
  if (wanted[0] === 'growth') return benchGrowth(wanted[1] === undefined ? undefined : Number(wanted[1]));
  if (wanted[0] === 'heavy') return benchHeavy(wanted[1]);
  if (wanted[0] === 'processes') return benchProcesses();
  if (wanted[0] === 'lag') return benchLag();
  if (wanted[0] === 'verify') return benchVerify(wanted[1] === undefined ? undefined : Number(wanted[1]));
  if (wanted[0] === 'log') return benchLog(wanted[1] === undefined ? undefined : Number(wanted[1]));
  if (wanted[0] === 'rebuild') return benchRebuild(wanted[1], wanted[2] === undefined ? undefined : Number(wanted[2]));
  for (const [name, bench] of Object.entries(BENCHES)) if (wanted.length === 0 || wanted.includes(name)) await bench();
}

main().catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
