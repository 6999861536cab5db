import { Inject, Injectable, Optional } from '@nestjs/common';
import type { EventStore } from '@app/event-store/event-store';
import { describeError } from '@app/read-models/projection/postgres-errors';
import type { Projector } from '@app/read-models/projection/projector';
import { ReadModelStatus } from '@app/read-models/projection/read-model-status';
import { PurchaseQueries } from '@app/read-models/queries/purchase-queries';
import { EVENT_STORE, MAX_LAG_SECONDS, PROJECTOR } from '../injection-tokens';

const TIMEOUT_MS = 2_000;
/** Results are cached for this time, so that frequent probes do not load the stores. */
const CACHE_MS = 500;

/** A component that PUT or GET depends on. */
interface Part {
  ready: boolean;
  /** Time of the last change of status that this process observed. */
  since: string;
  /** Reason; absent when ready. */
  error?: string;
}

export interface ReadinessReport {
  status: 'ok' | 'not ready';
  event_store: Part;
  read_model: Part;
  projector: Part & { role: string; leader?: string; leads_since?: string; lag_seconds?: number };
}

type PartName = 'event_store' | 'read_model' | 'projector';

async function withTimeout<T>(call: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${TIMEOUT_MS / 1_000} s`)), TIMEOUT_MS);
  });
  return Promise.race([call, timeout]).finally(() => clearTimeout(timer));
}

/** Checks what PUT and GET depend on: a writable event store, a readable read model, and a projector with bounded lag. */
@Injectable()
export class Readiness {
  private readonly parts = new Map<PartName, Part>();
  private last?: { at: number; report: Promise<ReadinessReport> };

  constructor(
    @Inject(EVENT_STORE) private readonly eventStore: EventStore,
    private readonly queries: PurchaseQueries,
    private readonly readModel: ReadModelStatus,
    @Inject(MAX_LAG_SECONDS) private readonly maxLagSeconds: number,
    @Optional() @Inject(PROJECTOR) private readonly projector?: Pick<Projector, 'status'>,
  ) {}

  report(): Promise<ReadinessReport> {
    if (this.last === undefined || Date.now() - this.last.at > CACHE_MS)
      this.last = { at: Date.now(), report: this.check() };
    return this.last.report;
  }

  private async check(): Promise<ReadinessReport> {
    const [event_store, read_model, projector] = await Promise.all([
      this.part('event_store', () => this.eventStore.checkWritable()),
      this.part('read_model', () => this.queries.isReady()),
      this.projectorPart(),
    ]);
    const isReady = event_store.ready && read_model.ready && projector.ready;
    return { status: isReady ? 'ok' : 'not ready', event_store, read_model, projector };
  }

  /** Runs the check of one part and records when its status changed. */
  private async part(name: PartName, check: () => Promise<unknown>): Promise<Part> {
    const error = await withTimeout(check()).then(
      () => undefined,
      (cause: unknown) => describeError(cause),
    );
    const known = this.parts.get(name);
    const ready = error === undefined;
    const since = known?.ready === ready ? known.since : new Date().toISOString();
    const part: Part = { ready, since, ...(error !== undefined && { error }) };
    this.parts.set(name, part);
    return part;
  }

  private async projectorPart(): Promise<ReadinessReport['projector']> {
    const { role, since, lastError } = this.projector?.status() ?? { role: 'elsewhere' };
    const found: Pick<ReadinessReport['projector'], 'leader' | 'leads_since' | 'lag_seconds'> = {};
    const part = await this.part('projector', async () => {
      if (role === 'failing') throw new Error(`the projector fails since ${since?.toISOString()}: ${lastError}`);
      const { leader, lagSeconds } = await this.readModel.read();
      found.leader = leader?.name;
      found.leads_since = leader?.since.toISOString();
      found.lag_seconds = Math.round(lagSeconds * 10) / 10;
      if (leader === undefined) throw new Error('no projector leads: start one, or see why those that run do not lead');
      if (lagSeconds > this.maxLagSeconds)
        throw new Error(`the read model is ${Math.round(lagSeconds)} s behind, more than MAX_LAG_SECONDS`);
    });
    return { ...part, role, ...found };
  }
}
