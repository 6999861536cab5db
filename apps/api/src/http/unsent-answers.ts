import type { ServerResponse } from 'node:http';

interface Unsent {
  bytes: number;
  answers: { answer: ServerResponse; bytes: number }[];
}

/** What was closed for a site. */
export interface ClosedAnswers {
  site: string;
  connections: number;
  bytes: number;
}

/**
 * Bounds the memory of answers that clients do not read. Above the limit, connections of the site that holds the most are closed, its oldest answers
 * first.
 */
export class UnsentAnswers {
  /** The answers under way with their sites, oldest first. */
  private readonly underWay = new Map<ServerResponse, string>();

  /** @param maxBytes maximum bytes of answers that wait in memory for their clients */
  constructor(private readonly maxBytes: number) {}

  add(answer: ServerResponse, site: string): void {
    this.underWay.set(answer, site);
  }

  remove(answer: ServerResponse): void {
    this.underWay.delete(answer);
  }

  /** Closes connections until the limit holds. */
  close(): ClosedAnswers[] {
    const sites = new Map<string, Unsent>();
    let total = 0;
    for (const [answer, site] of this.underWay) {
      const bytes = answer.writableLength;
      if (bytes === 0) continue;
      const unsent = sites.get(site) ?? { bytes: 0, answers: [] };
      sites.set(site, unsent);
      unsent.bytes += bytes;
      unsent.answers.push({ answer, bytes });
      total += bytes;
    }
    const closed = new Map<string, ClosedAnswers>();
    while (total > this.maxBytes) {
      const [[site, unsent]] = [...sites].sort(([, a], [, b]) => b.bytes - a.bytes) as [[string, Unsent]];
      const { answer, bytes } = unsent.answers.shift() as Unsent['answers'][number];
      answer.destroy();
      unsent.bytes -= bytes;
      total -= bytes;
      const before = closed.get(site);
      closed.set(site, { site, connections: (before?.connections ?? 0) + 1, bytes: (before?.bytes ?? 0) + bytes });
    }
    return [...closed.values()];
  }
}
