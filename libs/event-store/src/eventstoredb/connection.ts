import { EventStoreDBClient, UnavailableError } from '@eventstore/db-client';
import { StreamsClient } from '@eventstore/db-client/generated/streams_grpc_pb';

const CLOSE_TIMEOUT_MS = 300;
/** A time-out is counted in so many equal parts. */
const TICKS = 4;

/** Nobody answered within the time that a try has. */
export class NoAnswer extends Error {}

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Credentials that the client would drop without a word, for it sends none without TLS. */
const hasUnsentCredentials = (url: string): boolean => /^[^/]+:\/\/[^/?@]+@/.test(url) && /[?&]tls=false\b/i.test(url);

const SOCKET_URL = /^esdb\+unix:\/\/(\/.+)$/;

/**
 * The official client for a connection string. Beside the client's own forms it takes `esdb+unix:///path/of/socket`, where the embedded node
 * listens: the client has no such form, but passes an endpoint to gRPC as it is.
 * @throws Error for a string that names no server
 */
export function createClient(url: string): EventStoreDBClient {
  const socket = SOCKET_URL.exec(url)?.[1];
  if (socket === undefined) return EventStoreDBClient.connectionString(url);
  return new EventStoreDBClient({ endpoint: `unix:${socket}` }, { insecure: true });
}

/** The official client of one server, one for a process however many ask for it, with the time-outs that it lacks. */
export class Connection {
  private static readonly open = new Map<string, Connection>();

  readonly client: EventStoreDBClient;
  private users = 0;
  private givenUp = 0;

  private constructor(private readonly url: string) {
    this.client = createClient(url);
    if (hasUnsentCredentials(url))
      console.warn('the event store: credentials are not sent with tls=false; take them out of the URL, or use TLS');
  }

  /** @throws Error for a string that names no server */
  static to(url: string): Connection {
    const connection = Connection.open.get(url) ?? new Connection(url);
    Connection.open.set(url, connection);
    connection.users += 1;
    return connection;
  }

  /** Counts the channels that were given up. */
  get generation(): number {
    return this.givenUp;
  }

  /** The last one who leaves closes the client. */
  async release(): Promise<void> {
    this.users -= 1;
    if (this.users > 0) return;
    Connection.open.delete(this.url);
    // The client waits for ever for a subscription that was left before.
    await Promise.race([Promise.all([this.client.dispose(), this.giveUpChannel()]), pause(CLOSE_TIMEOUT_MS)]);
  }

  /**
   * One try of one call. The client's own time-outs do not cover everything it does: a silent server leaves an append, a read and its look at
   * the server's features pending for ever. After a silence the channel is given up, so that the next try does not wait on a dead link.
   * @throws NoAnswer
   */
  async attempt<T>(ms: number, call: () => Promise<T>, onTimeout?: () => void): Promise<T> {
    const { generation } = this;
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<never>((_, reject) => {
      // An answer that waits while this process is busy is no silence: however long the event loop stood still, it counts as one tick.
      let ticks = 0;
      timer = setInterval(() => {
        if (++ticks < TICKS) return;
        clearInterval(timer);
        onTimeout?.();
        void this.renew(generation);
        reject(new NoAnswer(`no answer within ${ms} ms`));
      }, ms / TICKS);
    });
    try {
      return await Promise.race([call(), timeout]);
    } finally {
      clearInterval(timer);
    }
  }

  /** What the client remembers of the server is forgotten, its refusal to say what it can do included. */
  async renew(generation: number): Promise<void> {
    // Many calls run into the same silence; the channel that the first of them made stays.
    if (generation !== this.generation) return;
    this.givenUp += 1;
    await this.giveUpChannel();
  }

  /** The way of the client itself after "unavailable": the channel closes, the next call finds a server anew. */
  private async giveUpChannel(): Promise<void> {
    const lost = new UnavailableError(undefined, 'no answer');
    await this.client['execute'](StreamsClient, 'give up', () => Promise.reject(lost)).catch(() => {});
  }
}
