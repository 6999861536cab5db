import type { FastifyReply } from 'fastify';
import type { Position } from '@app/event-store/event-store';
import type { WriteContext } from '@app/stored-events/codec';
import type { WriteOutcome } from '@app/write-model/write-outcome';
import type { FoundRow } from '@app/read-models/queries/purchase-queries';
import type { AuthenticatedRequest } from '../auth/authenticate';
import { jsonText } from '../http/json-array';
import { Problem } from '../http/problems/problem';
import { problemOf } from '../http/problems/refusals';
import type { BodyErrors } from './body/body-report';
import { CONSISTENCY_TOKEN, encodeConsistencyToken } from './consistency-token';
import { etagOf } from './purchase-guards';
import type { WriteAnswer } from './writes/write';

/** Helpers shared by the endpoints of a purchase. */

export type Written = Extract<WriteOutcome, { kind: 'written' }>;

export const contextOf = ({ caller, id }: AuthenticatedRequest): WriteContext => ({
  site: caller.site,
  actor: caller.clientId,
  requestId: id,
  at: new Date().toISOString(),
});

/** Response headers of a purchase: revision and id; after a write also whether it changed anything, and the consistency token. */
export function headersOf({
  purchaseId,
  revision,
  changed,
  position,
}: FoundRow & {
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

/** Sets status and headers of an answer and returns its body. */
export function sendAnswer(reply: FastifyReply, { status, headers, json }: WriteAnswer): string | undefined {
  void reply.status(status).headers(headers);
  return json === undefined ? undefined : jsonText(reply, json);
}

/** True for `Prefer: handling=strict` (RFC 7240): input that would be ignored is rejected. */
export const isStrict = ({ prefer = '' }: Record<string, string | undefined>): boolean =>
  /(?:^|[,;\s])handling\s*=\s*"?strict"?(?:$|[,;\s])/i.test(prefer);

/** The outcome of a write. @throws Problem when the write was rejected */
export function written(outcome: WriteOutcome): Written {
  if (outcome.kind === 'written') return outcome;
  throw outcome.kind === 'refused'
    ? problemOf(outcome.refusal)
    : new Problem('purchase-not-found', 'it was deleted meanwhile');
}

export const invalidBody = ({ errors, hasMore }: BodyErrors): Problem => {
  const values = `${errors.length} wrong ${errors.length === 1 ? 'value' : 'values'}`;
  return new Problem('invalid-body', hasMore ? `more than ${values}; the first ${errors.length} are listed` : values, {
    errors,
  });
};
