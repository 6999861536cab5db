import type { PurchaseEvent, PurchaseEventType } from '@app/purchase/events';
import type { EventMetadata, EventToAppend, RecordedEvent } from '@app/event-store/event-store';
import { replaceRetired, upcast } from './upcasters';

/** The origin of a write: actor, impersonator, request, and time (ISO 8601 UTC). */
export interface WriteContext {
  site: string;
  /** The client id of the credential. */
  actor: string;
  impersonator?: string;
  requestId: string;
  at: string;
}

/** The current schema version of each event type. The type of this record requires every event type. */
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

/** An event that this version of the service cannot read: a newer version wrote it, or it is not an event of a purchase. */
export class UnreadableEvent extends Error {
  constructor(readonly event: RecordedEvent) {
    const version = event.metadata.schemaVersion ?? 'none';
    super(`${event.stream}@${event.revision}: ${event.type} of schema version ${version} is not known to this version`);
    this.name = 'UnreadableEvent';
  }
}

const isKnown = (type: string): type is PurchaseEventType => Object.hasOwn(SCHEMA_VERSIONS, type);

/**
 * Metadata of an event. The correlation id is the request; the causation id is the event that caused this one, by default the request. The
 * server adds the time of recording.
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
 * An event for an append. The store ignores a second append with the same `id`. `occurredAt` is the business time of the event
 * (libs/purchase/src/occurred-at.ts); the server adds the time of recording.
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

/** The event in its current schema version. @throws UnreadableEvent for an unknown type or version */
export function decode(recorded: RecordedEvent): PurchaseEvent {
  const version = recorded.metadata.schemaVersion ?? 0;
  const { type, data } = replaceRetired(recorded, version);
  if (!isKnown(type) || version < 1 || version > SCHEMA_VERSIONS[type]) throw new UnreadableEvent(recorded);
  // `encode` checked the shape by type when the event was written; golden files test that it stays readable.
  return { type, data: upcast(type, version, data) } as PurchaseEvent;
}
