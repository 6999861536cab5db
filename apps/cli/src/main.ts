#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { runEventStoreNode } from '@app/embedded/event-store-node/event-store-node';
import { loadEnvFile, loadSettings, misspeltSettings } from '@app/settings/settings';
import { SCOPES, Sites } from '@app/sites/sites';
import { UsdRates } from '@app/sites/usd-rates';
import { explain } from './command-error';
import { copyEventsCommand } from './copy-events.command';
import { importCommand, type ImportOptions } from './import.command';
import { listRates, loadRates } from './rates.command';
import type { RebuildCommandOptions } from './rebuild.command';
import type { RepairCommandOptions } from './repair.command';
import type { VerifyCommandOptions } from './verify.command';
import { expiry, label, scopeList, wholeNumber } from './options';
import {
  createSite,
  issueCredential,
  type IssueOptions,
  listCredentials,
  listSites,
  revokeCredential,
} from './sites.command';
import { withEventStore } from './stores';

const { version } = JSON.parse(readFileSync(join(__dirname, '../../../../package.json'), 'utf8')) as {
  version: string;
};

const program = new Command('purchasing-service')
  .description('Commands of the purchasing service. Settings by environment, as in docs/configuration.md.')
  .version(version)
  .configureHelp({ showGlobalOptions: true });

/** Runs a function on the sites and prints its result. */
const onSites = (work: (sites: Sites) => Promise<string>): Promise<void> =>
  withEventStore(loadSettings(), async (store) => console.log(await work(new Sites(store))));

const sites = program.command('sites').description('sites: the tenants of the service');
sites
  .command('create')
  .description('create a site')
  .argument('<site>', 'letters, digits, ".", "_" and "-"')
  .action((site: string) => onSites((all) => createSite(all, site)));
sites
  .command('list')
  .description('list all sites')
  .action(() => onSites(listSites));

const credentials = program.command('credentials').description('credentials: what clients get their tokens with');
credentials
  .command('issue')
  .description('issue a credential and show its secret, once')
  .argument('<site>', 'the site that it is for')
  .option('--scopes <list>', `some of ${SCOPES.join(',')}`, scopeList, [...SCOPES])
  .option('--label <text>', 'what it is for', label)
  .option('--expires <when>', 'in so many days ("90d"), or at a time ("2027-01-31", "2027-01-31T12:00:00Z")', expiry)
  .option('--json', 'print JSON')
  .action((site: string, options: IssueOptions) => onSites((all) => issueCredential(all, site, options)));
credentials
  .command('list')
  .description('list the credentials of a site, revoked and expired ones included')
  .argument('<site>')
  .action((site: string) => onSites((all) => listCredentials(all, site)));
credentials
  .command('revoke')
  .description('revoke a credential; its tokens end within 10 s')
  .argument('<site>')
  .argument('<client-id>')
  .action((site: string, clientId: string) => onSites((all) => revokeCredential(all, site, clientId)));

const rates = program.command('rates').description('US dollar rates, which give orders their total in US dollars');
rates
  .command('load')
  .description('load rates from a CSV file with the columns day, currency and rate; a rate of the same day is replaced')
  .argument('<site>')
  .argument('<file>')
  .action((site: string, file: string) =>
    withEventStore(loadSettings(), async (store) =>
      console.log(await loadRates(new Sites(store), new UsdRates(store), site, file)),
    ),
  );
rates
  .command('list')
  .description('list the rates of a currency, the newest day first')
  .argument('<site>')
  .argument('<currency>', 'an ISO 4217 code')
  .action((site: string, currency: string) =>
    withEventStore(loadSettings(), async (store) => console.log(await listRates(new UsdRates(store), site, currency))),
  );

