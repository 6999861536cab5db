import { createServer } from 'node:net';
import { type Settings, SettingsError } from './settings';

/** Describes a failed listen and how to correct it. */
function explain(host: string, port: number, setting: string, code = ''): string {
  if (code === 'EADDRINUSE') return `port ${port} on ${host} is taken: set ${setting} to another one`;
  if (code === 'EACCES')
    return `port ${port} may not be used by this account: set ${setting} to another one, 1024 or higher`;
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND' || code === 'EAI_AGAIN' || code === 'EINVAL')
    return `${host} is no address of this machine: set HOST to another one, for instance 127.0.0.1 or 0.0.0.0`;
  return `cannot listen on port ${port} of ${host} (${code}): check HOST and ${setting}`;
}

/** Checks that this process can listen on an address. @param setting the setting of the port @throws SettingsError */
export function checkAddress(host: string, port: number, setting: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', ({ code }: NodeJS.ErrnoException) =>
      reject(new SettingsError(explain(host, port, setting, code))),
    );
    probe.listen(port, host, () => probe.close(() => resolve()));
  });
}

/** Checks that the API, and the metrics if they are served, can listen on their addresses. @throws SettingsError */
export async function checkAddresses({ host, port, metricsPort }: Settings): Promise<void> {
  await checkAddress(host, port, 'PORT');
  if (metricsPort === undefined) return;
  if (metricsPort === port && port !== 0)
    throw new SettingsError(`PORT and METRICS_PORT are both ${port}: set METRICS_PORT to another one`);
  await checkAddress(host, metricsPort, 'METRICS_PORT');
}
