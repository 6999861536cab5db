import { AsyncLocalStorage } from 'node:async_hooks';
import { EventStoreUnavailable, type EventStore, type RecordedEvent } from '@app/event-store/event-store';
import { PurchaseCache } from '@app/write-model/purchase-cache';
import type { Name } from '@app/write-model/identity/names';
import type { LoadedPurchase } from '@app/write-model/loaded-purchase';
import { PurchaseWriter } from '@app/write-model/purchase-writer';
import type { WriteOutcome } from '@app/write-model/write-outcome';
import { WriteQueue } from '@app/write-model/write-queue';
import type { MemoryEventStore } from '../memory-event-store';
import { PoisonedCache } from '../poisoned-cache';
import { order } from '../writing';
import { AT, type Call, entryOf } from './specification';
import { after, emptyWorld, SITE, type World } from './world';

export const CACHES = ['on', 'off', 'poisoned'] as const;

export const FAULTS = [
  'call dies before',
  'call dies after',
  'process dies before',
  'process dies after',
  'not written, unavailable',
  'written, unavailable',
  'unavailable, written later',
] as const;

/** A fault at one of a writer's store calls, counted from 0. */
export interface Fault {
  writer: number;
  step: number;
  kind: (typeof FAULTS)[number];
}

/** Concurrent writers; each makes its calls one after the other, in its process. */
export interface Scenario {
  caches: readonly (typeof CACHES)[number][];
  /** For each process: whether writers of one purchase queue or race. */
  queues: readonly boolean[];
  maxAttempts: number;
  writers: readonly { process: number; calls: readonly Call[] }[];
  faults: readonly Fault[];
  /** The order in which writers continue. After its end, the first waiting writer continues, so an empty schedule has no concurrency. */
  schedule: readonly Stretch[];
}

/** Runs the waiting writer number `pick` (modulo their number) for `more` additional steps. */
export interface Stretch {
  pick: number;
  more: number;
}

/** The store for one process: the correct store, or one that makes the writer violate a rule. */
export type Seen = (store: MemoryEventStore) => Pick<EventStore, 'append' | 'readStream'>;

/** One call: the moments at which it began and ended, and its result. */
export interface Run {
  id: string;
  writer: number;
  process: number;
  call: Call;
  began: number;
  ended: number;
  outcome?: WriteOutcome;
  failure?: unknown;
  died: boolean;
  /** True if the store did not answer one of its calls. */
  faulted: boolean;
  /** Number of its store calls that have not ended. */
  underWay: number;
  die: () => void;
  death: Promise<void>;
}

export interface Moment {
  world: World;
  /** The events of the append that created the moment. */
  events: readonly RecordedEvent[];
}

interface Waiting {
  writer: number;
  run?: Run;
  go: () => void;
}

/**
 * The run that the current code belongs to. One storage serves all interleavings: Node 20 copies every storage that was ever used to each
 * new promise, so a storage for each interleaving makes the n-th one n times slower.
 */
const current = new AsyncLocalStorage<Run>();

/** Runs everything that does not wait for its turn. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Delays every step of every writer and releases the steps one by one in the order of the schedule. */
export class Interleaving {
  readonly moments: Moment[] = [{ world: emptyWorld, events: [] }];
  readonly runs: Run[] = [];
  steps = 0;
  private waiting: Waiting[] = [];
  private readonly processes: PurchaseWriter[] = [];
  private readonly everything: LoadedPurchase[];
  private readonly stepsOf: number[] = [];
  private ids = 0;
  private stretch = { writer: 0, more: 0 };
  private stretches = 0;

  constructor(
    private readonly scenario: Scenario,
    private readonly store: MemoryEventStore,
    private readonly seen: Seen,
    foreign: readonly LoadedPurchase[],
  ) {
    this.everything = [...foreign];
  }

  /** Runs the scenario to its end; then a single writer takes each of the names. */
  async run(names: readonly Name[]): Promise<void> {
    this.scenario.caches.forEach((_, process) => this.startProcess(process));
    this.scenario.writers.forEach(({ process, calls }, writer) => void this.callAll(writer, process, calls));
    await this.drain();
    const [process, writer] = [this.scenario.caches.length, this.scenario.writers.length];
    this.startProcess(process);
    void this.callAll(writer, process, names.map(takeAlone));
    await this.drain();
  }

  private async drain(): Promise<void> {
    await settle();
    for (const end = this.steps + 5_000; this.waiting.length > 0; this.steps++) {
      if (this.steps > end) throw new Error('the scenario does not end');
      const next = this.next();
      this.waiting.splice(this.waiting.indexOf(next), 1);
      next.go();
      await settle();
    }
    const stuck = this.runs.find(
      ({ outcome, failure, died }) => !died && outcome === undefined && failure === undefined,
    );
    if (stuck !== undefined) throw new Error(`${stuck.id} never ends`);
  }

  private next(): Waiting {
    const goesOn = this.stretch.more-- > 0 && this.waiting.find(({ writer }) => writer === this.stretch.writer);
    if (goesOn) return goesOn;
    this.waiting.sort((a, b) => a.writer - b.writer);
    const { pick, more } = this.scenario.schedule[this.stretches++] ?? { pick: 0, more: 0 };
    const picked = this.waiting[pick % this.waiting.length]!;
    this.stretch = { writer: picked.writer, more };
    return picked;
  }

