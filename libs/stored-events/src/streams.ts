import { createHash } from 'node:crypto';
import type { IdentifierKind } from '@app/purchase/purchase';

/** Names of streams. */

export const PURCHASE_PREFIX = 'purchase-';
export const SITE_PREFIX = 'site-';

/** The stream of one purchase; `id` is a UUID. */
export const purchaseStream = (id: string): string => `${PURCHASE_PREFIX}${id}`;

/** The stream of the snapshots of one purchase; `id` is a UUID. */
export const snapshotStream = (id: string): string => `snapshot-${id}`;

/** The id of the purchase of a stream. */
export const purchaseIdOf = (stream: string): string => stream.slice(PURCHASE_PREFIX.length);

/** The stream of a site, with its credentials. */
export const siteStream = (site: string): string => `${SITE_PREFIX}${site}`;

/** The stream of the US dollar rates of a site. */
export const usdRatesStream = (site: string): string => `usd-rates-${site}`;

/** The stream of the claims of one identifier of a site. The hash limits length and alphabet of the name. */
export const identifierStream = (site: string, kind: IdentifierKind, value: string): string =>
  `identifier-${createHash('sha256')
    .update(JSON.stringify([site, kind, value]))
    .digest('hex')}`;
