import type { FastifyReply } from 'fastify';
import type { Position } from '@app/event-store/event-store';
import type { WriteContext } from '@app/stored-events/codec';
import type { WriteOutcome } from '@app/write-model/write-outcome';
import type { FoundPurchase, PurchaseQueries } from '@app/read-models/queries/purchase-queries';
import type { AuthenticatedRequest } from '../auth/caller.guard';
import { Problem } from '../http/problems/problem';
import { problemOf } from '../http/problems/refusals';
import type { BodyError } from './body/body-error';
import { CONSISTENCY_TOKEN, encodeConsistencyToken } from './consistency-token';
import { etagOf } from './purchase-guards';
import { readPath } from './purchase-path';

/** What the calls of a purchase share. */

export type Written = Extract<WriteOutcome, { kind: 'written' }>;

export const contextOf = ({ caller, id }: AuthenticatedRequest, impersonator?: string): WriteContext => ({
  site: caller.site,
  actor: caller.clientId,
  ...(impersonator !== undefined && { impersonator }),
  requestId: id,
  at: new Date().toISOString(),
});

/** Headers of every answer about one purchase: revision and id; after a write also whether it changed anything, and its consistency token. */
export function headersOf({
  purchaseId,
  revision,
  changed,
  position,
}: Pick<FoundPurchase, 'purchaseId' | 'revision'> & {
  changed?: boolean;
  position?: Position;
}): Record<string, string> {
  return {
    etag: etagOf(revision),
    'purchase-id': purchaseId,
    ...(changed !== undefined && { 'purchase-changed': String(changed) }),
    ...(position !== undefined && { [CONSISTENCY_TOKEN]: encodeConsistencyToken(position) }),
  };
}

/** @throws Problem for a refusal */
export function written(outcome: WriteOutcome): Written {
  if (outcome.kind === 'written') return outcome;
  throw outcome.kind === 'refused'
    ? problemOf(outcome.refusal)
    : new Problem('purchase-not-found', 'it was deleted meanwhile');
}

export const invalidBody = (errors: readonly BodyError[]): Problem =>
  new Problem('invalid-body', `${errors.length} wrong ${errors.length === 1 ? 'value' : 'values'}`, { errors });

/** The purchase of a path as the read model has it; the answer bears its headers. @throws Problem purchase-not-found, invalid-parameter */
export async function findPurchase(
  queries: PurchaseQueries,
  lookupBy: string,
  identifier: string,
  { caller }: AuthenticatedRequest,
  reply: FastifyReply,
): Promise<FoundPurchase> {
  const target = readPath(lookupBy, identifier);
  const found = await queries.byIdentifier(caller.site, target.lookupBy, target.identifier);
  if (found === undefined) throw new Problem('purchase-not-found', 'no purchase has this identifier');
  void reply.headers(headersOf(found));
  return found;
}
