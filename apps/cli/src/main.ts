#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command, Option } from 'commander';
import { runEventStoreNode } from '@app/embedded/event-store-node/event-store-node';
import { loadEnvFile, loadSettings, misspeltSettings } from '@app/settings/settings';
import { SCOPES, Sites } from '@app/sites/sites';
import { UsdRates } from '@app/sites/usd-rates';
import { Cancelled } from './cancellation';
import { explain } from './command-error';
import { copyEventsCommand } from './copy-events.command';
import { importCommand, type ImportOptions } from './import.command';
import { listRates, loadRates } from './rates.command';
import type { RebuildCommandOptions } from './rebuild.command';
import type { RepairCommandOptions } from './repair.command';
import type { VerifyCommandOptions } from './verify.command';
import { expiry, label, position, scopeList, wholeNumber } from './options';
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
  .description('Commands of the purchasing service. Settings are environment variables: see docs/configuration.md.')
  .version(version)
  .configureHelp({ showGlobalOptions: true });

/** Runs a function on the sites and prints its result. */
const onSites = (work: (sites: Sites) => Promise<string>): Promise<void> =>
  withEventStore(loadSettings(), async (store) => console.log(await work(new Sites(store))));

const sites = program.command('sites').description('manage sites, the tenants of the service');
sites
  .command('create')
  .description('create a site')
  .argument('<site>', 'letters, digits, ".", "_" and "-"')
  .action((site: string) => onSites((all) => createSite(all, site)));
sites
  .command('list')
  .description('list all sites')
  .action(() => onSites(listSites));

const credentials = program.command('credentials').description('manage the credentials with which clients get tokens');
credentials
  .command('issue')
  .description('issue a credential and show its secret once')
  .argument('<site>', 'the site of the credential')
  .option('--scopes <list>', `comma-separated, of ${SCOPES.join(',')}`, scopeList, [...SCOPES])
  .option('--label <text>', 'purpose of the credential', label)
  .option(
    '--expires <when>',
    'after a number of days ("90d") or at a time ("2027-01-31", "2027-01-31T12:00:00Z")',
    expiry,
  )
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
  .description('send the orders of an invoice file (CSV, plain or gzipped) to the HTTP API of a running service')
  .argument('<file>', 'a file of the Online Retail data set')
  .option('--limit <n>', 'maximum number of invoices and credit notes (default: all)', wholeNumber(1))
  .option('--concurrency <n>', 'number of concurrent orders', wholeNumber(1), 16)
  .option('--url <url>', 'URL of the API (default: from DATA_DIR/demo.json)')
  .option('--site <site>', 'the site (default: the demo site)')
  .option('--client-id <id>', 'client id of the credential; its secret in CLIENT_SECRET (default: the demo credential)')
  .action(async (file: string, options: ImportOptions) => {
    if (!(await importCommand(file, loadSettings(), options))) process.exitCode = 1;
  });

// Loaded on demand: TypeORM takes longer to load than most commands take to run.
program
  .command('migrate')
  .description('run the migrations of the read model, as every start of the service does')
  .action(async () => (await import('./migrate.command')).migrateCommand(loadSettings()));

program
  .command('rebuild')
  .description('build a new read model from the history beside the live one, and switch to it when it has caught up')
  .argument('[projection]', 'the name of a projection, or all: they share one checkpoint and are always built together')
  .addOption(
    new Option(
      '--rollback',
      'restore the tables that the last rebuild replaced; they are kept until the next rebuild',
    ).conflicts(['at', 'anew', 'gentle', 'acceptQuarantined']),
  )
  .addOption(
    new Option(
      '--at <moment>',
      'build the tables of a past moment, a position of $all or a time, in a schema of their own',
    ).conflicts(['anew', 'acceptQuarantined']),
  )
  .option('--anew', 'start from the beginning although a rebuild that was killed could be continued')
  .option('--gentle', 'work a quarter of the time, so that calls of the service are delayed little')
  .option('--accept-quarantined', 'switch even if it quarantines purchases that are not in quarantine now')
  .action(async (projection: string | undefined, options: RebuildCommandOptions) =>
    (await import('./rebuild.command')).rebuildCommand(loadSettings(), { ...options, projection }),
  );

/** Sets exit code 1 when a check fails. */
const checking = async (isInOrder: Promise<boolean>): Promise<void> => {
  if (!(await isInOrder)) process.exitCode = 1;
};

program
  .command('verify')
  .description('compare the read model with the history while the service runs; exit code 1 where they differ')
  .addOption(
    new Option('--sample <n>', 'at most so many purchases, chosen at random')
      .argParser(wholeNumber(1))
      .conflicts(['since', 'purchase']),
  )
  .option('--since <position>', 'only purchases with events after this event, given by its position of $all', position)
  .addOption(new Option('--purchase <id>', 'only this purchase').conflicts('since'))
  .action(async (options: VerifyCommandOptions) =>
    checking((await import('./verify.command')).verifyCommand(loadSettings(), options)),
  );

program
  .command('repair')
  .description('rebuild the rows of single purchases in place, and verify them')
  .argument('[purchase]', 'the id of a purchase')
  .option('--site <site>', 'every purchase of a site')
  .action(async (purchase: string | undefined, options: RepairCommandOptions) =>
    checking((await import('./repair.command')).repairCommand(loadSettings(), purchase, options)),
  );

const quarantine = program
  .command('quarantine')
  .description('list and release purchases that the projection cannot process');
quarantine
  .command('list')
  .description('list quarantined purchases with event, error, attempts, and time of the first and the last attempt')
  .action(async () => (await import('./quarantine.command')).listQuarantineCommand(loadSettings()));
for (const [release, does] of [
  ['retry', 'continue a purchase, or all, from the event that failed'],
  ['replay', 'remove the rows of a purchase, or all, and project the whole history again'],
] as const)
  quarantine
    .command(release)
    .description(`${does}; exit code 1 if one fails again`)
    .argument('[purchase]', 'the id of a purchase (default: all in quarantine)')
    .action(async (purchase: string | undefined) =>
      checking((await import('./quarantine.command')).releaseCommand(loadSettings(), release, purchase)),
    );

program
  .command('copy-events')
  .description(
    'copy the history from one event store to another with the same order, ids and bytes; an interrupted copy resumes when repeated',
  )
  .requiredOption('--from <url>', 'connection string of the source')
  .requiredOption('--to <url>', 'connection string of the target: empty, or with an interrupted copy')
  .action((options: { from: string; to: string }) => copyEventsCommand(options));

program
  .command('event-store')
  .description(
    'run only the embedded event-store node, for any client of EventStoreDB; every local account can connect',
  )
  .requiredOption('--data <dir>', 'the folder of its log')
  .option('--port <n>', 'port of the loopback interface; 0 selects a free port', wholeNumber(0), 2113)
  .action(({ data, port }: { data: string; port: number }) => runEventStoreNode({ dataDir: data, port }));

/** Reports output that is lost: `console` ignores the error. Work goes on, as it does for a reader that has seen enough and left. */
function watchOutput(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') return;
    if (process.exitCode === undefined) console.error(`the output cannot be written: ${explain(error)}`);
    process.exitCode = 1;
  });
}

async function main(): Promise<void> {
  watchOutput();
  loadEnvFile();
  for (const warning of misspeltSettings()) console.error(warning);
  await program.parseAsync();
  // Once nothing is open any more: Node.js 20 was seen to loop forever when it released the environment of a process that had used threads.
  process.once('beforeExit', () => process.exit());
}

main().catch((error: unknown) => {
  console.error(explain(error));
  process.exit(error instanceof Cancelled ? error.exitCode : 1);
});
