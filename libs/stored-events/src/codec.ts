import type { PurchaseEvent, PurchaseEventType } from '@app/purchase/events';
import type { EventMetadata, EventToAppend, RecordedEvent } from '@app/event-store/event-store';
import { replaceRetired, upcast } from './upcasters';

/** Who writes, on whose behalf, in which call, and when (ISO 8601, UTC). */
export interface WriteContext {
  site: string;
  /** The client id of the credential. */
  actor: string;
  impersonator?: string;
  requestId: string;
  at: string;
}

/** The version of each event's shape as it is written today. Listing them all makes the codec exhaustive by type. */
export const SCHEMA_VERSIONS: Record<PurchaseEventType, number> = {
  PurchaseCreated: 1,
  QuoteRequested: 1,
  ApprovalRequested: 1,
  PurchaseApproved: 1,
  PurchaseSubmitted: 1,
  TypeConfirmed: 1,
  TypeChanged: 1,
  CurrencyChanged: 1,
  IdentifierAssigned: 1,
  IdentifierChanged: 1,
  IdentifierRemoved: 1,
  IdentifierForfeited: 1,
  CustomerChanged: 1,
  PurchaseDatesChanged: 1,
  PaymentMethodChanged: 1,
  CustomerReferenceChanged: 1,
  BillingAddressChanged: 1,
  AccountingFileAttached: 1,
  AccountingFileRemoved: 1,
  CustomFieldsChanged: 1,
  MetadataChanged: 1,
  TaxLinesChanged: 1,
  TotalPaidChanged: 1,
  SenderClocksChanged: 1,
  PurchaseDeleted: 1,
  PackageAdded: 1,
  PackageRemoved: 1,
  PackageTypeChanged: 1,
  PackageIdentifiersChanged: 1,
  PackageDatesChanged: 1,
  PackageShipped: 1,
  PackageDelivered: 1,
  PackageRefunded: 1,
  PackageCancelled: 1,
  PackageMilestoneCorrected: 1,
  PackageMilestoneWithdrawn: 2,
  ShippingMethodChanged: 1,
  ShippingAddressChanged: 1,
  TrackingAdded: 1,
  TrackingChanged: 1,
  TrackingRemoved: 1,
  ItemsAdded: 1,
  ItemsRemoved: 1,
  ItemQuantityChanged: 1,
  ItemRepriced: 1,
  ItemDetailsChanged: 1,
  ItemsMovedToIncoming: 1,
  ItemsMovedToProcessing: 1,
  ItemsMovedToOnHold: 1,
  ItemsMovedToShipment: 1,
  ItemsMovedToRefund: 1,
  ItemsMovedToCancelled: 1,
  ItemsRegrouped: 1,
  PaymentRecorded: 1,
  RefundRecorded: 1,
  TransactionChanged: 1,
  MessagePosted: 1,
  NoteAdded: 1,
  EmailSent: 1,
  UsdRateFixed: 1,
  PersonalDataErased: 1,
};

/** An event that this version of the service cannot read: it was written by a newer one, or is not one of a purchase. */
export class UnreadableEvent extends Error {
  constructor(readonly event: RecordedEvent) {
    const version = event.metadata.schemaVersion ?? 'none';
    super(`${event.stream}@${event.revision}: ${event.type} of schema version ${version} is not known to this version`);
    this.name = 'UnreadableEvent';
  }
}

const isKnown = (type: string): type is PurchaseEventType => Object.hasOwn(SCHEMA_VERSIONS, type);

/**
 * Metadata of an event that `context` writes: the one place that makes it. The correlation is the request; the cause is the event that this one
 * follows from, or else the request itself. When it was recorded is the server's to say.
 */
export function metadataOf(
  { site, actor, impersonator, requestId, at }: WriteContext,
  { schemaVersion = 1, occurredAt = at, cause = requestId } = {},
): EventMetadata {
  return {
    site,
    actor,
    ...(impersonator !== undefined && { impersonator }),
    requestId,
    schemaVersion,
    occurredAt,
    $correlationId: requestId,
    $causationId: cause,
  };
}

/**
 * `id` identifies this attempt to write: the same id again is stored once. `occurredAt` is when the event happened in the business
 * (libs/purchase/src/occurred-at.ts); when it was recorded is the server's to say.
 */
export function encode(
  event: PurchaseEvent,
  id: string,
  context: WriteContext,
  occurredAt: string = context.at,
): EventToAppend {
  const metadata = metadataOf(context, { schemaVersion: SCHEMA_VERSIONS[event.type], occurredAt });
  return { id, type: event.type, data: event.data, metadata };
}

/** The event in today's shape. @throws UnreadableEvent for what only a newer version can read: it is reported, never dropped. */
export function decode(recorded: RecordedEvent): PurchaseEvent {
  const version = recorded.metadata.schemaVersion ?? 0;
  const { type, data } = replaceRetired(recorded, version);
  if (!isKnown(type) || version < 1 || version > SCHEMA_VERSIONS[type]) throw new UnreadableEvent(recorded);
  // The shape was checked when it was written, by the type of `encode`; golden files hold that it stays readable.
  return { type, data: upcast(type, version, data) } as PurchaseEvent;
}
