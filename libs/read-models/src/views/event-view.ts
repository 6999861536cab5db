import type {
  EventOf,
  ItemsMoved,
  LineRef,
  MovedItem,
  PackageMilestone,
  PackageRef,
  PurchaseEvent,
  PurchaseEventType,
  SenderClocks,
  TypeChange,
} from '@app/purchase/events';
import type { AccountingFile, IdentifierKind, KeyedLine, LineAmounts, Totals } from '@app/purchase/purchase';
import type { PurchaseState } from '@app/purchase/state';
import { allInWords, currencyAfter } from '@app/purchase/words/words';
import { viewHistoryEntry, viewTransaction } from './entry-view';
import {
  addressView,
  customerView,
  datesView,
  detailsView,
  fileView,
  headerView,
  lineView,
  maybe,
  type Money,
  moneyIn,
  namedValueView,
  packageDatesView,
  packageIdentifiersView,
  packageView,
  shippingMethodView,
  taxLineView,
  totalView,
  trackingView,
} from './purchase-parts-view';

/**
 * The changes of an event: parts of a purchase before and after it, in the shape of PUT and GET. A side is absent when there was nothing. `package`
 * has the type and the name of the package, and its changed properties.
 */
export interface ChangeView {
  before?: object;
  after?: object;
}

type View<Type extends PurchaseEventType> = (data: EventOf<Type>['data'], money: Money, currency: string) => ChangeView;

const both = (before: object, after: object): ChangeView => ({ before, after });

/** A property that may be absent on either side. */
const property = (name: string, before: unknown, after: unknown): ChangeView => ({
  ...(before !== undefined && { before: { [name]: before } }),
  ...(after !== undefined && { after: { [name]: after } }),
});

const inPackage = ({ type, name }: PackageRef, fragment: object): object => ({ package: { type, name, ...fragment } });

/** A property of a package that may be absent on either side. */
const packageProperty = (at: PackageRef, name: string, before: unknown, after: unknown): ChangeView => ({
  ...(before !== undefined && { before: inPackage(at, { [name]: before }) }),
  ...(after !== undefined && { after: inPackage(at, { [name]: after }) }),
});

const typeChange = ({ before, after }: TypeChange): ChangeView => both({ type: before }, { type: after });

const identifier = (kind: IdentifierKind, value: string): object => ({ purchase_identifiers: { [kind]: value } });

const file = (attached: AccountingFile, at: PackageRef | undefined): object => {
  const fragment = { accounting_files: [fileView(attached)] };
  return at === undefined ? fragment : inPackage(at, fragment);
};

const MILESTONES = {
  shippedAt: 'shipped_at',
  deliveredAt: 'delivered_at',
  refundedAt: 'refunded_at',
  cancelledAt: 'cancelled_at',
} as const satisfies Record<PackageMilestone, string>;

const milestone = (at: PackageRef, reached: PackageMilestone, when: string): object =>
  inPackage(at, { dates: { [MILESTONES[reached]]: when } });

const reached =
  (which: PackageMilestone) =>
  ({ package: at, at: when }: { package: PackageRef; at: string }): ChangeView => ({
    after: milestone(at, which, when),
  });

/** Packages are in the same order on both sides. */
const clocks = ({ updatedAt, revisionDate, packages }: SenderClocks): object => ({
  dates: updatedAt === undefined ? undefined : { updated_at: updatedAt },
  revision_date: revisionDate,
  packages: packages?.map((each) => ({ dates: { updated_at: each.updatedAt } })),
});

const lines = (at: PackageRef, items: readonly object[]): object => inPackage(at, { line_items: items });

const amounts = (line: LineRef, { quantity, totals }: LineAmounts, money: Money): object => ({
  identifiers: { sku: line.sku },
  name: line.name,
  quantity,
  line_total: totalView(totals, money),
});

const price = (line: LineRef, totals: Totals, money: Money): object => ({
  identifiers: { sku: line.sku },
  name: line.name,
  line_total: totalView(totals, money),
});

const wholeLines = (items: readonly KeyedLine[], money: Money): object[] => items.map((each) => lineView(each, money));

