import { largestAmount } from '@app/purchase/money/money';
import type { WriteRefusal } from '@app/write-model/write-outcome';
import { etagOf } from '../../purchases/purchase-guards';
import { Problem, type ProblemOptions, retryAfter } from './problem';

/** Converts a refusal of the write side to a problem. */
export function problemOf(refusal: WriteRefusal): Problem {
  switch (refusal.code) {
    case 'sparklayer-id-is-immutable':
      return at(
        '/purchase_identifiers/sparklayer',
        refusal.code,
        `the purchase has ${refusal.stored}, the body names ${refusal.sent}`,
      );
    case 'type-change-refused':
      return at('/type', refusal.code, `${refusal.before} cannot become ${refusal.after}`);
    case 'stale-revision':
      return at(
        '/revision_date',
        refusal.code,
        `the stored revision is of ${refusal.stored}, the body's of ${refusal.sent}`,
      );
    case 'identifier-taken': {
      const { kind, value, reachableBy } = refusal;
      const path = `/api/v1/purchases/${reachableBy.lookupBy}/${encodeURIComponent(reachableBy.identifier)}`;
      return at(`/purchase_identifiers/${kind}`, refusal.code, `${kind} ${value} belongs to the purchase at ${path}`, {
        more: { identifier: { kind, value }, reachable_by: path },
      });
    }
    case 'identifier-mismatch':
      return at(
        `/purchase_identifiers/${refusal.kind}`,
        refusal.code,
        `the path says ${refusal.inPath}, the body ${refusal.inBody}`,
      );
    case 'precondition-failed':
      return refusal.revision === undefined
        ? new Problem(refusal.code, 'there is no such purchase')
        : new Problem(refusal.code, `the stored revision is ${refusal.revision}`, {
            headers: { etag: etagOf(refusal.revision) },
          });
    case 'currency-mismatch':
      return at(
        '/total/currency',
        refusal.code,
        `the purchase is in ${refusal.stored}, this amount in ${refusal.sent}`,
      );
    case 'currency-change-refused':
      return at(
        '/currency_code',
        refusal.code,
        `the purchase has transactions in ${refusal.stored}, the body is in ${refusal.sent}`,
      );
    case 'sum-too-large':
      return at(
        '/total',
        refusal.code,
        `the transactions of a purchase must add up to at most ${largestAmount(refusal.currency)}`,
      );
    case 'idempotency-key-reused':
      return new Problem(refusal.code, 'another entry was sent with this key');
    case 'purchase-not-found':
      return new Problem(refusal.code, 'no purchase has this identifier');
    case 'concurrent-update':
      return new Problem(
        refusal.code,
        refusal.reason === 'queue'
          ? 'too many other writes of this purchase wait for their turn'
          : 'the purchase changed again and again while this was tried',
        retryAfter(refusal.retryAfterSeconds),
      );
  }
}

const at = (property: string, code: Problem['code'], message: string, options: ProblemOptions = {}): Problem =>
  new Problem(code, message, { errors: [{ code, message, property }], ...options });
