import { randomUUID } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { type EventStore, WrongExpectedRevision } from '@app/event-store/event-store';
import type { UsdRate } from '@app/purchase/events';
import { metadataOf } from '@app/stored-events/codec';
import { usdRatesStream } from '@app/stored-events/streams';
import type { ChangedBy } from './sites';

/** Maximum number of rates in one call: one event, below the 1 MiB of an append. */
export const MAX_RATES_PER_CALL = 10_000;
/** Maximum number of rates of one site. Processes that write for the site keep them in memory. */
export const MAX_RATES_PER_SITE = 50_000;
/** Maximum number of rates of all sites in the memory of one process; about 150 bytes each. */
const MAX_CACHED_RATES = 200_000;
/** Maximum age of a rate in days: banks publish no rates on weekends and holidays. */
const MAX_AGE_DAYS = 7;
/** Maximum delay until a process uses rates that another process loaded. */
const FRESH_MS = 5_000;
const EVENTS_A_READ = 20;
const DAY_MS = 86_400_000;

export class TooManyRates extends Error {
  constructor(site: string) {
    super(`${site} would have more than ${MAX_RATES_PER_SITE} rates`);
    this.name = 'TooManyRates';
  }
}

/** Data of `UsdRatesLoaded`. Stored permanently: members may be added, never renamed. */
interface UsdRatesLoaded {
  rates: readonly UsdRate[];
}

interface Table {
  /** The revision after the last event that was read. */
  next: bigint;
  /** Rates by currency and day. */
  rates: Map<string, Map<string, string>>;
  count: number;
  readAt: number;
}

function add(table: Table, { currency, day, rate }: UsdRate): void {
  const days = table.rates.get(currency) ?? new Map<string, string>();
  if (!days.has(day)) table.count += 1;
  table.rates.set(currency, days.set(day, rate));
}

/**
 * The US dollar rates of each site, loaded by its operator and stored as events of `usd-rates-{site}`. A later rate of the same day and currency
 * replaces the earlier one. Every call may throw EventStoreUnavailable.
 */
export class UsdRates {
  private readonly known = new LRUCache<string, Table>({
    maxSize: MAX_CACHED_RATES,
    sizeCalculation: ({ count }) => 1 + count,
  });
  private readonly reading = new Map<string, Promise<Table>>();

  constructor(
    private readonly store: EventStore,
    private readonly now: () => number = Date.now,
  ) {}

  /** The rate of a currency on a day (`2026-01-31`), else the last rate of the 7 days before; undefined: no rate. */
  async find(site: string, currency: string, day: string): Promise<UsdRate | undefined> {
    const days = (await this.table(site)).rates.get(currency);
    if (days === undefined) return undefined;
    for (let age = 0; age <= MAX_AGE_DAYS; age++) {
      const dayBefore = new Date(Date.parse(day) - age * DAY_MS).toISOString().slice(0, 10);
      const rate = days.get(dayBefore);
      if (rate !== undefined) return { currency, day: dayBefore, rate };
    }
    return undefined;
  }

  /** The rates of a currency before a day, newest first, at most `limit`. */
  async list(
    site: string,
    currency: string,
    { before, limit }: { before?: string; limit: number },
  ): Promise<UsdRate[]> {
    const days = [...((await this.read(site)).rates.get(currency) ?? [])];
    return days
      .filter(([day]) => before === undefined || day < before)
      .sort(([a], [b]) => (a < b ? 1 : -1))
      .slice(0, limit)
      .map(([day, rate]) => ({ day, currency, rate }));
  }

  /** Stores the rates that are new or differ from the stored ones; returns their number. @throws TooManyRates */
  async load(site: string, rates: readonly UsdRate[], by: ChangedBy): Promise<number> {
    for (;;) {
      const { rates: stored, count, next } = await this.read(site);
      const changed = rates.filter(({ currency, day, rate }) => stored.get(currency)?.get(day) !== rate);
      if (changed.length === 0) return 0;
      const added = changed.filter(({ currency, day }) => stored.get(currency)?.has(day) !== true);
      if (count + added.length > MAX_RATES_PER_SITE) throw new TooManyRates(site);
      try {
        const data: UsdRatesLoaded = { rates: changed };
        const metadata = metadataOf({ site, ...by, at: new Date(this.now()).toISOString() });
        const event = { id: randomUUID(), type: 'UsdRatesLoaded', data, metadata };
        await this.store.append(usdRatesStream(site), [event], next === 0n ? 'no-stream' : next - 1n);
        return changed.length;
      } catch (error) {
        if (!(error instanceof WrongExpectedRevision)) throw error;
      } finally {
        this.expire(site);
      }
    }
  }

  /** The rates as last read, at most FRESH_MS ago. */
  private table(site: string): Promise<Table> | Table {
    const known = this.known.get(site);
    return known !== undefined && this.now() - known.readAt < FRESH_MS ? known : this.shared(site);
  }

  /** Reads of a site are not concurrent: all waiting writes share one. */
  private shared(site: string): Promise<Table> {
    const running = this.reading.get(site);
    if (running !== undefined) return running;
    const isLatest = (): boolean => this.reading.get(site) === reading;
    const reading: Promise<Table> = this.read(site)
      .then((table) => {
        // A read that started before the load lacks its rates, so it is discarded.
        if (isLatest()) this.known.set(site, table);
        return table;
      })
      .finally(() => {
        if (isLatest()) this.reading.delete(site);
      });
    this.reading.set(site, reading);
    return reading;
  }

  /** The next write reads the events appended until then. */
  private expire(site: string): void {
    const known = this.known.get(site);
    if (known !== undefined) this.known.set(site, { ...known, readAt: -Infinity });
    this.reading.delete(site);
  }

  /** The current rates of the store; reads only events appended since the last read. */
  private async read(site: string): Promise<Table> {
    const known = this.known.get(site);
    const readAt = this.now();
    let table: Table = { ...(known ?? { next: 0n, rates: new Map(), count: 0 }), readAt };
    for (let isFirst = true; ; isFirst = false) {
      const from = table.next;
      const { events } = await this.store.readStream(usdRatesStream(site), { from, maxCount: EVENTS_A_READ });
      if (isFirst && events.length > 0) table = { ...table, rates: copyOf(table.rates) };
      for (const { data, revision } of events) {
        for (const rate of (data as UsdRatesLoaded).rates) add(table, rate);
        table.next = revision + 1n;
      }
      if (events.length < EVENTS_A_READ) return table;
    }
  }
}

const copyOf = (rates: Table['rates']): Table['rates'] =>
  new Map([...rates].map(([currency, days]) => [currency, new Map(days)]));
