import { Agent as HttpAgent, request as requestHttp } from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
import { setTimeout as pause } from 'node:timers/promises';
import { CommandError, connectionProblem } from './command-error';

export interface ApiCredentials {
  url: string;
  site: string;
  clientId: string;
  clientSecret: string;
}

export interface ApiAnswer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: unknown;
}

const MAX_ATTEMPTS = 60;

/** Parses a response body as JSON; returns the text when it is not JSON, for example from a proxy. */
function parsed(text: string): unknown {
  if (text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** Client of the HTTP API: gets a token, renews it when it expires, and retries on Retry-After. */
export class ApiClient {
  private readonly agent: HttpAgent;
  private readonly request: typeof requestHttp;
  private token?: Promise<string>;

  constructor(private readonly credentials: ApiCredentials) {
    const isTls = new URL(credentials.url).protocol === 'https:';
    this.agent = isTls ? new HttpsAgent({ keepAlive: true }) : new HttpAgent({ keepAlive: true });
    this.request = isTls ? requestHttps : requestHttp;
  }

  /** Gets the first token, without retries. @throws CommandError when the API is unreachable or the credential is invalid */
  async connect(): Promise<void> {
    try {
      this.token = this.fetchToken();
      await this.token;
    } catch (error) {
      throw error instanceof CommandError ? error : this.unreachable(error);
    }
  }

  /** Calls the API. @throws CommandError when the API is unreachable for a minute or the credential was revoked */
  async call(method: string, path: string, body?: object): Promise<ApiAnswer> {
    for (let tries = 1; ; tries++) {
      const answer = await this.tryCall(method, path, body).catch((error: unknown) => error as Error);
      if (answer instanceof CommandError) throw answer;
      if (answer instanceof Error) {
        if (tries >= MAX_ATTEMPTS) throw this.unreachable(answer);
        await pause(1_000);
      } else if (answer.status === 401 && tries < 5) this.token = undefined;
      else if (
        (answer.status === 503 || (answer.status === 409 && answer.headers['retry-after'])) &&
        tries < MAX_ATTEMPTS
      )
        await pause(1000 * Number(answer.headers['retry-after'] ?? 1));
      else return answer;
    }
  }

  close(): void {
    this.agent.destroy();
  }

  private async tryCall(method: string, path: string, body: object | undefined): Promise<ApiAnswer> {
    this.token ??= this.fetchToken();
    const token = await this.token.catch((error: unknown) => {
      this.token = undefined;
      throw error;
    });
    return this.send(method, path, body, { authorization: `Bearer ${token}` });
  }

  private unreachable(error: unknown): CommandError {
    const { url } = this.credentials;
    return new CommandError(`${url} does not answer (${connectionProblem(error)}): is the service running there?`);
  }

  private async fetchToken(): Promise<string> {
    const { clientId, clientSecret } = this.credentials;
    const request = { grant_type: 'client_credentials', client_id: clientId, client_secret: clientSecret };
    const { status, body } = await this.send('POST', '/api/auth/token', request, {});
    if (status === 401)
      throw new CommandError(
        `${this.credentials.url} refuses the credential ${clientId}: wrong site, client id or secret`,
      );
    if (status >= 500 || status === 429) throw new Error(`status ${status}`);
    if (status !== 200) throw new CommandError(`${this.credentials.url} issued no token: status ${status}`);
    return (body as { access_token: string }).access_token;
  }

  private send(
    method: string,
    path: string,
    body: object | undefined,
    headers: Record<string, string>,
  ): Promise<ApiAnswer> {
    const text = body === undefined ? undefined : JSON.stringify(body);
    return new Promise((resolve, reject) => {
      const call = this.request(
        new URL(path, this.credentials.url),
        {
          method,
          agent: this.agent,
          headers: {
            ...headers,
            'site-id': this.credentials.site,
            ...(text !== undefined && {
              'content-type': 'application/json',
              'content-length': Buffer.byteLength(text),
            }),
          },
        },
        (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('error', reject);
          response.on('end', () => {
            const text = Buffer.concat(chunks).toString();
            resolve({ status: response.statusCode ?? 0, headers: response.headers, body: parsed(text) });
          });
        },
      );
      call.on('error', reject);
      call.setTimeout(30_000, () => call.destroy(new Error('no answer within 30 s')));
      call.end(text);
    });
  }
}
