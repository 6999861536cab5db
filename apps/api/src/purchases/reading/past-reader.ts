import { Injectable } from '@nestjs/common';
import type { PastState } from '@app/read-models/past/past-state';
import { type Comparison, PastStates } from '@app/read-models/past/past-states';
import { type FoundRow, PurchaseQueries } from '@app/read-models/queries/purchase-queries';
import type { LivePurchase } from '@app/purchase/state';
import { SNAPSHOT_EVERY } from '@app/stored-events/snapshots';
import type { Target } from '@app/write-model/write-outcome';
import { Problem } from '../../http/problems/problem';
import type { CompareQuery, PastQuery } from '../query-parameters';
import { PurchaseReader } from './purchase-reader';

/** A purchase with a past state. */
export interface FoundState extends FoundRow {
  purchase: LivePurchase;
}

export const asksForPast = ({ revision, as_of }: PastQuery): boolean => revision !== undefined || as_of !== undefined;

const refused = (property: string, message: string): Problem =>
  new Problem('invalid-parameter', `${property} ${message}`, {
    errors: [{ code: 'invalid-parameter', message, property }],
  });

const noRevision = (message: string): Problem => new Problem('revision-not-found', message);

/** Reads past states of existing purchases: found by a current identifier, folded from the event store (ADR 29). */
@Injectable()
export class PastReader {
  constructor(
    private readonly reader: PurchaseReader,
    private readonly past: PastStates,
    private readonly queries: PurchaseQueries,
  ) {}

  /** @throws Problem invalid-parameter, purchase-not-found, revision-not-found */
  async find(site: string, target: Target, { revision, as_of }: PastQuery): Promise<FoundState> {
    if (revision !== undefined && as_of !== undefined) throw refused('as_of', 'cannot be combined with revision');
    const row = await this.reader.identify(site, target);
    const found =
      as_of === undefined
        ? await this.past.atRevision({ site, id: row.purchaseId }, BigInt(revision ?? 0))
        : await this.asOf(site, row, new Date(as_of));
    if (found?.purchase === undefined)
      throw noRevision(as_of === undefined ? `there is no revision ${revision}` : `there was no purchase at ${as_of}`);
    return { purchaseId: row.purchaseId, revision: found.revision, purchase: found.purchase };
  }

  /** The timeline tells which events of a long purchase need not be read. When it is behind, more of them are read. */
  private async asOf(site: string, { purchaseId, revision }: FoundRow, time: Date): Promise<PastState | undefined> {
    const recorded =
      revision < SNAPSHOT_EVERY ? undefined : await this.queries.lastRecorded(site, purchaseId, time.toISOString());
    return this.past.asOf({ site, id: purchaseId }, time, recorded);
  }

  /** @throws Problem invalid-parameter, purchase-not-found, revision-not-found */
  async compare(
    site: string,
    target: Target,
    { from, to, show }: CompareQuery,
  ): Promise<Comparison & { purchaseId: string }> {
    if (from !== undefined && to !== undefined && from > to) throw refused('from', 'must be at most to');
    const { purchaseId, revision } = await this.reader.identify(site, target);
    const key = { site, id: purchaseId };
    const last = to ?? Number((await this.past.lastRevision(key)) ?? revision);
    const first = from ?? last - 1;
    const found = first > last ? undefined : await this.past.compare(key, BigInt(first), BigInt(last), show);
    if (found === undefined) throw noRevision(`there is no revision ${Math.max(first, last)}`);
    return { ...found, purchaseId };
  }
}
