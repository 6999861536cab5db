#!/usr/bin/env node
import { Command, InvalidArgumentError } from 'commander';
import { runEventStoreNode } from '@app/embedded/event-store-node/event-store-node';
import { loadEnvFile, loadSettings } from '@app/settings/settings';
import { copyEventsCommand } from './copy-events.command';
import { importCommand, type ImportOptions } from './import.command';
import { rebuildCommand } from './rebuild.command';

const wholeNumber = (text: string): number => {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('a whole number is needed');
  return Number(text);
};

const program = new Command('purchasing-service')
  .description('Commands of the purchasing service. Settings by environment, as in the README.')
  .configureHelp({ showGlobalOptions: true });

program
  .command('import')
  .description('play an invoice file (CSV, gzipped or not) through the HTTP API of a running service')
  .argument('<file>', 'a file of the Online Retail data set')
  .option('--limit <n>', 'at most so many invoices and credit notes', wholeNumber, Number.MAX_SAFE_INTEGER)
  .option('--concurrency <n>', 'so many orders at once', wholeNumber, 16)
  .option('--url <url>', 'the API (default: that of DATA_DIR/demo.json)')
  .option('--site <site>', 'the site (default: the demo site)')
  .option('--client-id <id>', 'the credential; its secret in CLIENT_SECRET (default: that of the demo site)')
  .action(async (file: string, options: ImportOptions) => {
    if (!(await importCommand(file, loadSettings(), options))) process.exitCode = 1;
  });

program
  .command('rebuild')
  .description('make the read model anew from the history, beside the live one, and switch when it has caught up')
  .action(() => rebuildCommand(loadSettings()));

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
  .description('run the embedded event-store node alone, for any client of EventStoreDB')
  .requiredOption('--data <dir>', 'the folder of its log')
  .option('--port <n>', 'port on loopback; 0: any free one', wholeNumber, 2113)
  .action(({ data, port }: { data: string; port: number }) => runEventStoreNode({ dataDir: data, port }));

loadEnvFile();
program.parseAsync().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : String(error));
  process.exit(1);
});
