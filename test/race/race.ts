import { randomUUID } from 'node:crypto';
import { Agent } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { IDENTIFIER_KINDS, type IdentifierKind } from '@app/purchase/purchase';
import { type ApiProcess, call } from '../processes';
import {
  type Attempt,
  bodyNames,
  isSettled,
  namesOf,
  type Names,
  purchaseBody,
  type Round,
  otherSpelling,
} from './round';
import { seededIntegers } from '../seeded-random';

/** Concurrent rounds. Each has one client for each kind of identifier, 32 clients in total. */
const LANES = 8;
/** PUTs that a client sends in a round, in sequence. */
const PUTS = 3;

export interface Race {
  apis: readonly ApiProcess[];
  headers: Record<string, string>;
  seed: number;
  /** True while more rounds are to be started. */
  hasMore: (round: number) => boolean;
}

const codeOf = (text: string): string => (JSON.parse(text) as { type: string }).type.split(':').at(-1) ?? '';

/** 32 clients and the responses that they received. */
export class Clients {
  readonly rounds: Round[] = [];
  /** Calls after the race, which show that no identifier is blocked. */
  readonly finalCalls: Attempt[] = [];
  private readonly random: (below: number) => number;
  private readonly agent = new Agent({ keepAlive: true });

  constructor(private readonly race: Race) {
    this.random = seededIntegers(race.seed);
  }

  get attempts(): Attempt[] {
    return [...this.rounds.flatMap((round) => round.attempts), ...this.finalCalls];
  }

  async run(): Promise<void> {
    await Promise.all(Array.from({ length: LANES }, () => this.lane()));
  }

  /** Sends one PUT for every identifier that was used. */
  async putByEveryIdentifier(): Promise<void> {
    const remaining = [...this.rounds];
    const lane = async (): Promise<void> => {
      for (let round = remaining.pop(); round !== undefined; round = remaining.pop())
        for (const kind of IDENTIFIER_KINDS)
          this.finalCalls.push(await this.settle(this.attempt('PUT', kind, round.names[kind], {}), []));
    };
    await Promise.all(Array.from({ length: LANES }, lane));
    this.agent.destroy();
  }

  private async lane(): Promise<void> {
    while (this.race.hasMore(this.rounds.length)) {
      const other = this.rounds.findLast((each) => each.kind === 'mixed');
      const number = this.rounds.length;
      const kind = this.random(4) === 0 ? ('mixed' as const) : ('whole' as const);
      const round: Round = { number, kind, names: namesOf(number, randomUUID()), attempts: [] };
      this.rounds.push(round);
      await Promise.all(IDENTIFIER_KINDS.map((path) => this.client(round, path, other)));
    }
  }

  /** Writes one purchase repeatedly by one of its identifiers; sometimes sends the same body twice. */
  private async client(round: Round, path: IdentifierKind, other: Round | undefined): Promise<void> {
    let last: Attempt | undefined;
    for (let n = 0; n < PUTS; n++) {
      const value = this.random(2) === 0 ? round.names[path] : otherSpelling(path, round.names[path]);
      const isDelete = round.kind === 'mixed' && this.random(8) === 0;
      const attempt = this.attempt(
        isDelete ? 'DELETE' : 'PUT',
        path,
        value,
        bodyNames(round, path, other, this.random),
      );
      const repeat = n === PUTS - 1 && last !== undefined && !isDelete ? { tag: last.tag, names: last.names } : {};
      last = await this.settle({ ...attempt, ...repeat }, round.attempts);
    }
  }

  private attempt(method: 'PUT' | 'DELETE', kind: IdentifierKind, value: string, names: Partial<Names>): Attempt {
    const requestId = randomUUID();
    return { requestId, method, kind, value, tag: requestId, names, sentAt: 0 };
  }

  /** Retries a request until it is answered. Records every attempt as a separate call and returns the last one. */
  private async settle(first: Attempt, attempts: Attempt[]): Promise<Attempt> {
    for (;;) {
      const attempt = { ...first, requestId: randomUUID(), sentAt: Date.now() };
      attempts.push(attempt);
      await this.send(attempt).catch(() => pause(20));
      if (isSettled(attempt)) return attempt;
    }
  }

  private async send(attempt: Attempt): Promise<void> {
    const { headers } = this.race;
    const running = this.race.apis.filter(({ isRunning }) => isRunning);
    const { url } = running[this.random(running.length)]!;
    const {
      status,
      headers: answered,
      text,
    } = await call(`${url}/api/v1/purchases/${attempt.kind}/${encodeURIComponent(attempt.value)}`, {
      method: attempt.method,
      headers: { ...headers, 'x-request-id': attempt.requestId },
      ...(attempt.method === 'PUT' && { body: purchaseBody(attempt.tag, attempt.names) }),
      agent: this.agent,
    });
    attempt.answeredAt = Date.now();
    attempt.status = status;
    if (status >= 400) attempt.code = codeOf(text);
    attempt.changed = answered['purchase-changed'] !== 'false';
    if (answered.etag !== undefined) attempt.revision = Number(answered.etag.slice(1, -1));
    attempt.purchaseId = answered['purchase-id'] as string | undefined;
  }
}
