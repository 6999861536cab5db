import type { EventOf, PurchaseEvent } from './events';
import { withoutPerson } from './personal-data';
import type { IdentifierKind, KeyedPackage, PurchaseHeader, PurchaseType } from './purchase';
import { PurchaseDraft, withValue } from './purchase-draft';
import { canonicalJson } from './same';
import { initialState, type LivePurchase, type PurchaseState } from './state';

/** True for the types of a submitted purchase. It stays submitted. */
export const isSubmitted = (type: PurchaseType): boolean => type === 'order_unconfirmed' || type === 'order';

/** The initial packages and keys of a purchase. */
export const NO_PACKAGES = { packages: [], nextPackageKey: 1, nextLineKey: 1 };

function created({ purchase, at, follows }: EventOf<'PurchaseCreated'>['data']): LivePurchase {
  // Not a spread: Node.js 20 takes several microseconds for each property that follows one.
  const live: LivePurchase = Object.assign({}, purchase, NO_PACKAGES, { transactions: [], history: [] });
  if (isSubmitted(purchase.type)) live.submittedAt = purchase.dates.placedAt ?? at;
  if (follows !== undefined) live.follows = follows;
  return live;
}

function changeType(draft: PurchaseDraft, after: PurchaseType, at: string): void {
  draft.set('type', after);
  if (draft.header.submittedAt === undefined && isSubmitted(after)) draft.set('submittedAt', at);
}

const setIdentifier = (draft: PurchaseDraft, kind: IdentifierKind, value: string | undefined): void =>
  draft.set('identifiers', withValue(draft.header.identifiers, kind, value));

function setClocks(draft: PurchaseDraft, { before, after }: EventOf<'SenderClocksChanged'>['data']): void {
  if ('updatedAt' in before || 'updatedAt' in after)
    draft.set('dates', withValue(draft.header.dates, 'updatedAt', after.updatedAt));
  if ('revisionDate' in before || 'revisionDate' in after) draft.set('revisionDate', after.revisionDate);
  for (const { key, updatedAt } of after.packages ?? []) draft.package(key)?.setDate('updatedAt', updatedAt);
}

/** The documents of the purchase, or of a package. */
const filesOf = (
  draft: PurchaseDraft,
  { package: at }: EventOf<'AccountingFileAttached'>['data'],
): PurchaseDraft['accountingFiles'] | undefined =>
  at === undefined ? draft.accountingFiles : draft.package(at.key)?.accountingFiles;

type ChangeEvent = Exclude<PurchaseEvent, EventOf<'PurchaseCreated' | 'PurchaseDeleted' | 'IdentifierForfeited'>>;

