import { EventStoreDBClient } from '@eventstore/db-client';
import { guardBatchAppends } from './eventstoredb-batch-stream';

/**
 * A link that answers no ping is given up after both together. The client's defaults (10 s each) leave a subscription on a dead link for 20 s.
 */
const KEEP_ALIVE_INTERVAL_MS = 2_000;
const KEEP_ALIVE_TIMEOUT_MS = 2_000;
/** Longer than this it does not wait for its own streams to say goodbye: one that was left before never does. */
const CLOSE_TIMEOUT_MS = 300;

/** A client, and the signal that it is no longer the one to use. */
export interface Link {
  readonly client: EventStoreDBClient;
  readonly gone: AbortSignal;
}

/** Keys are compared as the client compares them: case, `-` and `_` do not count. */
const flat = (key: string): string => key.trim().toLowerCase().replace(/[_-]/g, '');

/** The settings of a connection string. A password may hold a question mark, so that one is looked for behind it. */
function settingsOf(url: string): ReadonlySet<string> {
  const mark = url.indexOf('?', url.indexOf('@') + 1);
  const pairs = mark < 0 ? [] : url.slice(mark + 1).split('&');
  return new Set(pairs.map((pair) => flat(pair.split('=')[0] ?? '')));
}

/**
 * A connection string with what this adapter counts on: a dead link is noticed within seconds unless the string says otherwise, and a refused
 * append is always an error (switched off, the client of 6.2.1 reports revision 1 whatever the truth is).
 */
export function withDefaults(url: string): string {
  const trimmed = url.trim().replace(/\/+$/, '');
  const settings = settingsOf(trimmed);
  const wanted = [
    ...(settings.has('keepaliveinterval') ? [] : [`keepAliveInterval=${KEEP_ALIVE_INTERVAL_MS}`]),
    ...(settings.has('keepalivetimeout') ? [] : [`keepAliveTimeout=${KEEP_ALIVE_TIMEOUT_MS}`]),
    'throwOnAppendFailure=true',
  ];
  return `${trimmed}${settings.size === 0 ? '?' : '&'}${wanted.join('&')}`;
}

/** The client warns on the console of pings that come more often than every 10 s, which is meant here. */
function withoutPingWarning<T>(make: () => T): T {
  const { warn } = console;
  console.warn = (...words: unknown[]) => {
    if (!String(words[0]).includes('KeepAliveInterval')) warn(...words);
  };
  try {
    return make();
  } finally {
    console.warn = warn;
  }
}

/** The client looks after a broken link in the background; where discovery fails meanwhile, that is a rejection which nobody handles. */
function makeClient(url: string): EventStoreDBClient {
  const client = withoutPingWarning(() => EventStoreDBClient.connectionString(withDefaults(url)));
  const handleError = Reflect.get(client, 'handleError') as (...args: unknown[]) => Promise<void>;
  Reflect.set(client, 'handleError', (...args: unknown[]) => handleError(...args).catch(() => {}));
  return client;
}

/**
 * The one client for a server, and its successor when it is stuck: the client connects again by itself after most failures, but not out of a
 * connection that was opened and never answered, nor after its first question (which calls the server knows) failed in an odd way, for it
 * keeps that failure for ever.
 */
export class EventStoreDbConnection {
  private client: EventStoreDBClient;
  private replaced = new AbortController();
  private madeAt = Date.now();
  private heardAt = 0;
  private isClosed = false;

  /** Connects when it is first asked for something. @throws Error for a string that is no connection string */
  constructor(private readonly url: string) {
    guardBatchAppends();
    this.client = makeClient(url);
  }

  link(): Link {
    return { client: this.client, gone: this.replaced.signal };
  }

  /** To be called for whatever the server sends. */
  heard(): void {
    this.heardAt = Date.now();
  }

  /** Makes a new client when nothing was heard since a time (ms); a server that is only slow keeps its link. */
  renewIfSilentSince(since: number): void {
    if (this.heardAt < since && this.madeAt < since) this.renew(this.client);
  }

  /** Makes a new client in the place of a stuck one, unless that has happened. */
  renew(stuck: EventStoreDBClient): void {
    if (stuck !== this.client || this.isClosed) return;
    this.client = makeClient(this.url);
    this.madeAt = Date.now();
    const { replaced } = this;
    this.replaced = new AbortController();
    replaced.abort();
    void stuck.dispose();
  }

  async close(): Promise<void> {
    this.isClosed = true;
    this.replaced.abort();
    let timer: NodeJS.Timeout | undefined;
    const longEnough = new Promise<void>((resolve) => (timer = setTimeout(resolve, CLOSE_TIMEOUT_MS)));
    await Promise.race([this.client.dispose(), longEnough]);
    clearTimeout(timer);
  }
}