/** Both sides of a move: each line before and after, with the number of moved units. `were` formats the amounts before. */
function move(from: PackageRef, to: PackageRef, items: readonly MovedItem[], were: Money, money: Money): ChangeView {
  const taken = items.map(({ from: { line, before, after } }) => ({
    identifiers: { sku: line.sku },
    name: line.name,
    quantity: before.quantity,
    line_total: totalView(before.totals, were),
    quantity_left: after?.quantity ?? 0,
  }));
  const put = items.map(({ to: { line, after }, quantity }) => ({
    identifiers: { sku: line.sku },
    name: line.name,
    quantity: after.quantity,
    line_total: totalView(after.totals, money),
    quantity_moved: quantity,
  }));
  return both(lines(from, taken), lines(to, put));
}

const moneyBefore = (money: Money, currencyBefore: string | undefined): Money =>
  currencyBefore === undefined ? money : moneyIn(currencyBefore);

const moved = ({ from, to, items, currencyBefore }: ItemsMoved, money: Money): ChangeView =>
  move(from, to, items, moneyBefore(money, currencyBefore), money);

const said = (event: Parameters<typeof viewHistoryEntry>[0]): ChangeView => ({
  after: { history_entry: viewHistoryEntry(event) },
});

const VIEWS: { readonly [Type in PurchaseEventType]: View<Type> } = {
  PurchaseCreated: ({ purchase, follows }, money) => ({
    after: { ...headerView(purchase, money), calculated_follows: follows },
  }),
  QuoteRequested: typeChange,
  ApprovalRequested: typeChange,
  PurchaseApproved: typeChange,
  PurchaseSubmitted: typeChange,
  TypeConfirmed: typeChange,
  TypeChanged: typeChange,
  CurrencyChanged: ({ before, after }) => property('currency_code', before, after),
  IdentifierAssigned: ({ kind, value }) => ({ after: identifier(kind, value) }),
  IdentifierChanged: ({ kind, before, after }) => both(identifier(kind, before), identifier(kind, after)),
  IdentifierRemoved: ({ kind, value }) => ({ before: identifier(kind, value) }),
  IdentifierForfeited: ({ kind, value }) => ({ before: identifier(kind, value) }),
  CustomerChanged: ({ before, after }) => property('customer_identifiers', customerView(before), customerView(after)),
  PurchaseDatesChanged: ({ before, after }) => property('dates', datesView(before), datesView(after)),
  PaymentMethodChanged: ({ before, after }) => property('payment_method', before, after),
  CustomerReferenceChanged: ({ before, after }) => property('customer_reference', before, after),
  BillingAddressChanged: ({ before, after }) => property('billing_address', addressView(before), addressView(after)),
  AccountingFileAttached: ({ file: attached, package: at }) => ({ after: file(attached, at) }),
  AccountingFileRemoved: ({ file: removed, package: at }) => ({ before: file(removed, at) }),
  CustomFieldsChanged: ({ before, after }) =>
    property('custom_fields', before.map(namedValueView), after.map(namedValueView)),
  MetadataChanged: ({ before, after }) => property('metadata', before.map(namedValueView), after.map(namedValueView)),
  TaxLinesChanged: ({ before, after, currencyBefore }, money) =>
    property(
      'tax_lines',
      before.map((each) => taxLineView(each, moneyBefore(money, currencyBefore))),
      after.map((each) => taxLineView(each, money)),
    ),
  TotalPaidChanged: ({ before, after, currencyBefore }, money) =>
    property('total_paid', maybe(moneyBefore(money, currencyBefore), before), maybe(money, after)),
  SenderClocksChanged: ({ before, after }) => both(clocks(before), clocks(after)),
  PurchaseDeleted: () => ({}),
  PackageAdded: ({ package: added }, money) => ({ after: { package: packageView(added, money) } }),
  PackageRemoved: ({ package: removed, currencyBefore }, money) => ({
    before: { package: packageView(removed, moneyBefore(money, currencyBefore)) },
  }),
  PackageTypeChanged: ({ package: at, before, after }) => packageProperty(at, 'type', before, after),
  PackageIdentifiersChanged: ({ package: at, before, after }) =>
    packageProperty(at, 'identifiers', packageIdentifiersView(before), packageIdentifiersView(after)),
  PackageDatesChanged: ({ package: at, before, after }) =>
    packageProperty(at, 'dates', packageDatesView(before), packageDatesView(after)),
  PackageShipped: reached('shippedAt'),
  PackageDelivered: reached('deliveredAt'),
  PackageRefunded: reached('refundedAt'),
  PackageCancelled: reached('cancelledAt'),
  PackageMilestoneCorrected: ({ package: at, milestone: which, before, after }) =>
    both(milestone(at, which, before), milestone(at, which, after)),
  PackageMilestoneWithdrawn: ({ package: at, milestone: which, before }) => ({ before: milestone(at, which, before) }),
  ShippingMethodChanged: ({ package: at, before, after, currencyBefore }, money) =>
    packageProperty(
      at,
      'shipping_method',
      shippingMethodView(before, moneyBefore(money, currencyBefore)),
      shippingMethodView(after, money),
    ),
  ShippingAddressChanged: ({ package: at, before, after }) =>
    packageProperty(at, 'shipping_address', addressView(before), addressView(after)),
  TrackingAdded: ({ package: at, tracking }) => packageProperty(at, 'shipments', undefined, [trackingView(tracking)]),
  TrackingChanged: ({ package: at, before, after }) =>
    packageProperty(at, 'shipments', [trackingView(before)], [trackingView(after)]),
  TrackingRemoved: ({ package: at, tracking }) => packageProperty(at, 'shipments', [trackingView(tracking)], undefined),
  ItemsAdded: ({ package: at, items }, money) => ({ after: lines(at, wholeLines(items, money)) }),
  ItemsRemoved: ({ package: at, items, currencyBefore }, money) => ({
    before: lines(at, wholeLines(items, moneyBefore(money, currencyBefore))),
  }),
  ItemQuantityChanged: ({ package: at, line, before, after, currencyBefore }, money) =>
    both(
      lines(at, [amounts(line, before, moneyBefore(money, currencyBefore))]),
      lines(at, [amounts(line, after, money)]),
    ),
  ItemRepriced: ({ package: at, line, before, after, currencyBefore }, money) =>
    both(lines(at, [price(line, before, moneyBefore(money, currencyBefore))]), lines(at, [price(line, after, money)])),
  ItemDetailsChanged: ({ package: at, before, after, currencyBefore }, money) =>
    both(lines(at, [detailsView(before, moneyBefore(money, currencyBefore))]), lines(at, [detailsView(after, money)])),
  ItemsMovedToIncoming: moved,
  ItemsMovedToProcessing: moved,
  ItemsMovedToOnHold: moved,
  ItemsMovedToShipment: moved,
  ItemsMovedToRefund: moved,
  ItemsMovedToCancelled: moved,
  ItemsRegrouped: ({ package: at, items, currencyBefore }, money) =>
    move(at, at, items, moneyBefore(money, currencyBefore), money),
  PaymentRecorded: ({ transaction }, _money, currency) => ({
    after: { transaction: viewTransaction(transaction, currency) },
  }),
  RefundRecorded: ({ transaction }, _money, currency) => ({
    after: { transaction: viewTransaction(transaction, currency) },
  }),
  TransactionChanged: ({ before, after }, _money, currency) =>
    both({ transaction: viewTransaction(before, currency) }, { transaction: viewTransaction(after, currency) }),
  MessagePosted: (data) => said({ type: 'MessagePosted', data }),
  NoteAdded: (data) => said({ type: 'NoteAdded', data }),
  EmailSent: (data) => said({ type: 'EmailSent', data }),
  UsdRateFixed: ({ currency, day, rate }) => ({ after: { usd_rate: { currency, day, rate } } }),
  PersonalDataErased: () => ({}),
};

/** The changes of an event. `currency` is that of the purchase after the event, or before it when the event deletes the purchase. */
export function viewChange(event: PurchaseEvent, currency: string): ChangeView {
  const view = VIEWS[event.type] as View<PurchaseEventType>;
  return view(event.data, moneyIn(currency), currency);
}

/** The events of a dry run, as a timeline would show them; `before` is the purchase before all of them. */
export function viewEvents(events: readonly PurchaseEvent[], before: PurchaseState): object[] {
  const words = allInWords(events, before);
  let currency = before.phase === 'live' ? before.purchase.currency : '';
  return events.map((event, index) => {
    currency = currencyAfter(event, currency);
    return { type: event.type, words: words[index], ...viewChange(event, currency) };
  });
}
