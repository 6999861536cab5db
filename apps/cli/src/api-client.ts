import { Agent, request } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';

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

const MOST_TRIES = 60;

/** Calls the HTTP API as an integrator would: gets its token, gets another when it has expired, tries again when it is told to. */
export class ApiClient {
  private readonly agent = new Agent({ keepAlive: true });
  private token?: Promise<string>;

  constructor(private readonly credentials: ApiCredentials) {}

  /** @throws Error when the API does not answer for a minute */
  async call(method: string, path: string, body?: object): Promise<ApiAnswer> {
    for (let tries = 1; ; tries++) {
      const answer = await this.tryCall(method, path, body).catch((error: unknown) => error as Error);
      if (answer instanceof Error) {
        if (tries >= MOST_TRIES) throw new Error(`${this.credentials.url} does not answer: ${answer.message}`);
        await pause(1_000);
      } else if (answer.status === 401 && tries < 5) this.token = undefined;
      else if (
        (answer.status === 503 || (answer.status === 409 && answer.headers['retry-after'])) &&
        tries < MOST_TRIES
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

  private async fetchToken(): Promise<string> {
    const { clientId, clientSecret } = this.credentials;
    const request = { grant_type: 'client_credentials', client_id: clientId, client_secret: clientSecret };
    const { status, body } = await this.send('POST', '/api/auth/token', request, {});
    if (status !== 200) throw new Error(`no token (${status}): ${JSON.stringify(body)}`);
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
      const call = request(
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
            const said = Buffer.concat(chunks).toString();
            resolve({
              status: response.statusCode ?? 0,
              headers: response.headers,
              body: said === '' ? undefined : JSON.parse(said),
            });
          });
        },
      );
      call.on('error', reject);
      call.setTimeout(30_000, () => call.destroy(new Error('no answer within 30 s')));
      call.end(text);
    });
  }
}
