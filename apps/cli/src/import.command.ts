import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Settings } from '@app/settings/settings';
import { ApiClient, type ApiCredentials } from './api-client';
import { describeImport, planFile, playPlan } from './import/import-file';
import { showProgress } from './progress';

export interface ImportOptions {
  limit: number;
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

/** Who calls the API: as the options say, else the demo site of the data folder. @throws Error saying what to do */
function credentialsOf({ dataDir }: Settings, options: ImportOptions): ApiCredentials {
  let demo: DemoFile = {};
  try {
    demo = JSON.parse(readFileSync(join(dataDir, 'demo.json'), 'utf8')) as DemoFile;
  } catch {
    // Then the options must say it.
  }
  const url = options.url ?? demo.url;
  const site = options.site ?? demo.site;
  const clientId = options.clientId ?? demo.client_id;
  const clientSecret = options.clientSecret ?? process.env.CLIENT_SECRET ?? demo.client_secret;
  if (url === undefined || site === undefined || clientId === undefined || clientSecret === undefined)
    throw new Error(
      `no credentials in ${dataDir}/demo.json: run npm start first, or name --url, --site, --client-id and CLIENT_SECRET`,
    );
  return { url, site, clientId, clientSecret };
}

/** `cli import FILE`: plays an invoice file through the HTTP API. True when no PUT failed. */
export async function importCommand(file: string, settings: Settings, options: ImportOptions): Promise<boolean> {
  const api = new ApiClient(credentialsOf(settings, options));
  const plan = await planFile(file, options.limit);
  const report = await playPlan(plan, api, options.concurrency, showProgress('import'));
  api.close();
  console.log(describeImport(report));
  return report.failures.count === 0;
}
