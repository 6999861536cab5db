import { createHash } from 'node:crypto';
import type { Transaction } from '@app/purchase/events';
import type { Instant } from '@app/purchase/purchase';
import type { HistoryEntry } from '@app/purchase/state';
import { HistoryEntryDto, TransactionDto } from './entry-dto';
import { readBody, type ReadResult } from './read-body';
import { minor } from './to-purchase';

export interface SentTransaction {
  transaction: Transaction;
  currency: string;
}

/** Reads a payment or a refund. The currency is compared with the purchase when it is recorded. */
export function readTransaction(body: unknown, { strict }: { strict: boolean }): ReadResult<SentTransaction> {
  const read = readBody(TransactionDto, body, { strict });
  return read.ok ? { ok: true, value: toTransaction(read.value) } : read;
}

function toTransaction(sent: TransactionDto): SentTransaction {
  const amount = minor(sent.total);
  const { status, gateway, created_at: happenedAt, full_transaction: particulars } = sent;
  const transaction: Transaction = {
    platformId: sent.platform_id,
    type: amount < 0 ? 'refund' : 'payment',
    amount: Math.abs(amount),
    ...(status !== undefined && { status }),
    ...(gateway !== undefined && { gateway }),
    ...(happenedAt !== undefined && { happenedAt }),
    ...(sent.apply_to_balance === false && { informational: true }),
    ...(particulars !== undefined && { particulars }),
  };
  return { transaction, currency: sent.total.currency };
}

const EVENT_OF = { message: 'MessagePosted', note: 'NoteAdded', email: 'EmailSent' } as const;

/** Only a hash of the idempotency key is stored. */
const hashOf = (key: string): string => createHash('sha256').update(key).digest('hex').slice(0, 32);

/** Reads a message, a note or an e-mail. */
export function readHistoryEntry(
  body: unknown,
  { at, key, strict }: { at: Instant; key: string | undefined; strict: boolean },
): ReadResult<HistoryEntry> {
  const read = readBody(HistoryEntryDto, body, { strict });
  if (!read.ok) return read;
  const { event_type, created_by: createdBy, sent_by: sentBy, body: text } = read.value;
  const data = {
    ...(createdBy !== undefined && { createdBy }),
    ...(sentBy !== undefined && { sentBy }),
    body: text,
    at,
    ...(key !== undefined && { idempotencyKey: hashOf(key) }),
  };
  return { ok: true, value: { type: EVENT_OF[event_type], data } };
}
