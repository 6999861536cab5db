import { setTimeout as pause } from 'node:timers/promises';
import {
  ApiProblem,
  type BodyOf,
  callOperation,
  type CallOptions,
  type Credentials,
  type operations,
  type Result,
} from '@app/client/client';
import { CommandError, connectionProblem } from './command-error';

export interface ApiCredentials extends Credentials {
  url: string;
}

const MAX_ATTEMPTS = 60;
const MAX_TOKENS = 5;
const TIMEOUT_MS = 30_000;

/** Client of the HTTP API: gets a token, renews it when it expires, and retries on Retry-After. */
export class ApiClient {
  private token?: Promise<string>;

  constructor(private readonly credentials: ApiCredentials) {}

  /** Gets the first token, without retries. @throws CommandError when the API is unreachable or the credential is invalid */
  async connect(): Promise<void> {
    try {
      this.token = this.fetchToken();
      await this.token;
    } catch (error) {
      throw error instanceof CommandError ? error : this.unreachable(error);
    }
  }

  /**
   * Calls the API; a refusal is returned as an ApiProblem.
   * @throws CommandError when the API is unreachable for a minute or the credential was revoked
   */
  async call<Id extends keyof operations>(id: Id, options: CallOptions<Id>): Promise<Result<BodyOf<Id>> | ApiProblem> {
    for (let [tries, tokens] = [1, 1]; ; tries++) {
      const answer = await this.tryCall(id, options).catch((error: unknown) => error as Error);
      if (answer instanceof CommandError) throw answer;
      if (answer instanceof ApiProblem) {
        const retryAfter = answer.headers.get('retry-after') ?? (answer.status === 503 ? '1' : undefined);
        if (answer.status === 401 && tokens++ < MAX_TOKENS) this.token = undefined;
        else if (retryAfter !== undefined && tries < MAX_ATTEMPTS) await pause(1_000 * Number(retryAfter));
        else return answer;
      } else if (answer instanceof Error) {
        if (tries >= MAX_ATTEMPTS) throw this.unreachable(answer);
        await pause(1_000);
      } else return answer;
    }
  }

  private async tryCall<Id extends keyof operations>(id: Id, options: CallOptions<Id>): Promise<Result<BodyOf<Id>>> {
    this.token ??= this.fetchToken();
    const token = await this.token.catch((error: unknown) => {
      this.token = undefined;
      throw error;
    });
    return this.send(id, options, { authorization: `Bearer ${token}` });
  }

  private async fetchToken(): Promise<string> {
    const { url, clientId, clientSecret } = this.credentials;
    const body = { grant_type: 'client_credentials' as const, client_id: clientId, client_secret: clientSecret };
    try {
      return (await this.send('createToken', { body }, {})).body.access_token;
    } catch (error) {
      if (!(error instanceof ApiProblem)) throw error;
      const { status } = error;
      if (status === 401)
        throw new CommandError(`${url} refuses the credential ${clientId}: wrong site, client id or secret`);
      if (status >= 500 || status === 429) throw new Error(`status ${status}`);
      throw new CommandError(`${url} gives no token: it answers ${status}`);
    }
  }

  private send<Id extends keyof operations>(
    id: Id,
    options: CallOptions<Id>,
    headers: Record<string, string>,
  ): Promise<Result<BodyOf<Id>>> {
    const { url, site } = this.credentials;
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    return callOperation(url.replace(/\/+$/, ''), id, { ...options, signal }, { ...headers, 'site-id': site });
  }

  private unreachable(error: unknown): CommandError {
    const { cause = error } = error as Error;
    return new CommandError(
      `${this.credentials.url} does not answer (${connectionProblem(cause)}): is the service running there?`,
    );
  }
}
