import { EventStoreDBClient, UnavailableError } from '@eventstore/db-client';
import { StreamsClient } from '@eventstore/db-client/generated/streams_grpc_pb';

const CLOSE_TIMEOUT_MS = 300;
/** Ticks per timeout. */
const TICKS = 4;

/** The server did not answer within the timeout of one attempt. */
export class CallTimeout extends Error {}

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** True when the client would silently drop the credentials: it sends none without TLS. */
const hasUnsentCredentials = (url: string): boolean => /^[^/]+:\/\/[^/?@]+@/.test(url) && /[?&]tls=false\b/i.test(url);

const SOCKET_URL = /^esdb\+unix:\/\/(\/.+)$/;

/**
 * Creates the official client for a connection string. Also accepts `esdb+unix:///path/of/socket`, used by the embedded node: the client does not
 * parse this form, but passes an endpoint to gRPC unchanged.
 * @throws Error for an invalid connection string
 */
export function createClient(url: string): EventStoreDBClient {
  const socket = SOCKET_URL.exec(url)?.[1];
  if (socket === undefined) return EventStoreDBClient.connectionString(url);
  return new EventStoreDBClient({ endpoint: `unix:${socket}` }, { insecure: true });
}

/** A shared client of one server: one per connection string and process. Adds timeouts that the client does not have. */
export class Connection {
  private static readonly open = new Map<string, Connection>();

  readonly client: EventStoreDBClient;
  private users = 0;
  private discardedChannels = 0;

  private constructor(private readonly url: string) {
    this.client = createClient(url);
    if (hasUnsentCredentials(url))
      console.warn('the event store: credentials are not sent with tls=false; take them out of the URL, or use TLS');
  }

  /** @throws Error for an invalid connection string */
  static to(url: string): Connection {
    const connection = Connection.open.get(url) ?? new Connection(url);
    Connection.open.set(url, connection);
    connection.users += 1;
    return connection;
  }

  /** Number of discarded channels. */
  get generation(): number {
    return this.discardedChannels;
  }

  /** Closes the client when its last user releases it. */
  async release(): Promise<void> {
    this.users -= 1;
    if (this.users > 0) return;
    Connection.open.delete(this.url);
    // The client would wait forever for an abandoned subscription.
    await Promise.race([Promise.all([this.client.dispose(), this.discardChannel()]), pause(CLOSE_TIMEOUT_MS)]);
  }

  /**
   * One attempt of one call. The timeouts of the client do not cover everything: with a server that does not answer, an append, a read and the
   * request for server features stay pending forever. After a timeout the channel is discarded, so that the next attempt uses a new connection.
   * @throws CallTimeout, or the error of the call
   */
  async attempt<T>(ms: number, call: () => Promise<T>, onTimeout?: () => void): Promise<T> {
    const { generation } = this;
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<never>((_, reject) => {
      // A blocked event loop delays answers but counts as one tick, however long it was blocked.
      let ticks = 0;
      timer = setInterval(() => {
        if (++ticks < TICKS) return;
        clearInterval(timer);
        onTimeout?.();
        void this.renew(generation);
        reject(new CallTimeout(`no answer within ${ms} ms`));
      }, ms / TICKS);
    });
    try {
      return await Promise.race([call(), timeout]);
    } finally {
      clearInterval(timer);
    }
  }

  /** Discards the channel and the cached server features of the client, including a cached failure to read them. */
  async renew(generation: number): Promise<void> {
    // Many calls time out together; only the first discards the channel.
    if (generation !== this.generation) return;
    this.discardedChannels += 1;
    await this.discardChannel();
  }

  /** Closes the channel as the client does after UNAVAILABLE; the next call discovers a server again. */
  private async discardChannel(): Promise<void> {
    const lost = new UnavailableError(undefined, 'no answer');
    await this.client['execute'](StreamsClient, 'discard channel', () => Promise.reject(lost)).catch(() => {});
  }
}
