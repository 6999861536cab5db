import { spawn } from 'node:child_process';
import { mkdtempSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Sites } from '@app/sites/sites';
import { connectEventStoreDb } from '@app/event-store/eventstoredb/eventstoredb-event-store';
import { timeLeft } from '../apps/cli/src/progress';
import { end, type NodeProcess, startNodeProcess } from './processes';

/** Allows for a slow or busy machine. */
jest.setTimeout(300_000);

const CLI = resolve(__dirname, '../dist/apps/cli/src/main.js');

interface Run {
  code: number | null;
  stdout: string;
  stderr: string;
}

function cli(args: string[], env: Record<string, string> = {}): Promise<Run> {
  const child = spawn(process.execPath, [CLI, ...args], { env: { PATH: process.env.PATH, ...env }, cwd: folder });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  return new Promise((done) =>
    child.once('close', (code) => done({ code, stdout: stdout.trim(), stderr: stderr.trim() })),
  );
}

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'cli-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('cli sites and cli credentials', () => {
  let node: NodeProcess;
  const on = (...args: string[]): Promise<Run> => cli(args, { EVENTSTORE_URL: node.url });
  beforeAll(async () => {
    node = await startNodeProcess(join(folder, 'event-store'));
  });
  afterAll(() => end(node.child, 'SIGKILL'));

  it('create sites; issue, list and revoke credentials', async () => {
    expect(await on('sites', 'list')).toMatchObject({ code: 0, stdout: 'there are no sites' });
    expect((await on('credentials', 'issue', 'acme')).stderr).toMatch(/^site acme does not exist: /);
    expect((await on('sites', 'create', 'acme')).code).toBe(0);
    expect(await on('sites', 'create', 'acme')).toMatchObject({ code: 1, stderr: 'site acme already exists' });
    expect((await on('sites', 'list')).stdout).toMatch(/^site +created\nacme +\S+Z$/);

    const issued = await on(
      'credentials',
      'issue',
      'acme',
      '--scopes',
      'read,write',
      '--label',
      'ERP',
      '--expires',
      '2d',
      '--json',
    );
    const {
      client_id: id,
      client_secret: secret,
      scopes,
    } = JSON.parse(issued.stdout) as {
      client_id: string;
      client_secret: string;
      scopes: string[];
    };
    expect(scopes).toEqual(['read', 'write']);
    const store = connectEventStoreDb(node.url);
    expect(await new Sites(store).authenticate('acme', id, secret)).toMatchObject({ label: 'ERP' });
    const listed = await on('credentials', 'list', 'acme');
    expect(listed.stdout).toMatch(new RegExp(`${id} +active +read,write +\\S+Z +\\S+Z +ERP$`));
    expect(listed.stdout).not.toContain(secret);
    expect((await on('credentials', 'revoke', 'acme', id)).code).toBe(0);
    expect((await on('credentials', 'revoke', 'acme', id)).code).toBe(1);
    expect((await on('credentials', 'list', 'acme')).stdout).toMatch(/ revoked /);
    expect(await new Sites(store).authenticate('acme', id, secret)).toBeUndefined();
    await store.close();
  });

  it('load and list US dollar rates', async () => {
    const file = join(folder, 'rates.csv');
    writeFileSync(file, 'day,currency,rate\n2026-01-02,GBP,1.2734\n2026-01-05,GBP,1.28\n2026-01-05,EUR,1.1\n');
    expect((await on('rates', 'load', 'rated', file)).stderr).toMatch(/^site rated does not exist: /);
    await on('sites', 'create', 'rated');
    expect((await on('rates', 'load', 'rated', file)).stdout).toBe('3 rates read, 3 of them new or changed');
    expect((await on('rates', 'load', 'rated', file)).stdout).toBe('3 rates read, 0 of them new or changed');
    expect((await on('rates', 'list', 'rated', 'GBP')).stdout).toMatch(
      /^day +currency +rate\n2026-01-05 +GBP +1\.28\n2026-01-02 +GBP +1\.2734$/,
    );
    expect((await on('rates', 'load', 'rated', folder)).stderr).toBe(`${folder} is a folder`);
    expect((await on('rates', 'load', 'rated', `${file}x`)).stderr).toBe(`${file}x does not exist`);
    writeFileSync(file, 'day,currency,rate\n2026-01-02,GBP,1.2734\n2026-02-30,GBP,1\n');
    const refused = await on('rates', 'load', 'rated', file);
    expect([refused.code, refused.stderr]).toEqual([1, `${file}, rate 2: "2026-02-30" is no day`]);
  });

  const onLinux = process.platform === 'linux' ? it : it.skip;
  onLinux('report a secret that a full disk did not take', async () => {
    const child = spawn(process.execPath, [CLI, 'credentials', 'issue', 'acme'], {
      env: { PATH: process.env.PATH, EVENTSTORE_URL: node.url },
      cwd: folder,
      stdio: ['ignore', openSync('/dev/full', 'w'), 'pipe'],
    });
    let stderr = '';
    child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    const code = await new Promise((done) => child.once('close', done));
    expect([code, stderr]).toEqual([
      1,
      'the output cannot be written: a file is on a disk that is full: free some space\n',
    ]);
  });

  it('refuse invalid options', async () => {
    for (const wrong of [
      ['--scopes', 'admin'],
      ['--expires', '2020-01-01'],
      ['--expires', 'soon'],
      ['--expires', '2027-02-30'],
      ['--expires', '2027-02-30T00:00:00Z'],
      ['--label', ' '],
    ])
      expect(await on('credentials', 'issue', 'acme', ...wrong)).toMatchObject({
        code: 1,
        stderr: expect.stringMatching(/^error: option '--\w+ <\w+>' argument '.*' is invalid\. [^\n]+$/) as string,
      });
  });
});

