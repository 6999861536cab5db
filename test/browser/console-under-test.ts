import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Client } from 'pg';
import { type Browser, chromium, type Page } from 'playwright-core';
import type { Scope } from '@app/sites/sites';
import { createDatabase } from '../postgres';
import { ApiProcess, call, end, type NodeProcess, startNodeProcess } from '../processes';

export const SITE = 'demo';

const launchOptions = (): { executablePath: string; args: string[] } =>
  JSON.parse(execFileSync(process.execPath, [resolve(__dirname, 'chromium.mjs')], { encoding: 'utf8' })) as {
    executablePath: string;
    args: string[];
  };

export interface Credential {
  clientId: string;
  clientSecret: string;
}

export type ConsolePage = Page & { errors: string[] };

interface OpenOptions {
  width?: number;
  colorScheme?: 'light' | 'dark';
}

/** The service as processes on real stores with the demo site, and a real browser. */
export class ConsoleUnderTest {
  /** Access tokens by client id. */
  private readonly tokens = new Map<string, string>();
  /** The consistency token of the last write. */
  private lastWrite = '';

  private constructor(
    readonly api: ApiProcess,
    readonly browser: Browser,
    readonly credential: Credential,
    private readonly node: NodeProcess,
    private readonly database: Awaited<ReturnType<typeof createDatabase>>,
    private readonly folder: string,
  ) {}

  static async start(): Promise<ConsoleUnderTest> {
    const folder = mkdtempSync(join(tmpdir(), 'console-'));
    const launched = chromium.launch({ ...launchOptions(), headless: true });
    const [node, database] = await Promise.all([startNodeProcess(folder), createDatabase()]);
    const settings: Record<string, string> = {
      EVENTSTORE_URL: node.url,
      DATABASE_URL: database.url,
      TOKEN_SECRET: 's'.repeat(32),
      DATA_DIR: folder,
      DEMO_SITE: 'true',
    };
    const api = new ApiProcess(settings);
    await api.start();
    // The restarted API listens on the port of the first one, so the console finds it.
    settings.PORT = new URL(api.url).port;
    const [, clientId = ''] = /client_id +(\S+)/.exec(api.printed) ?? [];
    const [, clientSecret = ''] = /client_secret +(\S+)/.exec(api.printed) ?? [];
    return new ConsoleUnderTest(api, await launched, { clientId, clientSecret }, node, database, folder);
  }

  /** The link in the banner that signs in once. */
  get oneTimeLink(): string {
    return /Console +(\S+)/.exec(this.api.printed)?.[1] ?? '';
  }

  /** A page of its own session. Errors of its scripts and refusals of its content security policy are collected. */
  async open({ width = 1280, colorScheme = 'light' }: OpenOptions = {}): Promise<ConsolePage> {
    const context = await this.browser.newContext({
      viewport: { width, height: 900 },
      colorScheme,
      locale: 'en-GB',
      timezoneId: 'Europe/Berlin',
    });
    const page = await context.newPage();
    const errors: string[] = [];
    page.on('pageerror', (error) => errors.push(String(error)));
    page.on('dialog', (dialog) => {
      errors.push(`a dialog opened: ${dialog.message()}`);
      void dialog.dismiss();
    });
    page.on('console', (message) => {
      if (/Content Security Policy/i.test(message.text())) errors.push(message.text());
    });
    return Object.assign(page, { errors });
  }

  /** A page that is signed in. */
  async openAt(path: string, options: OpenOptions & { credential?: Credential } = {}): Promise<ConsolePage> {
    const page = await this.open(options);
    const { credential = this.credential } = options;
    const token = await this.tokenOf(credential);
    const [, claims = ''] = token.split('.');
    const { scope } = JSON.parse(Buffer.from(claims, 'base64url').toString()) as { scope: string };
    const session = {
      site: SITE,
      clientId: credential.clientId,
      token,
      scopes: scope.split(' '),
      expiresAt: Date.now() + 3_600_000,
    };
    await page.context().addInitScript((text) => {
      sessionStorage['purchasing.session'] ??= text;
    }, JSON.stringify(session));
    await page.goto(this.api.url + path);
    return page;
  }

  /** Fills in the sign-in form. */
  async signIn(page: Page, { clientId, clientSecret } = this.credential): Promise<void> {
    await page.fill('[name=site]', SITE);
    await page.fill('[name=client_id]', clientId);
    await page.fill('[name=client_secret]', clientSecret);
    await page.click('button[type=submit]');
  }

  /** Issues another credential of the site. */
  async issue(scopes: readonly Scope[], label?: string): Promise<Credential> {
    const headers = { 'site-id': SITE, authorization: `Bearer ${await this.tokenOf()}` };
    const body = { scopes, ...(label !== undefined && { label }) };
    const { status, text } = await call(`${this.api.url}/api/v1/credentials`, { method: 'POST', headers, body });
    if (status !== 201) throw new Error(`a credential: ${status} ${text}`);
    const issued = JSON.parse(text) as { client_id: string; client_secret: string };
    return { clientId: issued.client_id, clientSecret: issued.client_secret };
  }

  async tokenOf({ clientId, clientSecret } = this.credential): Promise<string> {
    const known = this.tokens.get(clientId);
    if (known !== undefined) return known;
    const body = { grant_type: 'client_credentials', client_id: clientId, client_secret: clientSecret };
    const headers = { 'site-id': SITE };
    const { text } = await call(`${this.api.url}/api/auth/token`, { method: 'POST', headers, body });
    const { access_token: token } = JSON.parse(text) as { access_token: string };
    this.tokens.set(clientId, token);
    return token;
  }

  /** Calls a purchase by its internal identifier. @throws Error for an answer that is not 2xx */
  async send(method: string, identifier: string, part: string, body?: object, by = this.credential): Promise<void> {
    const headers = { 'site-id': SITE, authorization: `Bearer ${await this.tokenOf(by)}` };
    const url = `${this.api.url}/api/v1/purchases/internal/${encodeURIComponent(identifier)}${part}`;
    const { status, text, headers: answered } = await call(url, { method, headers, body });
    if (status >= 300) throw new Error(`${method} ${identifier}${part}: ${status} ${text}`);
    this.lastWrite = String(answered['consistency-token']);
  }

  put(identifier: string, body: object, by?: Credential): Promise<void> {
    return this.send('PUT', identifier, '', body, by);
  }

  /** Waits until lists include the last write. A list does not wait for the projector by itself. */
  async untilListed(): Promise<void> {
    const authorized = { 'site-id': SITE, authorization: `Bearer ${await this.tokenOf()}` };
    const headers = { ...authorized, 'consistency-token': this.lastWrite, prefer: 'wait=30' };
    const { status, text } = await call(`${this.api.url}/api/v1/purchases`, { headers });
    if (status !== 200) throw new Error(`the list: ${status} ${text}`);
  }

  /** Runs SQL on the read model. */
  async query(sql: string): Promise<void> {
    const client = new Client({ connectionString: this.database.url });
    await client.connect();
    await client.query(sql).finally(() => client.end());
  }

  /** Closes the pages of a test. */
  async closePages(): Promise<void> {
    await Promise.all(this.browser.contexts().map((context) => context.close()));
  }

  async stop(): Promise<void> {
    await this.browser.close();
    await this.api.end('SIGTERM');
    await end(this.node.child, 'SIGTERM');
    await this.database.drop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
