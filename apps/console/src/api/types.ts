import type { components } from '@app/client/client';

/** The bodies of the API that the console shows, from docs/openapi.json. */
type Schemas = components['schemas'];

export type Money = Schemas['Money'];
export type Identifiers = Schemas['PurchaseIdentifiers'];
export type IdentifierKind = keyof Identifiers;
export type Address = Schemas['Address'];
export type LineItem = Schemas['LineItem'];
export type AccountingFile = Schemas['AccountingFile'];
export type Package = Schemas['Package'];
export type PurchaseBase = Schemas['PurchaseBase'];
export type Purchase = Schemas['Purchase'];
export type TimelineEntry = Schemas['TimelineEntry'];
export type FeedEntry = Schemas['FeedEntry'];
export type Transaction = Schemas['Transaction'];
export type HistoryEntry = Schemas['HistoryEntry'];
export type Comparison = Schemas['Comparison'];
export type DryRun = Schemas['DryRun'];
export type Projection = Schemas['Projection'];
export type Rebuild = Schemas['Rebuild'];
export type Verification = Schemas['Verification'];
export type QuarantinedPurchase = Schemas['QuarantinedPurchase'];
export type Readiness = Schemas['Readiness'];

/** The identifier that a page and its calls name a purchase by. */
export interface PurchasePath {
  lookupBy: IdentifierKind;
  identifier: string;
}
