import type { JSX } from 'preact';
import { call } from '../api/http';
import { LagChart } from '../operations/lag-chart';
import { type Projection } from '../operations/types';
import { Quarantine } from '../operations/quarantine';
import { Rebuild } from '../operations/rebuild';
import { Verify } from '../operations/verify';
import { ErrorPanel, Skeleton } from '../ui/parts';
import { useLoad, useNow } from '../ui/use-load';

const POLL_MS = 2_000;

interface Readiness {
  status: string;
  [part: string]: unknown;
}

/** `/health/ready` answers 503 with the same body when a part is not ready. */
async function readiness(signal: AbortSignal): Promise<Readiness> {
  const response = await fetch('/health/ready', { signal });
  return (await response.json()) as Readiness;
}

const partText = (value: unknown): string =>
  value === true ? 'ok' : value === false ? 'not ready' : typeof value === 'string' ? value : JSON.stringify(value);

const isPartOk = (value: unknown): boolean =>
  value === true ||
  value === 'ok' ||
  (typeof value === 'object' &&
    value !== null &&
    ['ok', 'up', true].includes((value as { status?: string }).status ?? ''));

function Health({ health }: { health: Readiness | undefined }): JSX.Element {
  if (health === undefined) return <Skeleton rows={1} />;
  return (
    <section class="card">
      <h2>
        Health <span class={`badge badge-${health.status === 'ok' ? 'good' : 'off'}`}>{health.status}</span>
      </h2>
      <dl class="facts">
        {Object.entries(health)
          .filter(([part]) => part !== 'status')
          .map(([part, value]) => (
            <div key={part}>
              <dt>{part.replace(/_/g, ' ')}</dt>
              <dd class={isPartOk(value) ? undefined : 'bad'}>{partText(value)}</dd>
            </div>
          ))}
      </dl>
    </section>
  );
}

function ProjectionCard({ projection, reload }: { projection: Projection; reload: () => void }): JSX.Element {
  return (
    <section class="card">
      <h2>
        {projection.name} <span class="muted small">version {projection.version}</span>{' '}
        <span class="badge badge-plain">{projection.state}</span>
      </h2>
      <dl class="facts">
        <div>
          <dt>Position</dt>
          <dd>{projection.position ?? '–'}</dd>
        </div>
        <div>
          <dt>Lag</dt>
          <dd>
            {projection.lag_events ?? '–'} events, {projection.lag_seconds ?? '–'} s
          </dd>
        </div>
        <div>
          <dt>Leader</dt>
          <dd>{projection.leader ?? '–'}</dd>
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
      <Verify />
    </main>
  );
}
