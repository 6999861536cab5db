import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { Agent, type IncomingHttpHeaders, request } from 'node:http';
import { resolve } from 'node:path';

/** Starts, kills and calls the processes of the service as in production, from the files that global-setup compiled. */

const METRICS = /metrics at (\S+)\n/;

const compiled = (file: string): string => resolve(__dirname, '../dist', file);

export interface NodeProcess {
  child: ChildProcess;
  url: string;
  port: number;
}

/** Starts an event-store node on a folder without waiting until it is ready. */
export const forkNode = (dataDir: string, port: number): ChildProcess =>
  fork(compiled('libs/embedded/src/event-store-node/main.js'), ['--data', dataDir, '--port', String(port)], {
    stdio: 'ignore',
  });

/** Starts an event-store node on a folder. Port 0 selects a free port. @throws Error if the node exits before it is ready */
export async function startNodeProcess(dataDir: string, port = 0): Promise<NodeProcess> {
  const child = forkNode(dataDir, port);
  const failed = once(child, 'exit').then(([code]) => {
    throw new Error(`the node ended with ${String(code)}`);
  });
  const ready = once(child, 'message').then(([message]) => message as { ready: { url: string; port: number } });
  return { child, ...(await Promise.race([ready, failed])).ready };
}

/** Sends a signal to a process and waits for its end. Returns the exit code or the signal. */
export async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<number | string | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode ?? child.signalCode;
  const ended = once(child, 'exit');
  child.kill(signal);
  const [code, by] = (await ended) as [number | null, NodeJS.Signals | null];
  return code ?? by;
}

/** An API process that can be restarted; it listens on a new port each time. */
export class ApiProcess {
  url = '';
  /** URL of its metrics; empty without the setting METRICS_PORT. */
  metricsUrl = '';
  /** The stderr output of all starts. */
  complaints = '';
  /** The stdout output of the last start. */
  printed = '';
  private child?: ChildProcess;

  constructor(private readonly settings: Record<string, string>) {}

  get pid(): number | undefined {
    return this.child?.pid;
  }

  /** True while it listens and no stop was requested. */
  isRunning = false;

  async start(): Promise<void> {
    const child = spawn(process.execPath, [compiled('apps/api/src/main.js')], {
      env: { PATH: process.env.PATH, PORT: '0', LOG_LEVEL: 'error', ...this.settings },
      cwd: this.settings.DATA_DIR,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.child = child;
    child.stderr.on('data', (chunk: Buffer) => (this.complaints += chunk.toString()));
    this.printed = '';
    this.url = await new Promise((done, failed) => {
      child.stdout.on('data', (chunk: Buffer) => {
        this.printed += chunk.toString();
        const url = /(?:listening on|Purchasing service) +(\S+)\n/.exec(this.printed)?.[1];
        this.metricsUrl = METRICS.exec(this.printed)?.[1] ?? '';
        if (url !== undefined) done(url);
      });
      child.once('exit', (code) => failed(new Error(`the API ended with ${code}: ${this.printed}${this.complaints}`)));
    });
    this.isRunning = true;
  }

  end(signal: NodeJS.Signals): Promise<number | string | null> {
    this.isRunning = false;
    return this.child === undefined ? Promise.resolve(null) : end(this.child, signal);
  }
}

/** A projector in a separate process. */
export class ProjectorProcess {
  metricsUrl = '';
  /** The output of the process. */
  output = '';
  private child?: ChildProcess;

  constructor(private readonly settings: Record<string, string>) {}

  get pid(): number {
    return this.child?.pid ?? 0;
  }

  /** Resolves when the projector runs. */
  async start(): Promise<void> {
    const child = spawn(process.execPath, [compiled('apps/projector/src/main.js')], {
      env: { PATH: process.env.PATH, ...this.settings },
      cwd: this.settings.DATA_DIR,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.child = child;
    const tell = (chunk: Buffer): unknown => (this.output += chunk.toString());
    child.stderr.on('data', tell);
    await new Promise<void>((done, failed) => {
      child.stdout.on('data', (chunk: Buffer) => {
        tell(chunk);
        if (this.output.includes('projector: running')) done();
      });
      child.once('close', (code) => failed(new Error(`the projector ended with ${code}: ${this.output}`)));
    });
    this.metricsUrl = METRICS.exec(this.output)?.[1] ?? '';
  }

  /** @throws Error if the process has ended */
  expectRunning(): void {
    const ended = this.child?.exitCode ?? this.child?.signalCode;
    if (ended !== undefined && ended !== null) throw new Error(`the projector ended with ${ended}: ${this.output}`);
  }

  signal(signal: NodeJS.Signals): void {
    this.child?.kill(signal);
  }

  end(signal: NodeJS.Signals): Promise<number | string | null> {
    return this.child === undefined ? Promise.resolve(null) : end(this.child, signal);
  }
}

/** A command of the CLI. `output`: all its output and `exit CODE`, when it has ended. */
export interface CliProcess {
  child: ChildProcess;
  output: Promise<string>;
}

export function startCli(args: readonly string[], settings: Record<string, string>): CliProcess {
  const child = spawn(process.execPath, [compiled('apps/cli/src/main.js'), ...args], {
    env: { PATH: process.env.PATH, ...settings },
    cwd: settings.DATA_DIR,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  return { child, output: new Promise((done) => child.once('close', (code) => done(`${output}exit ${code}`))) };
}

export interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
}

export interface Call {
  method?: string;
  headers?: Record<string, string>;
  /** The body, sent as JSON. */
  body?: unknown;
  agent?: Agent;
}

/** One HTTP request without retries. @throws Error if the connection broke; the outcome is then unknown */
export function call(url: string, { method = 'GET', headers = {}, body, agent }: Call = {}): Promise<Answer> {
  return new Promise((done, failed) => {
    const type = body === undefined ? {} : { 'content-type': 'application/json' };
    const sent = request(url, { method, agent, headers: { ...type, ...headers } }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.on('error', failed);
      response.on('end', () => done({ status: response.statusCode ?? 0, headers: response.headers, text }));
    });
    sent.on('error', failed);
    sent.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

/** Issues a credential for a site and returns request headers for it. */
export async function authorised(
  url: string,
  site: string,
  { clientId, clientSecret }: { clientId: string; clientSecret: string },
): Promise<Record<string, string>> {
  const body = { grant_type: 'client_credentials', client_id: clientId, client_secret: clientSecret };
  const { text } = await call(`${url}/api/auth/token`, { method: 'POST', headers: { 'site-id': site }, body });
  const { access_token } = JSON.parse(text) as { access_token: string };
  return { 'site-id': site, authorization: `Bearer ${access_token}` };
}
