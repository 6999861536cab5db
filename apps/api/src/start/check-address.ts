import { createServer } from 'node:net';
import { StartError } from './start-error';

/** Describes a failed listen and how to correct it. */
function explain(host: string, port: number, code = ''): string {
  if (code === 'EADDRINUSE') return `port ${port} on ${host} is taken: set PORT to another one`;
  if (code === 'EACCES') return `port ${port} may not be used by this account: set PORT to another one, 1024 or higher`;
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND' || code === 'EAI_AGAIN' || code === 'EINVAL')
    return `${host} is no address of this machine: set HOST to another one, for instance 127.0.0.1 or 0.0.0.0`;
  return `cannot listen on port ${port} of ${host} (${code}): check HOST and PORT`;
}

/** Checks that the server can listen on the address. @throws StartError */
export function checkAddress({ host, port }: { host: string; port: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', ({ code }: NodeJS.ErrnoException) => reject(new StartError(explain(host, port, code))));
    probe.listen(port, host, () => probe.close(() => resolve()));
  });
}
