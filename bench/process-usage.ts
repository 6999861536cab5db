import { readFileSync } from 'node:fs';

const TICK_MS = 10;

/** CPU time of all threads of a process in milliseconds; undefined when it is not available. */
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

/** Memory of a process in MB: anonymous, mapped files (page cache), and the peak of both. */
export function memoryOf(pid: number): Record<'anonymous MB' | 'mapped files MB' | 'peak MB', number | string> {
  let status = '';
  try {
    status = readFileSync(`/proc/${pid}/status`, 'utf8');
  } catch {
    // Available on Linux only.
  }
  const mb = (field: string): number | string => {
    const kb = new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status)?.[1];
    return kb === undefined ? '' : Math.round(Number(kb) / 1024);
  };
  return { 'anonymous MB': mb('RssAnon'), 'mapped files MB': mb('RssFile'), 'peak MB': mb('VmHWM') };
}
