/** A UUID in lower case, as a regular expression of JavaScript and of Postgres. */
const PURCHASE_ID = '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$';
const MATCHES_PURCHASE_ID = new RegExp(PURCHASE_ID);

/** False for a foreign stream with the prefix of purchase streams. */
export const isPurchaseId = (id: string): boolean => MATCHES_PURCHASE_ID.test(id);

/** The condition of SQL that an entry of the quarantine is of a purchase and not of a foreign stream. */
export const IS_PURCHASE = `purchase_id ~ '${PURCHASE_ID}'`;
