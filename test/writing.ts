import type { WriteContext } from '@app/stored-events/codec';
import type { EventStore } from '@app/event-store/event-store';
import type { Target, WriteOutcome } from '@app/write-model/write-outcome';
import type { Purchase } from '@app/purchase/purchase';
import { orderOf } from './builders';

/** Fixtures for tests of the write path. */

export const contextOf = (site = 'demo', requestId = 'r1'): WriteContext => ({
  site,
  actor: 'erp',
  requestId,
  at: '2026-01-01T00:00:00.000Z',
});

/** An order without lines, with the given properties. */
export const order = (more: Partial<Purchase> = {}): Purchase => orderOf([], more);

export const by = (lookupBy: Target['lookupBy'], identifier: string): Target => ({ lookupBy, identifier });

export const written = (outcome: WriteOutcome): Extract<WriteOutcome, { kind: 'written' }> => {
  if (outcome.kind !== 'written') throw new Error(JSON.stringify(outcome, (_, v: unknown) => String(v)));
  return outcome;
};

export const refusalOf = (outcome: WriteOutcome): unknown =>
  outcome.kind === 'refused' ? outcome.refusal : outcome.kind;

/** Records the calls to a store in order, and how many were in progress at once. */
export class Counted {
  readonly calls: string[] = [];
  underWay = 0;
  mostAtOnce = 0;

  /** @param before runs before each call; if it throws, the call fails */
  constructor(
    private readonly real: EventStore,
    private readonly before: (n: number) => Promise<void> = async () => {},
  ) {}

  get store(): EventStore {
    const counted =
      <A extends unknown[], R>(name: string, call: (...args: A) => Promise<R>) =>
      async (...args: A): Promise<R> => {
        const n = this.calls.push(`${name} ${String(args[0]).split('-')[0]}`);
        this.mostAtOnce = Math.max(this.mostAtOnce, ++this.underWay);
        try {
          await this.before(n - 1);
          return await call(...args);
        } finally {
          this.underWay--;
        }
      };
    return Object.assign(Object.create(this.real) as EventStore, {
      append: counted('append', this.real.append.bind(this.real)),
      readStream: counted('read', this.real.readStream.bind(this.real)),
      lastRevision: counted('last revision', this.real.lastRevision.bind(this.real)),
    });
  }

  /** The calls since the previous call of this method. */
  taken(): string[] {
    return this.calls.splice(0);
  }
}
