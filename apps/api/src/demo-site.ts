import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Settings } from '@app/settings/settings';
import type { Sites } from '@app/sites/sites';

/** Content of `demo.json`. Only this file and the banner contain the secret of the demo site in clear text. */
export interface DemoSite {
  site: string;
  client_id: string;
  client_secret: string;
  url: string;
}

const SITE = 'demo';

const isLoopback = (host: string): boolean => host === 'localhost' || host === '::1' || host.startsWith('127.');

/** By default true only when the service listens on loopback with embedded stores, because the credential of the demo site has every scope. */
export const wantsDemoSite = ({ demoSite, eventStoreUrl, databaseUrl, host }: Settings): boolean =>
  demoSite ?? (eventStoreUrl === undefined && databaseUrl === undefined && isLoopback(host));

function readDemo(file: string): Partial<DemoSite> {
  try {
    return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Partial<DemoSite>) : {};
  } catch {
    return {};
  }
}

/** Returns the demo site with a valid credential: the one in `demo.json`, or a new one. @throws EventStoreUnavailable */
export async function prepareDemoSite(sites: Sites, dataDir: string, url: string): Promise<DemoSite> {
  const file = join(dataDir, 'demo.json');
  const { client_id = '', client_secret = '' } = readDemo(file);
  const works = client_id !== '' && (await sites.authenticate(SITE, client_id, client_secret)) !== undefined;
  const issued = works
    ? { clientId: client_id, clientSecret: client_secret }
    : await sites.issue(SITE, undefined, { label: 'Demo' });
  const demo: DemoSite = { site: SITE, client_id: issued.clientId, client_secret: issued.clientSecret, url };
  writeFileSync(file, `${JSON.stringify(demo, null, 2)}\n`, { mode: 0o600 });
  return demo;
}
