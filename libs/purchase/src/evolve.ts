import type { EventOf, ItemsMoved, MovedItem, PurchaseEvent } from './events';
import type {
  AccountingFile,
  KeyedLine,
  KeyedPackage,
  LineDetails,
  LineKey,
  PackageHeader,
  PackageKey,
  PurchaseType,
  Tracking,
} from './purchase';
import { withoutPerson } from './personal-data';
import { isSame } from './same';
import type { LivePurchase, PurchaseState } from './state';

/** order_unconfirmed and order are submitted, and stay so. */
export const isSubmitted = (type: PurchaseType): boolean => type === 'order_unconfirmed' || type === 'order';

const removeOne = <T>(list: readonly T[], gone: T): readonly T[] => {
  const at = list.findIndex((each) => isSame(each, gone));
  return at < 0 ? list : list.filter((_, index) => index !== at);
};
const replaceOne = <T>(list: readonly T[], before: T, after: T): readonly T[] => {
  const at = list.findIndex((each) => isSame(each, before));
  return list.map((each, index) => (index === at ? after : each));
};

/** A property set to undefined is an absent one. */
function withValue<T extends object, K extends keyof T>(object: T, key: K, value: T[K] | undefined): T {
  const { [key]: _, ...rest } = object;
  return (value === undefined ? rest : { ...object, [key]: value }) as T;
}

function inPackage(
  purchase: LivePurchase,
  key: PackageKey,
  change: (found: KeyedPackage) => KeyedPackage,
): LivePurchase {
  return { ...purchase, packages: purchase.packages.map((each) => (each.key === key ? change(each) : each)) };
}

function inLine(
  purchase: LivePurchase,
  at: { package: { key: PackageKey }; line: { key: LineKey } },
  change: (found: KeyedLine) => KeyedLine,
): LivePurchase {
  return inPackage(purchase, at.package.key, (found) => ({
    ...found,
    items: found.items.map((line) => (line.key === at.line.key ? change(line) : line)),
  }));
}

const beyond = (next: number, keys: readonly number[]): number =>
  keys.reduce((most, key) => Math.max(most, key + 1), next);

function addPackage(purchase: LivePurchase, added: KeyedPackage): LivePurchase {
  return {
    ...purchase,
    packages: [...purchase.packages, added],
    nextPackageKey: beyond(purchase.nextPackageKey, [added.key]),
    nextLineKey: beyond(
      purchase.nextLineKey,
      added.items.map(({ key }) => key),
    ),
  };
}

const dropPackage = (purchase: LivePurchase, key: PackageKey): LivePurchase => ({
  ...purchase,
  packages: purchase.packages.filter((each) => each.key !== key),
});

function addItems(purchase: LivePurchase, { package: { key }, items }: EventOf<'ItemsAdded'>['data']): LivePurchase {
  const added = inPackage(purchase, key, (found) => ({ ...found, items: [...found.items, ...items] }));
  return {
    ...added,
    nextLineKey: beyond(
      purchase.nextLineKey,
      items.map((line) => line.key),
    ),
  };
}

function removeItems(
  purchase: LivePurchase,
  { package: { key }, items }: EventOf<'ItemsRemoved'>['data'],
): LivePurchase {
  const gone = new Set(items.map((line) => line.key));
  return inPackage(purchase, key, (found) => ({ ...found, items: found.items.filter((line) => !gone.has(line.key)) }));
}

function takeMoved(source: KeyedPackage, moved: readonly MovedItem[]): KeyedPackage {
  const left = new Map(moved.map(({ from }) => [from.line.key, from.after]));
  const items = source.items.flatMap((line): KeyedLine[] => {
    if (!left.has(line.key)) return [line];
    const after = left.get(line.key);
    return after === undefined ? [] : [{ ...line, ...after }];
  });
  return { ...source, items };
}

function putMoved(
  target: KeyedPackage,
  moved: readonly MovedItem[],
  detailsOf: (source: LineKey) => LineDetails,
): KeyedPackage {
  const grown = new Map(moved.map(({ to }) => [to.line.key, to.after]));
  const kept = target.items.map((line) => ({ ...line, ...grown.get(line.key) }));
  const opened = moved.flatMap(({ from, to }): KeyedLine[] =>
    to.before === undefined
      ? [{ key: to.line.key, ...(grown.get(to.line.key) ?? to.after), details: to.details ?? detailsOf(from.line.key) }]
      : [],
  );
  return { ...target, items: [...kept, ...opened] };
}

/** What the lines of a package say of their articles. */
function detailsIn(source: KeyedPackage | undefined): (key: LineKey) => LineDetails {
  const lines = new Map(source?.items.map((line) => [line.key, line]));
  return (key) => {
    const line = lines.get(key);
    if (line === undefined) throw new Error(`pieces of line ${key}, which its package does not have`);
    return line.details;
  };
}

