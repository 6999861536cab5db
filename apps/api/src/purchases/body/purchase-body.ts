import type { Purchase } from '@app/purchase/purchase';
import { acceptsBody } from './accept-body';
import type { BodyError } from './body-error';
import { checkValues } from './check-values';
import { explainBody } from './explain-body';
import { pruneBody } from './prune-body';
import { toPurchase } from './to-purchase';

export type ReadBody = { ok: true; purchase: Purchase } | { ok: false; errors: readonly BodyError[] };

/**
 * Reads the body of a PUT. What is wrong is named all at once: shapes, amounts, times, totals. With `strict` calculated values are wrong too
 * (RFC 7240, `Prefer: handling=strict`), else they are passed over.
 */
export function readPurchaseBody(body: unknown, { strict }: { strict: boolean }): ReadBody {
  const { value, errors } = pruneBody(body, strict);
  const accepted = acceptsBody(value);
  const wrong = [...errors, ...(accepted ? [] : explainBody(value)), ...checkValues(value)];
  if (accepted && wrong.length === 0) return { ok: true, purchase: toPurchase(value) };
  return {
    ok: false,
    errors: wrong.length > 0 ? wrong : [{ code: 'wrong-body', message: 'the body has a wrong shape', property: '' }],
  };
}
