import type { Transaction } from '@app/purchase/events';
import type { HistoryEntry } from '@app/purchase/state';
import { moneyIn } from './purchase-parts-view';

/** A payment or a refund as the API returns it; a refund is negative. */
export const viewTransaction = (each: Transaction, currency: string): object => ({
  platform_id: each.platformId,
  total: moneyIn(currency)(each.type === 'refund' ? -each.amount : each.amount),
  apply_to_balance: each.informational !== true,
  status: each.status,
  gateway: each.gateway,
  created_at: each.happenedAt,
  full_transaction: each.particulars,
});

const TYPE_OF = { MessagePosted: 'message', NoteAdded: 'note', EmailSent: 'email' } as const;

/** A message, a note or an e-mail as the API returns it. */
export const viewHistoryEntry = ({ type, data }: HistoryEntry): object => ({
  event_type: TYPE_OF[type],
  ...(type === 'EmailSent' ? { sent_by: data.sentBy } : { created_by: data.createdBy }),
  body: data.body,
  created_at: data.at,
});