function moveItems(purchase: LivePurchase, { from, to, opened, closed, items }: ItemsMoved): LivePurchase {
  const detailsOf = detailsIn(purchase.packages.find(({ key }) => key === from.key));
  const open = opened === undefined ? purchase : addPackage(purchase, { ...opened, key: to.key, items: [] });
  const taken = inPackage(open, from.key, (found) => takeMoved(found, items));
  const put = inPackage(taken, to.key, (found) => putMoved(found, items, detailsOf));
  const settled = closed === undefined ? put : dropPackage(put, from.key);
  return {
    ...settled,
    nextLineKey: beyond(
      settled.nextLineKey,
      items.map((item) => item.to.line.key),
    ),
  };
}

function regroupItems(
  purchase: LivePurchase,
  { package: { key }, items }: EventOf<'ItemsRegrouped'>['data'],
): LivePurchase {
  const source = purchase.packages.find((each) => each.key === key);
  const put = inPackage(purchase, key, (found) => putMoved(takeMoved(found, items), items, detailsIn(source)));
  return {
    ...put,
    nextLineKey: beyond(
      put.nextLineKey,
      items.map(({ to }) => to.line.key),
    ),
  };
}

type WithFiles = { accountingFiles: readonly AccountingFile[] };

function withFiles(
  purchase: LivePurchase,
  at: { key: PackageKey } | undefined,
  change: (files: readonly AccountingFile[]) => readonly AccountingFile[],
): LivePurchase {
  const changed = <T extends WithFiles>(owner: T): T => ({ ...owner, accountingFiles: change(owner.accountingFiles) });
  return at === undefined ? changed(purchase) : inPackage(purchase, at.key, changed);
}

const withTrackings = (
  purchase: LivePurchase,
  at: { key: PackageKey },
  change: (trackings: readonly Tracking[]) => readonly Tracking[],
): LivePurchase => inPackage(purchase, at.key, (found) => ({ ...found, trackings: change(found.trackings) }));

const withDate = (
  purchase: LivePurchase,
  at: { key: PackageKey },
  date: keyof PackageHeader['dates'],
  value: string | undefined,
): LivePurchase => inPackage(purchase, at.key, (found) => ({ ...found, dates: withValue(found.dates, date, value) }));

function created({ purchase, at, follows }: EventOf<'PurchaseCreated'>['data']): LivePurchase {
  const live: LivePurchase = {
    ...purchase,
    packages: [],
    nextPackageKey: 1,
    nextLineKey: 1,
    transactions: [],
    history: [],
  };
  if (isSubmitted(purchase.type)) live.submittedAt = purchase.dates.placedAt ?? at;
  if (follows !== undefined) live.follows = follows;
  return live;
}

function withType(purchase: LivePurchase, after: PurchaseType, at: string): LivePurchase {
  const submittedAt = purchase.submittedAt ?? (isSubmitted(after) ? at : undefined);
  return withValue({ ...purchase, type: after }, 'submittedAt', submittedAt);
}

