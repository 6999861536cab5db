import type { ListCursor, PurchaseOrder } from '@app/read-models/queries/purchase-list';
import type { Parameter } from '../../http/query/parameter';

/** A position in a list, with the order of the list. */
export interface OrderedCursor extends ListCursor {
  orderBy: PurchaseOrder;
}

const CURSOR = /^(placed_at|last_updated) (-|-?\d{1,15}) ([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/;
const MIN_TIME = Date.parse('0001-01-01T00:00:00.000Z');
const MAX_TIME = Date.parse('9999-12-31T23:59:59.999Z');

export const encodeCursor = ({ orderBy, at, id }: OrderedCursor): string =>
  Buffer.from(`${orderBy} ${at === -Infinity ? '-' : at} ${id}`).toString('base64url');

function decodeCursor(text: string): OrderedCursor | undefined {
  const [, orderBy, time, id] = CURSOR.exec(Buffer.from(text, 'base64url').toString('latin1')) ?? [];
  if (orderBy === undefined || time === undefined || id === undefined) return undefined;
  const at = time === '-' ? -Infinity : Number(time);
  const isTime = at === -Infinity || (at >= MIN_TIME && at <= MAX_TIME);
  return isTime ? { orderBy: orderBy as PurchaseOrder, at, id } : undefined;
}

/** Encodes the `cursor` of a list. */
export const listCursor = (description: string): Parameter<OrderedCursor> => ({
  description,
  schema: { type: 'string' },
  read: (sent) => {
    const cursor = decodeCursor(sent);
    return cursor === undefined ? { problem: 'must be the cursor of a Link of this list' } : { value: cursor };
  },
});