  private turn(writer: number, run?: Run): Promise<void> {
    return new Promise((go) => this.waiting.push({ writer, run, go }));
  }

  private async callAll(writer: number, process: number, calls: readonly Call[]): Promise<void> {
    for (const [index, call] of calls.entries()) {
      await this.turn(writer);
      const began = this.moments.length - 1;
      let die = (): void => {};
      const death = new Promise<void>((resolve) => (die = resolve));
      const run: Run = {
        ...{ id: `${writer}.${index}`, writer, process, call, began, ended: began },
        ...{ died: false, faulted: false, underWay: 0, die, death },
      };
      this.runs.push(run);
      const made = current.run(run, () => make(this.processes[process]!, call, run.id));
      const done = made.then(
        (outcome) => void (run.outcome = outcome),
        (failure: unknown) => void (run.failure = failure),
      );
      await Promise.race([done, death]);
      run.ended = this.moments.length - 1;
    }
  }

  private startProcess(process: number): void {
    const mode = this.scenario.caches[process] ?? 'on';
    const through = this.seen(this.store);
    const stepwise =
      <A extends unknown[], R>(call: (...args: A) => Promise<R>) =>
      (...args: A): Promise<R> =>
        this.perform(current.getStore()!, () => this.observed(() => call(...args)));
    const store = {
      append: stepwise(through.append.bind(through)),
      readStream: stepwise(through.readStream.bind(through)),
    };
    this.processes[process] = new PurchaseWriter(store as EventStore, {
      queue: this.queueOf(process),
      cache: mode === 'poisoned' ? new PoisonedCache(this.everything) : new PurchaseCache(mode === 'on' ? 1e6 : 0),
      maxAttempts: this.scenario.maxAttempts,
      writeTimeoutMs: 1e9,
      newId: () => `p${this.ids++}`,
      random: () => 0.5,
      sleep: () => this.turn(current.getStore()!.writer, current.getStore()),
    });
  }

  private queueOf(process: number): WriteQueue {
    const isOn = this.scenario.queues[process] ?? true;
    const queue = new WriteQueue({ maxWaitMs: 1e8 });
    // A call that dies while its process lives leaves the queue: in production every call ends.
    const untilDeath = async <T>(call: () => Promise<T>): Promise<T> => {
      const { death } = current.getStore()!;
      return (await Promise.race([call(), death])) as T;
    };
    const run: WriteQueue['run'] = (key, call) => (isOn ? queue.run(key, () => untilDeath(call)) : call());
    return Object.assign(Object.create(queue) as WriteQueue, { run });
  }

  /** One store call in two steps: the request arrives at the store, then the response arrives at the writer. */
  private async perform<R>(run: Run, call: () => Promise<R>): Promise<R> {
    const step = (this.stepsOf[run.writer] = (this.stepsOf[run.writer] ?? -1) + 1);
    const fault = this.scenario.faults.find((each) => each.writer === run.writer && each.step === step)?.kind;
    run.underWay++;
    await this.turn(run.writer, run);
    if (fault === 'call dies before' || fault === 'process dies before') await this.dies(run, fault);
    if (fault === 'unavailable, written later') void this.later(run.writer, call);
    const isHeard = fault !== 'not written, unavailable' && fault !== 'unavailable, written later';
    const answer = isHeard ? await call().then(answered, failed<R>) : undefined;
    if (fault === 'call dies after' || fault === 'process dies after') await this.dies(run, fault);
    await this.turn(run.writer, run);
    run.underWay--;
    if (answer === undefined || fault === 'written, unavailable') {
      run.faulted = true;
      throw new EventStoreUnavailable('no answer');
    }
    return answer();
  }

  private async later(writer: number, call: () => Promise<unknown>): Promise<void> {
    await this.turn(writer);
    await call().catch(() => {});
  }

  private dies(run: Run, how: string): Promise<never> {
    const dead = how.startsWith('process')
      ? this.runs.filter((each) => each.process === run.process && each.outcome === undefined && !each.failure)
      : [run];
    this.waiting = this.waiting.filter((each) => each.run === undefined || !dead.includes(each.run));
    for (const each of dead) {
      each.died = true;
      each.die();
    }
    if (how.startsWith('process')) this.startProcess(run.process);
    return new Promise(() => {});
  }

  /** Records a moment for each append. */
  private async observed<R>(call: () => Promise<R>): Promise<R> {
    const before = this.store.all.length;
    const result = call();
    const events = this.store.all.slice(before);
    if (events.length > 0) this.moments.push({ world: after(this.moments.at(-1)!.world, events), events });
    return result;
  }
}

const answered =
  <R>(value: R) =>
  (): R =>
    value;
const failed =
  <R>(error: unknown) =>
  (): R => {
    throw error;
  };

const takeAlone = (path: Name): Call => ({ do: 'put', path, body: order(), guards: {}, dryRun: false });

function make(writer: PurchaseWriter, call: Call, requestId: string): Promise<WriteOutcome> {
  const context = { site: SITE, actor: 'w', requestId, at: AT };
  const target = { lookupBy: call.path.kind, identifier: call.path.value };
  switch (call.do) {
    case 'put':
      return writer.put(target, call.body, context, call.guards, { dryRun: call.dryRun });
    case 'delete':
      return writer.delete(target, context, call.guards);
    case 'note':
      return writer.addHistoryEntry(target, entryOf(call.text), context);
  }
}
