import { decode } from '@app/stored-events/codec';
import { EventStoreUnavailable, type RecordedEvent } from '@app/event-store/event-store';
import { PURCHASE_PREFIX } from '@app/stored-events/streams';
import type { Interleaving, Run } from './interleaving';
import { explains, explainsAppend } from './specification';
import { brokenIdentity } from './world';

const requestOf = ([first]: readonly RecordedEvent[]): string | undefined => first?.metadata.requestId;

/** True for the append that applies the request, false for claims, releases and fences. */
const appliesRequest = ([first]: readonly RecordedEvent[]): boolean =>
  first !== undefined && first.stream.startsWith(PURCHASE_PREFIX) && first.type !== 'IdentifierForfeited';

/** Describes the first violation in the order of the moments; undefined if there is none. */
export function violationIn(interleaving: Interleaving): string | undefined {
  for (const [moment, { world }] of interleaving.moments.entries()) {
    const broken = brokenIdentity(world);
    if (broken !== undefined) return `moment ${moment}: ${broken}`;
  }
  for (const run of interleaving.runs) {
    const wrong = wrongWith(run, interleaving);
    if (wrong !== undefined) return `call ${run.id}: ${wrong}`;
  }
  return undefined;
}

function wrongWith(run: Run, interleaving: Interleaving): string | undefined {
  const { moments } = interleaving;
  const appends = moments.flatMap(({ events }, moment) =>
    appliesRequest(events) && requestOf(events) === run.id ? [moment] : [],
  );
  if (appends.length > 1) return `applied at ${appends.join(' and ')}`;
  const [at] = appends;
  if (run.outcome === undefined) return unanswered(run, at, interleaving);
  if (run.underWay > 0) return `answered with ${run.underWay} store calls still running`;
  const said = run.outcome.kind === 'refused' ? run.outcome.refusal.code : run.outcome.kind;
  const applies =
    run.outcome.kind === 'deleted' || (run.outcome.kind === 'written' && run.outcome.changed && !isDry(run));
  if (applies !== (at !== undefined)) return `${said}, and ${at === undefined ? 'not applied' : `applied at ${at}`}`;
  if (at !== undefined && (at <= run.began || at > run.ended)) return `applied at ${at}, outside the call`;
  if (said === 'concurrent-update')
    return wasAlone(run, interleaving) ? 'reported a conflict without a concurrent write' : undefined;
  const when = at === undefined ? span(run.began, run.ended) : [at - 1];
  const { outcome } = run;
  return when.some((moment) => explains(moments[moment]!.world, run.call, outcome))
    ? undefined
    : `${said} ${JSON.stringify(outcome, (_, value: unknown) => (typeof value === 'bigint' ? Number(value) : value))} at no moment of ${run.began} to ${run.ended}`;
}

/** A call that died or that the store did not answer: if it appended events, they must match the request. */
function unanswered(run: Run, at: number | undefined, { moments }: Interleaving): string | undefined {
  if (!run.died && !(run.failure instanceof EventStoreUnavailable && run.faulted))
    return run.failure instanceof Error ? (run.failure.stack ?? run.failure.message) : 'never answered';
  if (at === undefined) return undefined;
  const events = moments[at]!.events.map(decode);
  return explainsAppend(moments[at - 1]!.world, run.call, events)
    ? undefined
    : `appended ${events.map(({ type }) => type).join(', ')} at ${at}, which does not match the request`;
}

const isDry = ({ call }: Run): boolean => call.do === 'put' && call.dryRun;

const span = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, n) => from + n);

const wasAlone = ({ id, began, ended }: Run, { moments }: Interleaving): boolean =>
  moments.slice(began + 1, ended + 1).every(({ events }) => requestOf(events) === id);
