import type { QuarantineCursor } from '@app/read-models/projection/quarantine';
import type { Parameter } from '../http/query/parameter';

/** A position of $all and a key, which Postgres stores without NUL. */
const CURSOR = /^(\d{1,18}) ([^\0]+)$/s;

/** Encodes the `next` of a page of the quarantine. */
export const encodeQuarantineCursor = ({ position, purchaseId }: QuarantineCursor): string =>
  Buffer.from(`${position} ${purchaseId}`).toString('base64url');

/** The `next` of a page of the quarantine. */
export const quarantineCursor = (description: string): Parameter<QuarantineCursor> => ({
  description,
  schema: { type: 'string' },
  read: (sent) => {
    const [, position, purchaseId] = CURSOR.exec(Buffer.from(sent, 'base64url').toString()) ?? [];
    return position === undefined || purchaseId === undefined
      ? { problem: 'must be the next of a page of the quarantine' }
      : { value: { position: BigInt(position), purchaseId } };
  },
});