describe('cli import', () => {
  const credentials = ['--site', 's', '--client-id', 'c'];
  let api: Server;
  let url: string;
  beforeAll(async () => {
    // Refuses every credential like the API.
    api = createServer((_, response) => response.writeHead(401, { 'content-type': 'application/json' }).end('{}'));
    await new Promise<void>((done) => api.listen(0, '127.0.0.1', done));
    url = `http://127.0.0.1:${(api.address() as AddressInfo).port}`;
  });
  afterAll(() => api.close());
  const importFile = (file: string, ...more: string[]): Promise<Run> =>
    cli(['import', file, ...credentials, ...more], { CLIENT_SECRET: 'x', DATA_DIR: folder });

  it('reports an unreachable service and a wrong credential immediately', async () => {
    const closed = createServer();
    await new Promise<void>((done) => closed.listen(0, '127.0.0.1', done));
    const nowhere = `http://127.0.0.1:${(closed.address() as AddressInfo).port}`;
    await new Promise((done) => closed.close(done));
    expect(await importFile('x.csv', '--url', nowhere)).toEqual({
      code: 1,
      stdout: '',
      stderr: `${nowhere} does not answer (connection refused): is the service running there?`,
    });
    expect((await importFile('x.csv', '--url', url)).stderr).toBe(
      `${url} refuses the credential c: wrong site, client id or secret`,
    );
    expect((await cli(['import', 'x.csv'], { DATA_DIR: folder })).stderr).toMatch(
      /^no credentials in .*: run npm start/,
    );
    expect((await importFile('x.csv', '--url', 'localhost')).stderr).toMatch(/^--url localhost is not a URL/);
  });

  it('refuses files without invoices and invalid numbers', async () => {
    api.removeAllListeners('request');
    api.on('request', (_, response) =>
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"access_token":"t"}'),
    );
    writeFileSync(join(folder, 'empty.csv'), '');
    writeFileSync(join(folder, 'other.csv'), 'a,b\n1,2\n');
    writeFileSync(join(folder, 'torn.csv.gz'), 'no gzip');
    const errorOf = async (...args: string[]): Promise<string> => {
      const { code, stderr } = await importFile(args[0]!, '--url', url, ...args.slice(1));
      expect(code).toBe(1);
      return stderr;
    };
    expect(await errorOf('empty.csv')).toBe('empty.csv contains no invoice');
    expect(await errorOf('other.csv')).toMatch(
      /^other\.csv has no column InvoiceNo, .*: it is not a file of the Online Retail data set$/,
    );
    const columns = 'InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country';
    writeFileSync(join(folder, 'dates.csv'), `${columns}\n536365,85123A,MUG,6,12/1/2010 8:26,2.55,17850,France\n`);
    expect(await errorOf('dates.csv')).toBe(
      'dates.csv: the date "12/1/2010 8:26" of invoice 536365 is not like 2010-12-01 08:26:00',
    );
    expect(await errorOf('torn.csv.gz')).toBe('torn.csv.gz is not a complete gzip file');
    writeFileSync(join(folder, 'package.json'), '{\n  "name": "x"\n}\n');
    expect(await errorOf('package.json')).toMatch(
      /^package\.json is not a CSV file of the Online Retail data set: Invalid Opening Quote[^\n]+$/,
    );
    expect(await errorOf('.')).toBe('. is a folder: name a CSV file of the Online Retail data set');
    expect(await errorOf('missing.csv')).toBe('missing.csv does not exist');
    expect(await errorOf('other.csv', '--concurrency', '0')).toMatch(/it must be a whole number, 1 or more$/);
  });
});

