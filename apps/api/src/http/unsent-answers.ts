import type { Socket } from 'node:net';

interface Unsent {
  bytes: number;
  connections: { connection: Socket; bytes: number }[];
}

/** What was closed for a site. */
export interface ClosedConnections {
  site: string;
  connections: number;
  bytes: number;
}

/**
 * Bounds the memory of answers that clients do not read. Above the limit, connections of the site that holds the most are closed, those with the most
 * bytes first. A connection belongs to the site of its last request. It is registered once, not for each answer: a map of answers made garbage collection
 * of each request 1.5 times as expensive.
 */
export class UnsentAnswers {
  private readonly siteOf = new Map<Socket, string>();

  /** @param maxBytes maximum bytes of answers that wait in memory for their clients */
  constructor(private readonly maxBytes: number) {}

  watch(connection: Socket, site: string): void {
    const before = this.siteOf.get(connection);
    if (before === site) return;
    if (before === undefined) connection.once('close', () => this.siteOf.delete(connection));
    this.siteOf.set(connection, site);
  }

  /** Closes connections until the limit holds. */
  close(): ClosedConnections[] {
    const sites = new Map<string, Unsent>();
    let total = 0;
    for (const [connection, site] of this.siteOf) {
      const bytes = connection.writableLength;
      if (bytes === 0) continue;
      const unsent = sites.get(site) ?? { bytes: 0, connections: [] };
      sites.set(site, unsent);
      unsent.bytes += bytes;
      unsent.connections.push({ connection, bytes });
      total += bytes;
    }
    for (const { connections } of sites.values()) connections.sort((a, b) => a.bytes - b.bytes);
    const closed = new Map<string, ClosedConnections>();
    while (total > this.maxBytes) {
      const [[site, unsent]] = [...sites].sort(([, a], [, b]) => b.bytes - a.bytes) as [[string, Unsent]];
      const { connection, bytes } = unsent.connections.pop() as Unsent['connections'][number];
      connection.destroy();
      unsent.bytes -= bytes;
      total -= bytes;
      const before = closed.get(site);
      closed.set(site, { site, connections: (before?.connections ?? 0) + 1, bytes: (before?.bytes ?? 0) + bytes });
    }
    return [...closed.values()];
  }
}
