import { createHash } from 'node:crypto';
import type { IdentifierKind } from '@app/purchase/purchase';

/** The one place that names streams. */

export const PURCHASE_PREFIX = 'purchase-';
export const IDENTIFIER_PREFIX = 'identifier-';
export const SITE_PREFIX = 'site-';

/** The stream of one purchase; `id` is a UUID. */
export const purchaseStream = (id: string): string => `${PURCHASE_PREFIX}${id}`;

/** The id of the purchase that a stream belongs to. */
export const purchaseIdOf = (stream: string): string => stream.slice(PURCHASE_PREFIX.length);

/** The stream of a site: its name and its credentials. */
export const siteStream = (site: string): string => `${SITE_PREFIX}${site}`;

/** The stream in which one identifier of a site is claimed. Hashed: any value makes a name of one length and alphabet. */
export const identifierStream = (site: string, kind: IdentifierKind, value: string): string =>
  IDENTIFIER_PREFIX +
  createHash('sha256')
    .update(JSON.stringify([site, kind, value]))
    .digest('hex');
