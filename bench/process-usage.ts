import { readFileSync } from 'node:fs';

const TICK_MS = 10;

/** Processor time that a process has used, all threads, in milliseconds; undefined where the system does not say. */
export function cpuMs(pid: number | undefined): number | undefined {
  if (pid === process.pid) {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1000;
  }
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
  } catch {
    return undefined;
  }
}
