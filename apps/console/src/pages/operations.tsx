import type { JSX } from 'preact';
import { ApiProblem, call } from '../api/http';
import type { Projection, Readiness } from '../api/types';
import { LagChart } from '../operations/lag-chart';
import { Quarantine } from '../operations/quarantine';
import { Rebuild } from '../operations/rebuild';
import { Verification } from '../operations/verification';
import { label } from '../ui/format';
import { Badge, ErrorPanel, Skeleton, Time } from '../ui/parts';
import { usePoll } from '../ui/use-load';
import { useTitle } from '../ui/title';

const POLL_MS = 2_000;

/** `/health/ready` answers 503 with the same body when a part is not ready. */
async function readiness(signal: AbortSignal): Promise<Readiness> {
  try {
    return (await call('getReadiness', { signal })).body;
  } catch (error) {
    if (error instanceof ApiProblem && 'projector' in error.problem) return error.problem as unknown as Readiness;
    throw error;
  }
}

function Health({ health }: { health: Readiness | undefined }): JSX.Element {
  return (
    <section class="card" aria-label="Health">
      <h2>
        Health <Badge value={health?.status} />
      </h2>
      {health === undefined && <Skeleton rows={3} />}
      {health !== undefined && (
        <dl class="facts">
          {(['event_store', 'read_model', 'projector'] as const).map((part) => {
            const { ready, since, error } = health[part];
            return (
              <div key={part}>
                <dt>{label(part)}</dt>
                <dd class={ready ? undefined : 'bad'}>
                  {ready ? 'ready' : 'not ready'}
                  {part === 'projector' && `, ${health.projector.role}`} since <Time at={since} /> {error}
                </dd>
              </div>
            );
          })}
        </dl>
      )}
    </section>
  );
}

const Fact = ({ name, children }: { name: string; children: JSX.Element | string }): JSX.Element => (
  <div>
    <dt>{name}</dt>
    <dd>{children}</dd>
  </div>
);

function ProjectionCard({
  projection,
  at,
  reload,
}: {
  projection: Projection;
  at: number;
  reload: () => void;
}): JSX.Element {
  const { name, version, includes, position, end_position: end, leader } = projection;
  const { lag_seconds: lag, lag_events: behind, events_per_second: rate } = projection;
  return (
    <section class="card" aria-label={`Projection ${name}`}>
      <h2>
        Projection {name} <span class="muted small">version {version}</span>
      </h2>
      <dl class="facts">
        <Fact name="Includes">{includes.map((each) => each.name).join(', ')}</Fact>
        <Fact name="Position">{`${position?.commit ?? 'at the start'}${end === undefined ? '' : ` of ${end.commit}`}`}</Fact>
        <Fact name="Lag">{`${lag} s, ${behind.toLocaleString('en')} events`}</Fact>
        <Fact name="Events a second">{rate === undefined ? 'unknown' : rate.toLocaleString('en')}</Fact>
        <Fact name="Leader">
          {leader === undefined ? (
            'none'
          ) : (
            <>
              {leader.name} since <Time at={leader.since} />
            </>
          )}
        </Fact>
      </dl>
      <LagChart seconds={lag} at={at} />
      <Rebuild name={name} ended={reload} />
      <Verification name={name} />
    </section>
  );
}

/** Health, projections and quarantined purchases. Requires the scope `operate`. */
export function Operations(): JSX.Element {
  useTitle('Operations');
  const health = usePoll(POLL_MS, readiness);
  const { data, error, at, reload } = usePoll(POLL_MS, (signal) => call('listProjections', { signal }));
  return (
    <main>
      <h1>Operations</h1>
      <ErrorPanel error={data === undefined ? error : undefined} retry={reload} />
      {data === undefined && error === undefined && <Skeleton rows={8} />}
      <div class="columns even">
        {data?.body.map((projection) => (
          <ProjectionCard key={projection.name} projection={projection} at={at} reload={reload} />
        ))}
        {data !== undefined && <Health health={health.data} />}
      </div>
      {data?.body.map(({ name, quarantined }) => (
        <Quarantine key={name} name={name} count={quarantined} />
      ))}
    </main>
  );
}
