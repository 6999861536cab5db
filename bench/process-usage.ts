import { readdirSync, readFileSync } from 'node:fs';

const TICK_MS = 10;

/** The fields of a /proc stat file after the process name; the first is the state. */
function statFields(file: string): string[] {
  const stat = readFileSync(file, 'utf8');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

/** CPU time of all threads of a process in milliseconds; undefined when it is not available. */
export function cpuMs(pid: number | undefined): number | undefined {
  if (pid === process.pid) {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1000;
  }
  try {
    const fields = statFields(`/proc/${pid}/stat`);
    return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
  } catch {
    return undefined;
  }
}

/** CPU time of the ended child processes of a process in milliseconds, for example of closed Postgres sessions. */
export function endedChildrenCpuMs(pid: number): number {
  try {
    const fields = statFields(`/proc/${pid}/stat`);
    return (Number(fields[13]) + Number(fields[14])) * TICK_MS;
  } catch {
    return 0;
  }
}

/** CPU time of each thread of a process in milliseconds, by thread id; empty when it is not available. The main thread has the id of the process. */
export function threadCpuMs(pid: number): Map<number, number> {
  const used = new Map<number, number>();
  try {
    for (const thread of readdirSync(`/proc/${pid}/task`)) {
      const fields = statFields(`/proc/${pid}/task/${thread}/stat`);
      used.set(Number(thread), (Number(fields[11]) + Number(fields[12])) * TICK_MS);
    }
  } catch {
    // Available on Linux only, and a thread may end meanwhile.
  }
  return used;
}

/** The name of a thread; empty when it is not available. */
export function threadName(pid: number, thread: number): string {
  try {
    return readFileSync(`/proc/${pid}/task/${thread}/comm`, 'utf8').trim();
  } catch {
    return '';
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
