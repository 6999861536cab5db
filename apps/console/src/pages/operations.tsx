import type { JSX } from 'preact';
import { call } from '../api/http';
import { LagChart } from '../operations/lag-chart';
import type { Projection } from '../operations/types';
import { Quarantine } from '../operations/quarantine';
import { Rebuild } from '../operations/rebuild';
import { label } from '../ui/format';
import { ErrorPanel, Skeleton, Time } from '../ui/parts';
import { useLoad, useNow } from '../ui/use-load';

const POLL_MS = 2_000;

interface Part {
  ready: boolean;
  since: string;
  error?: string;
  role?: string;
}

interface Readiness {
  status: string;
  event_store: Part;
  read_model: Part;
  projector: Part;
}

/** `/health/ready` answers 503 with the same body when a part is not ready. */
async function readiness(signal: AbortSignal): Promise<Readiness> {
  const response = await fetch('/health/ready', { signal });
  return (await response.json()) as Readiness;
}

function Health({ health }: { health: Readiness | undefined }): JSX.Element {
  if (health === undefined) return <Skeleton rows={1} />;
  return (
    <section class="card" aria-label="Health">
      <h2>
        Health <span class={`badge badge-${health.status === 'ok' ? 'good' : 'off'}`}>{health.status}</span>
      </h2>
      <dl class="facts">
        {(['event_store', 'read_model', 'projector'] as const).map((part) => {
          const { ready, since, error, role } = health[part];
          return (
            <div key={part}>
              <dt>{label(part)}</dt>
              <dd class={ready ? undefined : 'bad'}>
                {ready ? 'ready' : 'not ready'}
                {role !== undefined && `, ${role}`} since <Time at={since} /> {error}
              </dd>
            </div>
          );
        })}
      </dl>
    </section>
  );
}

function ProjectionCard({ projection, reload }: { projection: Projection; reload: () => void }): JSX.Element {
  return (
    <section class="card">
      <h2>
        {projection.name} <span class="muted small">version {projection.version}</span>
      </h2>
      <dl class="facts">
        <div>
          <dt>Position</dt>
          <dd>{projection.position?.commit ?? '–'}</dd>
        </div>
        <div>
          <dt>Lag</dt>
          <dd>{projection.lag_seconds ?? '–'} s</dd>
        </div>
        <div>
          <dt>Leader</dt>
          <dd>
            {projection.leader === undefined ? (
              '–'
            ) : (
              <>
                {projection.leader.name} since <Time at={projection.leader.since} />
              </>
            )}
          </dd>
        </div>
      </dl>
      <LagChart seconds={projection.lag_seconds ?? 0} />
      <Rebuild name={projection.name} done={reload} />
    </section>
  );
}

/** The projections, what they hold back, and the tools to rebuild and verify them. For the scope `operate`. */
export function Operations(): JSX.Element {
  const tick = Math.floor(useNow(POLL_MS) / POLL_MS);
  const health = useLoad(`health ${tick}`, readiness);
  const { data, error, reload } = useLoad(`projections ${tick}`, (signal) =>
    call<Projection[]>('/api/v1/projections', { signal }),
  );
  return (
    <main>
      <h1>Operations</h1>
      <Health health={health.data} />
      <ErrorPanel error={data === undefined ? error : undefined} retry={reload} />
      {data === undefined && error === undefined && <Skeleton />}
      <div class="columns even">
        {data?.body.map((projection) => (
          <ProjectionCard key={projection.name} projection={projection} reload={reload} />
        ))}
      </div>
      {data?.body.map(({ name }) => (
        <Quarantine key={name} name={name} />
      ))}
    </main>
  );
}
