import { createHash } from 'node:crypto';
import type { Transaction } from '@app/purchase/events';
import { isCurrency, parseAmount } from '@app/purchase/money/money';
import type { Instant } from '@app/purchase/purchase';
import type { HistoryEntry } from '@app/purchase/state';
import type { BodyError } from './body-error';
import { checkValues, toInstant } from './check-values';
import { HistoryEntryDto, TransactionDto } from './entry-dto';
import { explainBody } from './explain-body';
import { pruneBody } from './prune-body';

export type Read<T> = { ok: true; value: T } | { ok: false; errors: readonly BodyError[] };

/** Shape and values of a small body; every wrong value is named. */
function check<T extends object>(body: unknown, target: new () => T): Read<T> {
  const { value, errors } = pruneBody(body, true);
  const wrong = [...errors, ...explainBody(value, target), ...checkValues(value)];
  return wrong.length > 0 ? { ok: false, errors: wrong } : { ok: true, value: value as T };
}

/** Reads a payment or a refund. Whether its currency is that of the purchase is asked when it is recorded. */
export function readTransaction(body: unknown): Read<{ transaction: Transaction; currency: string }> {
  const read = check(body, TransactionDto);
  if (!read.ok) return read;
  const { platform_id, total, apply_to_balance, status, gateway, created_at } = read.value;
  const { currency } = total;
  if (!isCurrency(currency))
    return {
      ok: false,
      errors: [{ code: 'unknown-currency', message: `${currency} is no ISO 4217 code`, property: '/total/currency' }],
    };
  const parsed = parseAmount(total.number, currency);
  if (!parsed.ok) throw new Error(`an amount that was checked is ${parsed.problem}`);
  const particulars = (body as { full_transaction?: unknown }).full_transaction ?? undefined;
  const happenedAt = created_at === undefined ? undefined : toInstant(created_at);
  const transaction: Transaction = {
    platformId: platform_id,
    type: parsed.minor < 0 ? 'refund' : 'payment',
    amount: Math.abs(parsed.minor),
    ...(status !== undefined && { status }),
    ...(gateway !== undefined && { gateway }),
    ...(happenedAt !== undefined && { happenedAt }),
    ...(apply_to_balance === false && { informational: true }),
    ...(particulars !== undefined && { particulars }),
  };
  return { ok: true, value: { transaction, currency } };
}

const foreign = (property: 'created_by' | 'sent_by', type: string): BodyError => ({
  code: 'unknown-property',
  message: `${property} is no property of a ${type}`,
  property: `/${property}`,
});

const EVENT_OF = { message: 'MessagePosted', note: 'NoteAdded' } as const;

/** Reads a message, a note or an e-mail. Of the sender's key only a hash is kept. */
export function readHistoryEntry(body: unknown, at: Instant, key: string | undefined): Read<HistoryEntry> {
  const read = check(body, HistoryEntryDto);
  if (!read.ok) return read;
  const { event_type, created_by: createdBy, sent_by: sentBy, body: text } = read.value;
  const said = {
    body: text,
    at,
    ...(key !== undefined && { idempotencyKey: createHash('sha256').update(key).digest('hex').slice(0, 32) }),
  };
  if (event_type === 'email')
    return createdBy === undefined
      ? { ok: true, value: { type: 'EmailSent', data: { ...(sentBy !== undefined && { sentBy }), ...said } } }
      : { ok: false, errors: [foreign('created_by', event_type)] };
  return sentBy === undefined
    ? {
        ok: true,
        value: { type: EVENT_OF[event_type], data: { ...(createdBy !== undefined && { createdBy }), ...said } },
      }
    : { ok: false, errors: [foreign('sent_by', event_type)] };
}
