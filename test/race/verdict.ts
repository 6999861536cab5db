import { decode } from '@app/stored-events/codec';
import type { EventStore, RecordedEvent } from '@app/event-store/event-store';
import { normaliseIdentifier } from '@app/purchase/identifier-value';
import { PURCHASE_PREFIX, purchaseIdOf } from '@app/stored-events/streams';
import { evolve } from '@app/purchase/evolve';
import { IDENTIFIER_KINDS, type IdentifierKind } from '@app/purchase/purchase';
import { initialState, type PurchaseState } from '@app/purchase/state';
import { type Attempt, isSettled, type Round } from './round';

interface Recorded {
  event: RecordedEvent;
  /** The purchase at this revision. */
  state: PurchaseState;
}

/** The history of every purchase by revision, and the holders of each identifier over time, from the event store. */
export class History {
  readonly purchases = new Map<string, Recorded[]>();
  /** By request id: the events that the request appended to purchases, without fences. */
  readonly appended = new Map<string, RecordedEvent[]>();
  readonly violations: string[] = [];
  private readonly holders = new Map<string, string>();

  static async read(store: EventStore): Promise<History> {
    const history = new History();
    for await (const { events, caughtUp } of store.subscribe({ from: undefined, streamPrefixes: [PURCHASE_PREFIX] })) {
      for (const event of events) history.add(event);
      if (caughtUp) break;
    }
    return history;
  }

  liveHolder(kind: IdentifierKind, value: string): string | undefined {
    return this.holders.get(keyOf(kind, value));
  }

  private add(event: RecordedEvent): void {
    const id = purchaseIdOf(event.stream);
    const history = this.purchases.get(id) ?? [];
    this.purchases.set(id, history);
    const before = history.at(-1)?.state ?? initialState;
    const state = evolve(before, decode(event));
    history.push({ event, state });
    this.updateHolders(id, before, state);
    if (event.type === 'IdentifierForfeited') return;
    const request = event.metadata.requestId ?? '';
    this.appended.set(request, [...(this.appended.get(request) ?? []), event]);
  }

  /** Checks, in the order of $all, that no identifier has two holders at any time. */
  private updateHolders(id: string, before: PurchaseState, after: PurchaseState): void {
    for (const kind of IDENTIFIER_KINDS) {
      const [old, now] = [heldBy(before, kind), heldBy(after, kind)];
      if (old === now) continue;
      if (old !== undefined) this.holders.delete(keyOf(kind, old));
      if (now === undefined) continue;
      const other = this.holders.get(keyOf(kind, now));
      if (other !== undefined) this.violations.push(`${kind} ${now} is held by ${other} and by ${id}`);
      this.holders.set(keyOf(kind, now), id);
    }
  }
}

const keyOf = (kind: IdentifierKind, value: string): string => `${kind} ${value}`;
const heldBy = (state: PurchaseState, kind: IdentifierKind): string | undefined =>
  state.phase === 'live' ? state.purchase.identifiers[kind] : undefined;
const isAccepted = (attempt: Attempt): boolean => isSettled(attempt) && attempt.status < 300;

/** Compares the response to a call with the history. */
function* checkAttempt(attempt: Attempt, history: History, answers: ReadonlyMap<string, number>): Iterable<string> {
  const { requestId, method, code } = attempt;
  const call = `${method} ${attempt.kind} ${requestId}, answered ${attempt.status ?? 'nothing'} ${code ?? ''}`;
  const events = history.appended.get(requestId) ?? [];
  const isOneAppend =
    new Set(events.map(({ stream }) => stream)).size <= 1 &&
    events.every(({ revision }, index) => revision === events[0]!.revision + BigInt(index));
  if (!isOneAppend) yield `${call}: was applied more than once`;
  if (!isSettled(attempt)) return;
  const { status } = attempt;
  if (status >= 500 || status === 400) yield `${call}: must not happen`;
  if (status >= 400)
    return events.length > 0 ? yield `${call}: was refused, but its events are in the history` : undefined;
  if (method === 'DELETE') return events.length === 1 ? undefined : yield `${call}: is not in the history`;
  if (attempt.changed !== events.length > 0) yield `${call}: changed ${attempt.changed}, ${events.length} events`;
  const recorded = history.purchases.get(attempt.purchaseId ?? '');
  const { event, state } = recorded?.[attempt.revision ?? -1] ?? {};
  if (attempt.changed === true && event?.id !== events.at(-1)?.id)
    yield `${call}: its ETag is not the revision of its events`;
  const tag = state?.phase === 'live' ? state.purchase.customerReference : undefined;
  if (tag !== attempt.tag) yield `${call}: the body at its ETag is ${tag}, not ${attempt.tag}`;
  const next = recorded?.[(attempt.revision ?? -1) + 1]?.event;
  // Visible before this call was sent. The server's timestamp of an event is taken before the event is visible to readers.
  const nextKnownAt = answers.get(next?.metadata.requestId ?? '') ?? Infinity;
  if (attempt.changed === false && nextKnownAt < attempt.sentAt)
    yield `${call}: no change was reported, for an outdated state`;
}

/** A `whole` round ends with one purchase that has all four identifiers, or every write was refused. */
function* checkRound(round: Round, history: History): Iterable<string> {
  if (round.kind !== 'whole') return;
  const appended = round.attempts.flatMap(({ requestId }) => history.appended.get(requestId) ?? []);
  const created = new Set(appended.filter(({ type }) => type === 'PurchaseCreated').map(({ stream }) => stream));
  const holders = new Set(
    IDENTIFIER_KINDS.map((kind) => {
      const read = normaliseIdentifier(kind, round.names[kind]);
      return history.liveHolder(kind, read.ok ? read.value : '');
    }),
  );
  const wasWritten = round.attempts.some(isAccepted);
  const name = `round ${round.number}`;
  if (created.size > 1) yield `${name}: ${created.size} purchases were created`;
  if (wasWritten && (holders.size !== 1 || holders.has(undefined))) yield `${name}: held by ${[...holders].join(', ')}`;
  const refused = round.attempts
    .filter(isSettled)
    .filter(({ status, code }) => status >= 300 && code !== 'concurrent-update');
  for (const { code } of refused) yield `${name}: refused with ${code}`;
}

/** Returns descriptions of all violations. */
export function verdictOf(rounds: readonly Round[], attempts: readonly Attempt[], history: History): string[] {
  const answers = new Map(attempts.map(({ requestId, answeredAt = Infinity }) => [requestId, answeredAt]));
  return [
    ...history.violations,
    ...attempts.flatMap((attempt) => [...checkAttempt(attempt, history, answers)]),
    ...rounds.flatMap((round) => [...checkRound(round, history)]),
  ];
}

/** The number of calls by status and code. */
export function countOf(attempts: readonly Attempt[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { status, code, changed } of attempts) {
    const name = [status ?? 'unknown', code ?? (changed === false ? 'silent' : '')].join(' ').trim();
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return Object.fromEntries(Object.entries(counts).sort());
}
