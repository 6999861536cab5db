import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Settings } from '@app/settings/settings';
import { ApiClient, type ApiCredentials } from './api-client';
import { cancellable, untilCancelled } from './cancellation';
import { CommandError } from './command-error';
import { describeImport, planFile, sendPlan } from './import/import-file';
import { showProgress } from './progress';

export interface ImportOptions {
  /** Default: all. */
  limit?: number;
  concurrency: number;
  url?: string;
  site?: string;
  clientId?: string;
  clientSecret?: string;
}

interface DemoFile {
  url?: string;
  site?: string;
  client_id?: string;
  client_secret?: string;
}

/** The API credentials: from the options, else those of the demo site in the data folder. @throws CommandError */
function credentialsOf({ dataDir }: Settings, options: ImportOptions): ApiCredentials {
  let demo: DemoFile = {};
  try {
    demo = JSON.parse(readFileSync(join(dataDir, 'demo.json'), 'utf8')) as DemoFile;
  } catch {
    // Without `demo.json` the options must contain the credentials.
  }
  const url = options.url ?? demo.url;
  const site = options.site ?? demo.site;
  const clientId = options.clientId ?? demo.client_id;
  const clientSecret = options.clientSecret ?? process.env.CLIENT_SECRET ?? demo.client_secret;
  if (url === undefined || site === undefined || clientId === undefined || clientSecret === undefined)
    throw new CommandError(
      `no credentials in ${dataDir}/demo.json: run npm start first, or set --url, --site, --client-id and CLIENT_SECRET`,
    );
  if (!/^https?:$/.test(URL.canParse(url) ? new URL(url).protocol : ''))
    throw new CommandError(`--url ${url} is not a URL: it must begin with http:// or https://`);
  return { url, site, clientId, clientSecret };
}

/** `cli import FILE`: sends the orders of an invoice file to the HTTP API. Returns false when a PUT failed. @throws CommandError, Cancelled */
export async function importCommand(file: string, settings: Settings, options: ImportOptions): Promise<boolean> {
  const api = new ApiClient(credentialsOf(settings, options));
  await api.connect();
  const plan = await planFile(file, options.limit);
  return cancellable(
    'the import was cancelled; what it had sent stays, and the same command sends the rest',
    async (signal) => {
      const sent = sendPlan(plan, api, options.concurrency, showProgress('import', signal));
      const report = await untilCancelled(signal, sent);
      console.log(describeImport(report));
      return report.failures.count === 0;
    },
  );
}
