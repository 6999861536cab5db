import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { connectEventStoreDb } from '@app/event-store/eventstoredb/eventstoredb-event-store';
import { type IssuedCredential, type Scope, Sites } from '@app/sites/sites';
import { createDatabase } from '../postgres';
import { ApiProcess, authorised, call, end, type NodeProcess, startNodeProcess } from '../processes';

export const SITE = 'shop';

const launchOptions = (): { executablePath: string; args: string[] } =>
  JSON.parse(execFileSync(process.execPath, [resolve(__dirname, 'chromium.mjs')], { encoding: 'utf8' })) as {
    executablePath: string;
    args: string[];
  };

/** The service as processes on real stores, and a real browser. */
export class ConsoleUnderTest {
  private constructor(
    readonly api: ApiProcess,
    readonly browser: Browser,
    readonly credential: IssuedCredential,
    readonly headers: Record<string, string>,
    private readonly node: NodeProcess,
    private readonly database: Awaited<ReturnType<typeof createDatabase>>,
    private readonly folder: string,
  ) {}

  static async start(): Promise<ConsoleUnderTest> {
    const folder = mkdtempSync(join(tmpdir(), 'console-'));
    const [node, database] = await Promise.all([startNodeProcess(folder), createDatabase()]);
    const eventStore = connectEventStoreDb(node.url);
    const credential = await new Sites(eventStore).issue(SITE);
    await eventStore.close();
    const api = new ApiProcess({
      EVENTSTORE_URL: node.url,
      DATABASE_URL: database.url,
      TOKEN_SECRET: 's'.repeat(32),
      DATA_DIR: folder,
    });
    await api.start();
    const browser = await chromium.launch({ ...launchOptions(), headless: true });
    const headers = await authorised(api.url, SITE, credential);
    return new ConsoleUnderTest(api, browser, credential, headers, node, database, folder);
  }

  /** A page of its own session. Errors of its scripts and refusals of its content security policy are collected. */
  async open(options: { width?: number; colorScheme?: 'light' | 'dark' } = {}): Promise<Page & { errors: string[] }> {
    const context = await this.browser.newContext({
      viewport: { width: options.width ?? 1280, height: 900 },
      colorScheme: options.colorScheme ?? 'light',
      locale: 'en-GB',
      timezoneId: 'Europe/Berlin',
    });
    const page = await context.newPage();
    const errors: string[] = [];
    page.on('pageerror', (error) => errors.push(String(error)));
    page.on('console', (message) => {
      if (/Content Security Policy/i.test(message.text())) errors.push(message.text());
    });
    return Object.assign(page, { errors });
  }

  async signIn(page: Page, path = '/', credential = this.credential): Promise<void> {
    await page.goto(this.api.url + path);
    await page.fill('[name=site]', SITE);
    await page.fill('[name=client_id]', credential.clientId);
    await page.fill('[name=client_secret]', credential.clientSecret);
    await page.click('button[type=submit]');
    await page.waitForSelector('nav');
  }

  /** Issues another credential of the site. */
  async issue(scopes: readonly Scope[]): Promise<IssuedCredential> {
    const eventStore = connectEventStoreDb(this.node.url);
    const credential = await new Sites(eventStore).issue(SITE, scopes);
    await eventStore.close();
    return credential;
  }

  async put(identifier: string, body: object): Promise<void> {
    const url = `${this.api.url}/api/v1/purchases/internal/${encodeURIComponent(identifier)}`;
    const { status, text } = await call(url, { method: 'PUT', headers: this.headers, body });
    if (status !== 200 && status !== 201) throw new Error(`PUT ${identifier}: ${status} ${text}`);
  }

  async stop(): Promise<void> {
    await this.browser.close();
    await this.api.end('SIGTERM');
    await end(this.node.child, 'SIGTERM');
    await this.database.drop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export interface Line {
  name: string;
  sku?: string;
  quantity: number;
  /** Net total, a decimal string in GBP. */
  net: string;
}

export const parcel = (type: string, lines: readonly Line[], more: object = {}): object => ({
  type,
  line_items: lines.map(({ name, sku, quantity, net }) => ({
    name_parent: name,
    identifiers: { sku },
    quantity,
    line_total: { total_net: { number: net, currency: 'GBP' } },
  })),
  ...more,
});

export const order = (packages: readonly object[], more: object = {}): object => ({
  type: 'order',
  currency_code: 'GBP',
  packages,
  ...more,
});