function change(draft: PurchaseDraft, event: ChangeEvent): void {
  switch (event.type) {
    case 'QuoteRequested':
    case 'ApprovalRequested':
    case 'PurchaseApproved':
    case 'PurchaseSubmitted':
    case 'TypeConfirmed':
    case 'TypeChanged':
      return changeType(draft, event.data.after, event.data.at);
    case 'CurrencyChanged':
      return draft.set('currency', event.data.after);
    case 'IdentifierAssigned':
      return setIdentifier(draft, event.data.kind, event.data.value);
    case 'IdentifierChanged':
      return setIdentifier(draft, event.data.kind, event.data.after);
    case 'IdentifierRemoved':
      return setIdentifier(draft, event.data.kind, undefined);
    case 'CustomerChanged':
      return draft.set('customer', event.data.after);
    case 'PurchaseDatesChanged':
      return draft.set('dates', event.data.after);
    case 'PaymentMethodChanged':
      return draft.set('paymentMethod', event.data.after);
    case 'CustomerReferenceChanged':
      return draft.set('customerReference', event.data.after);
    case 'BillingAddressChanged':
      return draft.set('billingAddress', event.data.after);
    case 'AccountingFileAttached':
      return filesOf(draft, event.data)?.add(event.data.file);
    case 'AccountingFileRemoved':
      return filesOf(draft, event.data)?.remove(canonicalJson(event.data.file));
    case 'CustomFieldsChanged':
      return draft.set('customFields', event.data.after);
    case 'MetadataChanged':
      return draft.set('metadata', event.data.after);
    case 'TaxLinesChanged':
      return draft.set('taxLines', event.data.after);
    case 'TotalPaidChanged':
      return draft.set('totalPaid', event.data.after);
    case 'SenderClocksChanged':
      return setClocks(draft, event.data);
    case 'PackageAdded':
      return draft.addPackage(event.data.package);
    case 'PackageRemoved':
      return draft.dropPackage(event.data.package.key);
    case 'PackageTypeChanged':
      return draft.package(event.data.package.key)?.set('type', event.data.after);
    case 'PackageIdentifiersChanged':
      return draft.package(event.data.package.key)?.set('identifiers', event.data.after);
    case 'PackageDatesChanged':
      return draft.package(event.data.package.key)?.setOwnDates(event.data.after);
    case 'PackageShipped':
      return draft.package(event.data.package.key)?.setDate('shippedAt', event.data.at);
    case 'PackageDelivered':
      return draft.package(event.data.package.key)?.setDate('deliveredAt', event.data.at);
    case 'PackageRefunded':
      return draft.package(event.data.package.key)?.setDate('refundedAt', event.data.at);
    case 'PackageCancelled':
      return draft.package(event.data.package.key)?.setDate('cancelledAt', event.data.at);
    case 'PackageMilestoneCorrected':
      return draft.package(event.data.package.key)?.setDate(event.data.milestone, event.data.after);
    case 'PackageMilestoneWithdrawn':
      return draft.package(event.data.package.key)?.setDate(event.data.milestone, undefined);
    case 'ShippingMethodChanged':
      return draft.package(event.data.package.key)?.set('shippingMethod', event.data.after);
    case 'ShippingAddressChanged':
      return draft.package(event.data.package.key)?.set('shippingAddress', event.data.after);
    case 'TrackingAdded':
      return draft.package(event.data.package.key)?.trackings.add(event.data.tracking);
    case 'TrackingChanged':
      return draft
        .package(event.data.package.key)
        ?.trackings.replace(canonicalJson(event.data.before), event.data.after);
    case 'TrackingRemoved':
      return draft.package(event.data.package.key)?.trackings.remove(canonicalJson(event.data.tracking));
    case 'ItemsAdded':
      return draft.addItems(event.data.package.key, event.data.items);
    case 'ItemsRemoved':
      return draft.removeItems(event.data.package.key, event.data.items);
    case 'ItemQuantityChanged':
      return draft.package(event.data.package.key)?.changeLine(event.data.line.key, event.data.after);
    case 'ItemRepriced':
      return draft.package(event.data.package.key)?.changeLine(event.data.line.key, { totals: event.data.after });
    case 'ItemDetailsChanged':
      return draft.package(event.data.package.key)?.changeLine(event.data.line.key, { details: event.data.after });
    case 'ItemsMovedToIncoming':
    case 'ItemsMovedToProcessing':
    case 'ItemsMovedToOnHold':
    case 'ItemsMovedToShipment':
    case 'ItemsMovedToRefund':
    case 'ItemsMovedToCancelled':
      return draft.moveItems(event.data);
    case 'ItemsRegrouped':
      return draft.regroupItems(event.data.package.key, event.data.items);
    case 'PaymentRecorded':
    case 'RefundRecorded':
      return draft.transactions.add(event.data.transaction);
    case 'TransactionChanged':
      return draft.transactions.replace(canonicalJson(event.data.before), event.data.after);
    case 'MessagePosted':
    case 'NoteAdded':
    case 'EmailSent':
      return draft.set('history', [...draft.header.history, event]);
    case 'UsdRateFixed':
      return draft.set('usdRate', event.data);
    case 'PersonalDataErased':
      return draft.restart(withoutPerson(draft.finish()));
    default:
      return unreachable(event);
  }
}

function unreachable(event: never): never {
  throw new Error(`no such event: ${JSON.stringify(event)}`);
}

/**
 * Applies events one after the other. Linear in the size of the purchase and the number of events, however they are spread over packages, lines and
 * tracking entries; `evolve` in a loop copies the lists that each event touches.
 */
export class PurchaseFold {
  private draft: PurchaseDraft | undefined;

  constructor(private phase: PurchaseState = initialState) {}

  /** Applies one event. Has no effect if it throws. @throws Error as evolve does */
  apply(event: PurchaseEvent): void {
    if (event.type === 'PurchaseCreated') return this.begin({ phase: 'live', purchase: created(event.data) });
    if (event.type === 'IdentifierForfeited') return;
    if (this.phase.phase !== 'live') throw new Error(`${event.type} for a purchase that is ${this.phase.phase}`);
    if (event.type === 'PurchaseDeleted') return this.begin({ phase: 'deleted' });
    this.draft ??= new PurchaseDraft(this.phase.purchase);
    change(this.draft, event);
  }

  /** The current purchase without its packages; undefined unless it exists. */
  get header(): PurchaseHeader | undefined {
    return this.draft?.header ?? (this.phase.phase === 'live' ? this.phase.purchase : undefined);
  }

  /** The packages with their current headers. */
  get packages(): Iterable<KeyedPackage> {
    return this.draft?.packageHeaders() ?? (this.phase.phase === 'live' ? this.phase.purchase.packages : []);
  }

  /** The current state. After a change, the first access is linear in the size of the purchase. */
  get state(): PurchaseState {
    if (this.draft !== undefined) this.begin({ phase: 'live', purchase: this.draft.finish() });
    return this.phase;
  }

  private begin(state: PurchaseState): void {
    this.phase = state;
    this.draft = undefined;
  }
}

/** The state after many events: see PurchaseFold. @throws Error as evolve does */
export function evolveAll(state: PurchaseState, events: readonly PurchaseEvent[]): PurchaseState {
  const fold = new PurchaseFold(state);
  for (const event of events) fold.apply(event);
  return fold.state;
}

/**
 * The state after one more event. Total for every history that `decide` makes.
 * @throws Error for an event that cannot follow: a change of a purchase that is not there, an unknown type.
 */
export const evolve = (state: PurchaseState, event: PurchaseEvent): PurchaseState => evolveAll(state, [event]);
