import { setTimeout as delay } from 'node:timers/promises';
import { type BeforeApplicationShutdown, Injectable } from '@nestjs/common';
import { PurchaseQueries } from '@app/read-models/queries/purchase-queries';

const POLL_MS = 200;
/** Maximum number of open streams of one site in one process. */
export const MAX_STREAMS_PER_SITE = 100;

/** Notifies open feeds of new events of a site. All readers of a site share one poll. */
@Injectable()
export class FeedTails implements BeforeApplicationShutdown {
  /** Polls in progress, by site. */
  private readonly polls = new Map<string, Promise<number>>();
  private readonly ending = new AbortController();
  /** Open streams, by site. */
  private readonly streams = new Map<string, number>();

  constructor(private readonly queries: PurchaseQueries) {}

  /** Aborted at shutdown; ends the open feeds. */
  get signal(): AbortSignal {
    return this.ending.signal;
  }

  beforeApplicationShutdown(): void {
    this.ending.abort();
  }

  /** Reserves one of the streams of a site; returns the function that releases it, or undefined when none is left. */
  open(site: string): (() => void) | undefined {
    const open = this.streams.get(site) ?? 0;
    if (open >= MAX_STREAMS_PER_SITE) return undefined;
    this.streams.set(site, open + 1);
    return () => {
      const left = (this.streams.get(site) ?? 1) - 1;
      if (left > 0) this.streams.set(site, left);
      else this.streams.delete(site);
    };
  }

  /** True when the site has an event after `sequence`, now or within `timeoutMs`. @throws the errors of the read model */
  async waitBeyond(site: string, sequence: number, timeoutMs: number): Promise<boolean> {
    const until = Date.now() + timeoutMs;
    while (!this.signal.aborted) {
      if ((await this.poll(site)) > sequence) return true;
      if (Date.now() >= until) return false;
    }
    return false;
  }

  private poll(site: string): Promise<number> {
    const underWay = this.polls.get(site);
    if (underWay !== undefined) return underWay;
    const poll = delay(POLL_MS, undefined, { signal: this.signal })
      .catch(() => {})
      .then(() => this.queries.lastSequence(site))
      .finally(() => this.polls.delete(site));
    this.polls.set(site, poll);
    return poll;
  }
}