describe('all commands', () => {
  it('do not create a data folder', async () => {
    const dataDir = join(folder, 'mistyped');
    for (const args of [['rebuild'], ['sites', 'list']])
      expect(await cli(args, { DATA_DIR: dataDir })).toEqual({
        code: 1,
        stdout: '',
        stderr: `there is no history in ${dataDir} and no service runs on it: check DATA_DIR, or set EVENTSTORE_URL`,
      });
    expect(readdirSync(folder)).not.toContain('mistyped');
  });

  it('refuse what is no purchase and no position before they connect', async () => {
    expect((await cli(['rebuild', 'orders'])).stderr).toBe(
      'there is no projection orders; there are purchases, timeline, customer-stats, daily-figures',
    );
    for (const moment of [
      'x',
      '-5',
      '2026'.padEnd(20, '0'),
      '2026-02-30',
      '2026-02-30T00:00:00Z',
      '2026-02-01T00:00:00',
    ])
      expect((await cli(['rebuild', `--at=${moment}`])).stderr).toBe(
        `--at ${moment} is neither a position, nor a day, nor a time with an offset ("2027-01-31T12:00:00Z")`,
      );
    expect((await cli(['rebuild', '--at', '9999-01-01T00:00:00Z'])).stderr).toBe(
      '--at 9999-01-01T00:00:00Z is in the future',
    );
    expect((await cli(['repair', 'x'])).stderr).toBe('x is not the id of a purchase');
    expect((await cli(['repair'])).stderr).toBe('repair requires the id of a purchase, or --site');
    expect((await cli(['verify', '--since', 'x'])).stderr).toBe(
      "error: option '--since <position>' argument 'x' is invalid. it must be a position of $all",
    );
  });

  it('refuse options that exclude each other', async () => {
    for (const [command, ...options] of [
      ['rebuild', '--rollback', '--at', '1'],
      ['rebuild', '--rollback', '--anew'],
      ['rebuild', '--rollback', '--gentle'],
      ['rebuild', '--rollback', '--accept-quarantined'],
      ['rebuild', '--at', '1', '--anew'],
      ['rebuild', '--at', '1', '--accept-quarantined'],
      ['verify', '--sample', '1', '--since', '1'],
      ['verify', '--sample', '1', '--purchase', 'x'],
      ['verify', '--purchase', 'x', '--since', '1'],
    ] as const)
      expect(await cli([command, ...options])).toMatchObject({
        code: 1,
        stderr: expect.stringMatching(/^error: option '--\S+.*' cannot be used with option '--\S+.*'$/) as string,
      });
  });

  it('name the store that does not respond', async () => {
    const nowhere = { EVENTSTORE_URL: 'esdb://127.0.0.1:1?tls=false', DATABASE_URL: 'postgres://127.0.0.1:1/x' };
    for (const args of [['rebuild'], ['rebuild', 'all'], ['rebuild', 'timeline'], ['sites', 'list']])
      expect((await cli(args, nowhere)).stderr).toMatch(/^EVENTSTORE_URL: the event store does not answer[^\n]*$/);
    expect((await cli(['copy-events', '--from', 'x', '--to', 'y'])).stderr).toMatch(
      /^--from cannot be understood[^\n]*$/,
    );
  });

  it('print the version and warn about a misspelt setting', async () => {
    const { version } = JSON.parse(readFileSync(resolve(__dirname, '../package.json'), 'utf8')) as { version: string };
    expect((await cli(['--version'], { POTR: '1' })).stdout).toBe(version);
    expect((await cli(['--version'], { POTR: '1' })).stderr).toBe('POTR is no setting: did you mean PORT?');
    expect((await cli(['import', '--help'])).stdout).not.toMatch(/9007199254740991/);
  });

  it('estimate the remaining time where possible', () => {
    expect([timeLeft(0, 5_000), timeLeft(1, 5_000)]).toEqual(['', '']);
    expect([timeLeft(0.5, 5_000), timeLeft(0.01, 3_000), timeLeft(0.001, 60_000)]).toEqual([
      '5 s left',
      '5 min left',
      '16 h 39 min left',
    ]);
  });
});
