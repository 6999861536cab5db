import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { ProjectorObserver, ProjectorStatus } from '@app/read-models/projection/projector';

const BATCH_BUCKETS = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10];

/** The metrics of one projector, in their own registry, because it may run in a thread of another process. */
export class ProjectorMetrics implements ProjectorObserver {
  readonly registry = new Registry();
  private status?: () => ProjectorStatus;

  private readonly events = new Counter({
    name: 'purchasing_projector_events_total',
    help: 'Events projected by this projector.',
    registers: [this.registry],
  });

  private readonly batches = new Histogram({
    name: 'purchasing_projector_batch_duration_seconds',
    help: 'Time to fold and write one batch.',
    buckets: BATCH_BUCKETS,
    registers: [this.registry],
  });

  constructor() {
    const { registry } = this;
    const gauge = (name: string, help: string, read: (status: ProjectorStatus) => number): void => {
      const value = (): number => (this.status === undefined ? 0 : read(this.status()));
      new Gauge({
        name,
        help,
        registers: [registry],
        collect() {
          this.set(value());
        },
      });
    };
    gauge('purchasing_projector_leads', '1 while this projector leads, 0 while it stands by or fails.', ({ role }) =>
      Number(role === 'leading'),
    );
    gauge('purchasing_projector_failures', 'Consecutive failures of this projector.', ({ failures }) => failures);
  }

  /** Reads the status of a projector at each scrape. */
  watch(projector: { status(): ProjectorStatus }): void {
    this.status = () => projector.status();
  }

  projected({ events }: { events: readonly unknown[] }, { seconds }: { seconds: number }): void {
    this.events.inc(events.length);
    this.batches.observe(seconds);
  }
}