function evolveLive(
  purchase: LivePurchase,
  event: Exclude<PurchaseEvent, EventOf<'PurchaseCreated' | 'PurchaseDeleted'>>,
): LivePurchase {
  switch (event.type) {
    case 'QuoteRequested':
    case 'ApprovalRequested':
    case 'PurchaseApproved':
    case 'PurchaseSubmitted':
    case 'TypeConfirmed':
    case 'TypeChanged':
      return withType(purchase, event.data.after, event.data.at);
    case 'CurrencyChanged':
      return { ...purchase, currency: event.data.after };
    case 'IdentifierAssigned':
      return { ...purchase, identifiers: { ...purchase.identifiers, [event.data.kind]: event.data.value } };
    case 'IdentifierChanged':
      return { ...purchase, identifiers: { ...purchase.identifiers, [event.data.kind]: event.data.after } };
    case 'IdentifierRemoved':
      return { ...purchase, identifiers: withValue(purchase.identifiers, event.data.kind, undefined) };
    case 'IdentifierForfeited':
      return purchase;
    case 'CustomerChanged':
      return { ...purchase, customer: event.data.after };
    case 'PurchaseDatesChanged':
      return { ...purchase, dates: event.data.after };
    case 'PaymentMethodChanged':
      return withValue(purchase, 'paymentMethod', event.data.after);
    case 'CustomerReferenceChanged':
      return withValue(purchase, 'customerReference', event.data.after);
    case 'BillingAddressChanged':
      return withValue(purchase, 'billingAddress', event.data.after);
    case 'AccountingFileAttached':
      return withFiles(purchase, event.data.package, (files) => [...files, event.data.file]);
    case 'AccountingFileRemoved':
      return withFiles(purchase, event.data.package, (files) => removeOne(files, event.data.file));
    case 'CustomFieldsChanged':
      return { ...purchase, customFields: event.data.after };
    case 'MetadataChanged':
      return { ...purchase, metadata: event.data.after };
    case 'TaxLinesChanged':
      return { ...purchase, taxLines: event.data.after };
    case 'TotalPaidChanged':
      return withValue(purchase, 'totalPaid', event.data.after);
    case 'RevisionDateChanged':
      return withValue(purchase, 'revisionDate', event.data.after);
    case 'PackageAdded':
      return addPackage(purchase, event.data.package);
    case 'PackageRemoved':
      return dropPackage(purchase, event.data.package.key);
    case 'PackageTypeChanged':
      return inPackage(purchase, event.data.package.key, (found) => ({ ...found, type: event.data.after }));
    case 'PackageIdentifiersChanged':
      return inPackage(purchase, event.data.package.key, (found) => ({ ...found, identifiers: event.data.after }));
    case 'PackageDatesChanged':
      return inPackage(purchase, event.data.package.key, (found) => {
        const { createdAt: _createdAt, updatedAt: _updatedAt, ...milestones } = found.dates;
        return { ...found, dates: { ...event.data.after, ...milestones } };
      });
    case 'PackageShipped':
      return withDate(purchase, event.data.package, 'shippedAt', event.data.at);
    case 'PackageDelivered':
      return withDate(purchase, event.data.package, 'deliveredAt', event.data.at);
    case 'PackageRefunded':
      return withDate(purchase, event.data.package, 'refundedAt', event.data.at);
    case 'PackageCancelled':
      return withDate(purchase, event.data.package, 'cancelledAt', event.data.at);
    case 'PackageMilestoneCorrected':
      return withDate(purchase, event.data.package, event.data.milestone, event.data.after);
    case 'PackageMilestoneWithdrawn':
      return withDate(purchase, event.data.package, event.data.milestone, undefined);
    case 'ShippingMethodChanged':
      return inPackage(purchase, event.data.package.key, (found) =>
        withValue(found, 'shippingMethod', event.data.after),
      );
    case 'ShippingAddressChanged':
      return inPackage(purchase, event.data.package.key, (found) =>
        withValue(found, 'shippingAddress', event.data.after),
      );
    case 'TrackingAdded':
      return withTrackings(purchase, event.data.package, (trackings) => [...trackings, event.data.tracking]);
    case 'TrackingChanged':
      return withTrackings(purchase, event.data.package, (trackings) =>
        replaceOne(trackings, event.data.before, event.data.after),
      );
    case 'TrackingRemoved':
      return withTrackings(purchase, event.data.package, (trackings) => removeOne(trackings, event.data.tracking));
    case 'ItemsAdded':
      return addItems(purchase, event.data);
    case 'ItemsRemoved':
      return removeItems(purchase, event.data);
    case 'ItemQuantityChanged':
      return inLine(purchase, event.data, (line) => ({ ...line, ...event.data.after }));
    case 'ItemRepriced':
      return inLine(purchase, event.data, (line) => ({ ...line, totals: event.data.after }));
    case 'ItemDetailsChanged':
      return inLine(purchase, event.data, (line) => ({ ...line, details: event.data.after }));
    case 'ItemsMovedToIncoming':
    case 'ItemsMovedToProcessing':
    case 'ItemsMovedToOnHold':
    case 'ItemsMovedToShipment':
    case 'ItemsMovedToRefund':
    case 'ItemsMovedToCancelled':
      return moveItems(purchase, event.data);
    case 'ItemsRegrouped':
      return regroupItems(purchase, event.data);
    case 'PaymentRecorded':
    case 'RefundRecorded':
      return { ...purchase, transactions: [...purchase.transactions, event.data.transaction] };
    case 'TransactionChanged':
      return { ...purchase, transactions: replaceOne(purchase.transactions, event.data.before, event.data.after) };
    case 'MessagePosted':
    case 'NoteAdded':
    case 'EmailSent':
      return { ...purchase, history: [...purchase.history, event] };
    case 'UsdRateFixed':
      return { ...purchase, usdRate: event.data };
    case 'PersonalDataErased':
      return withoutPerson(purchase);
    default:
      return unreachable(event);
  }
}

function unreachable(event: never): never {
  throw new Error(`no such event: ${JSON.stringify(event)}`);
}

/**
 * The state after one more event. Total for every history that `decide` makes.
 * @throws Error for an event that cannot follow: a change of a purchase that is not there, an unknown type.
 */
export function evolve(state: PurchaseState, event: PurchaseEvent): PurchaseState {
  if (event.type === 'PurchaseCreated') return { phase: 'live', purchase: created(event.data) };
  if (event.type === 'IdentifierForfeited') return state;
  if (state.phase !== 'live') throw new Error(`${event.type} for a purchase that is ${state.phase}`);
  return event.type === 'PurchaseDeleted'
    ? { phase: 'deleted' }
    : { phase: 'live', purchase: evolveLive(state.purchase, event) };
}
