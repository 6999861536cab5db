import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';

/**
 * Preloaded into a service under test (`node --require`). Appends one line per 200 ms to LOOP_DELAY_FILE: the longest time between two ticks of
 * the main event loop in ms, and the most processor time of the main thread between two ticks in ms. Other processes on a busy machine affect the
 * first, not the second.
 */
const file = process.env.LOOP_DELAY_FILE;
const SCHEDULED = `/proc/self/task/${process.pid}/schedstat`;

const cpuMs = (): number => (existsSync(SCHEDULED) ? Number(readFileSync(SCHEDULED, 'latin1').split(' ')[0]) / 1e6 : 0);

if (isMainThread && file !== undefined) {
  let [at, cpu] = [performance.now(), cpuMs()];
  let longest = { wall: 0, cpu: 0 };
  setInterval(() => {
    const now = { at: performance.now(), cpu: cpuMs() };
    longest = { wall: Math.max(longest.wall, now.at - at), cpu: Math.max(longest.cpu, now.cpu - cpu) };
    [at, cpu] = [now.at, now.cpu];
  }, 4).unref();
  setInterval(() => {
    appendFileSync(file, `${Math.round(longest.wall)} ${Math.round(longest.cpu)}\n`);
    longest = { wall: 0, cpu: 0 };
  }, 200).unref();
}