program
  .command('import')
  .description('play an invoice file (CSV, gzipped or not) through the HTTP API of a running service')
  .argument('<file>', 'a file of the Online Retail data set')
  .option('--limit <n>', 'at most so many invoices and credit notes (default: all)', wholeNumber(1))
  .option('--concurrency <n>', 'so many orders at once', wholeNumber(1), 16)
  .option('--url <url>', 'the API (default: that of DATA_DIR/demo.json)')
  .option('--site <site>', 'the site (default: the demo site)')
  .option('--client-id <id>', 'the credential; its secret in CLIENT_SECRET (default: that of the demo site)')
  .action(async (file: string, options: ImportOptions) => {
    if (!(await importCommand(file, loadSettings(), options))) process.exitCode = 1;
  });

// Loaded on demand: TypeORM takes longer to load than most commands take to run.
program
  .command('migrate')
  .description('bring the tables of the read model to this version, as every start of the service does')
  .action(async () => (await import('./migrate.command')).migrateCommand(loadSettings()));

program
  .command('rebuild')
  .description('build the read model anew from the history, beside the live one, and switch when it has caught up')
  .option('--rollback', 'bring back the tables that the last rebuild replaced, which are kept until the next one')
  .option('--accept-quarantined', 'switch also when it quarantines purchases that are not in quarantine now')
  .action(async (options: RebuildCommandOptions) =>
    (await import('./rebuild.command')).rebuildCommand(loadSettings(), options),
  );

/** Sets exit code 1 when a check fails. */
const checking = async (isInOrder: Promise<boolean>): Promise<void> => {
  if (!(await isInOrder)) process.exitCode = 1;
};

program
  .command('verify')
  .description('compare the read model with the history while the service runs; exit code 1 where they differ')
  .option('--sample <n>', 'at most so many purchases, chosen at random', wholeNumber(1))
  .option('--since <position>', 'only purchases with events after this commit position')
  .option('--purchase <id>', 'only this purchase')
  .action(async (options: VerifyCommandOptions) =>
    checking((await import('./verify.command')).verifyCommand(loadSettings(), options)),
  );

program
  .command('repair')
  .description('build the rows of single purchases anew in place, and verify them')
  .argument('[purchase]', 'the id of a purchase')
  .option('--site <site>', 'every purchase of a site')
  .action(async (purchase: string | undefined, options: RepairCommandOptions) =>
    checking((await import('./repair.command')).repairCommand(loadSettings(), purchase, options)),
  );

const quarantine = program.command('quarantine').description('purchases that the projection has stopped at');
quarantine
  .command('list')
  .description('list them with event, error, attempts, first and last time')
  .action(async () => (await import('./quarantine.command')).listQuarantineCommand(loadSettings()));
for (const [release, does] of [
  ['retry', 'go on with a purchase, or all, from the event that was refused'],
  ['replay', 'remove the rows of a purchase, or all, and fold their whole history'],
] as const)
  quarantine
    .command(release)
    .description(`${does}; exit code 1 where one is refused again`)
    .argument('[purchase]', 'the id of a purchase (default: every one in quarantine)')
    .action(async (purchase: string | undefined) =>
      checking((await import('./quarantine.command')).releaseCommand(loadSettings(), release, purchase)),
    );

program
  .command('copy-events')
  .description(
    'copy the history from one event store to another, order, ids and bytes kept; stopped, it goes on when run again',
  )
  .requiredOption('--from <url>', 'connection string of the source')
  .requiredOption('--to <url>', 'connection string of the target: empty, or as an interrupted copy left it')
  .action((options: { from: string; to: string }) => copyEventsCommand(options));

program
  .command('event-store')
  .description('run the embedded event-store node alone, for any client of EventStoreDB and every local account')
  .requiredOption('--data <dir>', 'the folder of its log')
  .option('--port <n>', 'port on loopback; 0: any free one', wholeNumber(0), 2113)
  .action(({ data, port }: { data: string; port: number }) => runEventStoreNode({ dataDir: data, port }));

async function main(): Promise<void> {
  loadEnvFile();
  for (const warning of misspeltSettings()) console.error(warning);
  await program.parseAsync();
}

main().catch((error: unknown) => {
  console.error(explain(error));
  process.exit(1);
});
