import type { JSX } from 'preact';
import { useRef } from 'preact/hooks';
import { ApiProblem, call } from '../api/http';
import type { Projection, Readiness } from '../api/types';
import { LagChart } from '../operations/lag-chart';
import { Quarantine } from '../operations/quarantine';
import { Rebuild } from '../operations/rebuild';
import { label } from '../ui/format';
import { Badge, ErrorPanel, Skeleton, Time } from '../ui/parts';
import { useLoad, useNow } from '../ui/use-load';

const POLL_MS = 2_000;
/** The rate of events is measured over this time. */
const RATE_MS = 10_000;

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

interface Status {
  projections: Projection[];
  /** Events of the site a second over the last seconds; undefined until two were read. */
  eventsPerSecond: number | undefined;
}

/** Reads the projections, and the number of the newest event of the site to measure how many come a second. */
function useStatus(tick: number): ReturnType<typeof useLoad<Status>> {
  const numbers = useRef<{ at: number; sequence: number }[]>([]);
  return useLoad(`status ${tick}`, async (signal) => {
    const [projections, newest] = await Promise.all([
      call('listProjections', { signal }),
      call('getSiteTimeline', { query: { limit: 1, include: 'clocks' }, signal }),
    ]);
    const now = { at: Date.now(), sequence: newest.body[0]?.sequence ?? 0 };
    numbers.current = [...numbers.current.filter(({ at }) => at > now.at - RATE_MS), now];
    const [first = now] = numbers.current;
    const seconds = (now.at - first.at) / 1_000;
    return {
      projections: projections.body,
      eventsPerSecond: seconds === 0 ? undefined : (now.sequence - first.sequence) / seconds,
    };
  });
}

function ProjectionCard({
  projection,
  eventsPerSecond,
  at,
  reload,
}: {
  projection: Projection;
  eventsPerSecond: number | undefined;
  at: number;
  reload: () => void;
}): JSX.Element {
  const { name, version, position, lag_seconds: lag, leader } = projection;
  return (
    <section class="card" aria-label={`Projection ${name}`}>
      <h2>
        Projection {name} <span class="muted small">version {version}</span>
      </h2>
      <dl class="facts">
        <Fact name="Position">{position?.commit ?? 'at the start'}</Fact>
        <Fact name="Lag">{`${lag} s`}</Fact>
        <Fact name="Events a second, this site">
          {eventsPerSecond === undefined ? '…' : eventsPerSecond.toFixed(1)}
        </Fact>
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
    </section>
  );
}

/** Health, the projections, and what they stopped at. For the scope `operate`. */
export function Operations(): JSX.Element {
  const tick = Math.floor(useNow(POLL_MS) / POLL_MS);
  const health = useLoad(`health ${tick}`, readiness);
  const { data, error, at, reload } = useStatus(tick);
  return (
    <main>
      <h1>Operations</h1>
      <ErrorPanel error={data === undefined ? error : undefined} retry={reload} />
      <div class="columns even">
        {data?.projections.map((projection) => (
          <ProjectionCard
            key={projection.name}
            projection={projection}
            eventsPerSecond={data.eventsPerSecond}
            at={at}
            reload={reload}
          />
        ))}
        <Health health={health.data} />
      </div>
      {data?.projections.map(({ name }) => (
        <Quarantine key={name} name={name} />
      ))}
    </main>
  );
}
