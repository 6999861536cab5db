import { packageRef } from '../diff/refs';
import { isPending } from '../diff/routes';
import type { EventOf, ItemsMoved, PackageMilestone, PackageRef, PurchaseEvent, Transaction } from '../events';
import type {
  CustomerIdentifiers,
  IdentifierKind,
  KeyedPackage,
  LineAmounts,
  PackageIdentifiers,
  PackageType,
  PaymentMethod,
  PurchaseDates,
  PurchaseType,
  ShippingMethod,
  Totals,
} from '../purchase';
import {
  changed,
  changedIn,
  changeOfOne,
  changeOfWhole,
  changesIn,
  type Properties,
  type Property,
  text,
} from './changes';
import { lineArticles, lineName, movedArticles, PACKAGE_WORDS } from './names';
import { capital, moment, momentPair, plainText } from './text';
import * as values from './values';

const TYPE_WORDS: Record<PurchaseType, string> = {
  cart: 'cart',
  quote: 'quote',
  awaiting_approval: 'purchase awaiting approval',
  order_unconfirmed: 'unconfirmed order',
  order: 'order',
};

const KIND_WORDS: Record<IdentifierKind, string> = {
  sparklayer: 'SparkLayer id',
  platform: 'platform id',
  internal: 'internal id',
  visible: 'visible number',
};

const MILESTONE_WORDS: Record<PackageMilestone, string> = {
  shippedAt: 'shipping date',
  deliveredAt: 'delivery date',
  refundedAt: 'refund date',
  cancelledAt: 'cancellation date',
};

const PAYMENT_WORDS: Record<PaymentMethod, string> = {
  invoice: 'invoice',
  on_account: 'on account',
  platform_upfront: 'upfront on the platform',
};

const PAYMENT: Property<PaymentMethod> = {
  called: 'payment method',
  tell: (before, after) => [PAYMENT_WORDS[before], PAYMENT_WORDS[after]],
};

const CUSTOMER: Properties<CustomerIdentifiers> = {
  sparklayer: text('account'),
  sparklayerChild: text('child account'),
  sparklayerImpersonator: text('impersonator'),
  sparklayerSalesRep: text('sales representative'),
};

const PACKAGE_IDENTIFIERS: Properties<PackageIdentifiers> = {
  visible: text('visible number'),
  platform: text('platform id'),
  internal: text('internal id'),
  sparklayerPackageId: text('SparkLayer id'),
};

const DATES: Properties<PurchaseDates> = {
  createdAt: values.time('creation date'),
  placedAt: values.time('placing date'),
  updatedAt: values.time('last update'),
};

const a = (type: PurchaseType): string => `${/^[aou]/.test(TYPE_WORDS[type]) ? 'an' : 'a'} ${TYPE_WORDS[type]}`;

/** The context of a sentence. */
export interface SentenceContext {
  money: values.Money;
  /** Returns the name of a package. */
  called: (ref: PackageRef) => string;
}

/** Describes events of one type. */
type Sentence<Type extends PurchaseEvent['type']> = (data: EventOf<Type>['data'], context: SentenceContext) => string;

const of = (at: PackageRef | undefined, { called }: SentenceContext): string =>
  at === undefined ? '' : ` of ${called(at)}`;
const by = (name: string | undefined): string => (name === undefined ? '' : ` by ${plainText(name)}`);

function moved({ from, to, items }: ItemsMoved, { called }: SentenceContext): string {
  const [source, target] = [called(from), called(to)];
  return `${movedArticles(items)} moved from ${source} to ${source === target ? `another ${target}` : target}`;
}

const filled = (added: KeyedPackage, { called }: SentenceContext): string =>
  `${called(packageRef(added.key, added))} ${added.items.length === 0 ? 'without items' : `with ${lineArticles(added.items)}`}`;

const DONE: Record<PackageMilestone, string> = {
  shippedAt: 'shipped',
  deliveredAt: 'delivered',
  refundedAt: 'refunded',
  cancelledAt: 'cancelled',
};
/** Package types whose name already states the milestone. */
const MILESTONE_PACKAGES: Partial<Record<PackageMilestone, PackageType>> = {
  refundedAt: 'refund',
  cancelledAt: 'cancelled',
};

const milestone =
  (reached: PackageMilestone) =>
  ({ package: at, at: when }: EventOf<'PackageShipped'>['data'], { called }: SentenceContext): string =>
    `${called(at)} ${MILESTONE_PACKAGES[reached] === at.type ? 'made' : DONE[reached]} at ${moment(when)}`;

const amounts = ({ quantity, totals }: LineAmounts, money: values.Money): string =>
  `${quantity} for ${money(totals.gross)}`;

/** Formats amounts before the event, in the previous currency if it changed. */
const moneyBefore = ({ money }: SentenceContext, currencyBefore: string | undefined): values.Money =>
  currencyBefore === undefined ? money : values.moneyIn(currencyBefore);

const transaction = ({ amount: paid, gateway, platformId }: Transaction, { money }: SentenceContext): string =>
  `${money(paid)}${by(gateway)} (${plainText(platformId)})`;

const TRANSACTION_TEXTS: Properties<Pick<Transaction, 'platformId' | 'type' | 'status' | 'gateway' | 'happenedAt'>> = {
  platformId: text('platform id'),
  type: text('type'),
  status: text('status'),
  gateway: text('gateway'),
  happenedAt: values.time('date'),
};

/** The changes of a payment or refund. The data of the platform is opaque. */
function transactionChanges(before: Transaction, after: Transaction, { money }: SentenceContext): string[] {
  return [
    ...(before.amount === after.amount ? [] : [`amount from ${money(before.amount)} to ${money(after.amount)}`]),
    ...changesIn(TRANSACTION_TEXTS, before, after),
    ...(before.informational === after.informational
      ? []
      : [after.informational ? 'no longer counted as paid' : 'now counted as paid']),
    ...values.opaqueChange('platform details', before.particulars, after.particulars),
  ];
}

/** Added units in a pending package are described like an added line. */
const quantityChanged: Sentence<'ItemQuantityChanged'> = (
  { package: at, line, before, after, currencyBefore },
  context,
) => {
  const more = after.quantity - before.quantity;
  const amountsChanged = `from ${amounts(before, moneyBefore(context, currencyBefore))} to ${amounts(after, context.money)}`;
  return more > 0 && isPending(at.type)
    ? `${more} × ${lineName(line)} added to ${context.called(at)}: ${amountsChanged}`
    : `${lineName(line)} in ${context.called(at)} changed ${amountsChanged}`;
};

const repriced: Sentence<'ItemRepriced'> = ({ package: at, line, before, after, currencyBefore }, context) => {
  const subject = `${lineName(line)} in ${context.called(at)}`;
  const were = moneyBefore(context, currencyBefore);
  const properties = values.totals(were, context.money);
  const [from, to] = [were(before.gross), context.money(after.gross)];
  if (from === to) return changedIn(subject, changesIn(properties, before, after));
  const hidden = changesIn(properties, before, after, values.untold(before, after));
  return [`${subject} repriced from ${from} to ${to}`, ...hidden].join('; ');
};

const shipping: Sentence<'ShippingMethodChanged'> = ({ package: at, before, after, currencyBefore }, context) => {
  const were = moneyBefore(context, currencyBefore);
  const short = (method: ShippingMethod, isBefore: boolean): string =>
    values.shippingMethod(isBefore ? were : context.money, method);
  const subject = `Shipping${of(at, context)}`;
  const properties = {
    name: text('name'),
    totals: {
      called: 'cost',
      tell: (from: Totals, to: Totals): [string, string] => [values.cost(were, from), values.cost(context.money, to)],
    },
  };
  const [from, to] = [before?.totals, after?.totals];
  const isHidden = from && to && values.untold(from, to).some((part) => from[part] !== to[part]);
  return changeOfWhole({ subject, short, properties, hidden: isHidden === true ? ['totals'] : [] }, before, after);
};

/** Changes of sender timestamps. */
const senderClocks: Sentence<'SenderClocksChanged'> = ({ before, after }) => {
  const own = { updatedAt: values.time('last update'), revisionDate: values.time('revision') };
  const packages = (after.packages ?? []).map(({ key, updatedAt }, index) =>
    changeOfOne(values.time(`last update of package ${key}`), before.packages?.[index]?.updatedAt, updatedAt),
  );
  return values.listedChanges('Sender dates', [...changesIn(own, before, after), ...packages], 'date');
};

export const SENTENCES: { [Type in PurchaseEvent['type']]: Sentence<Type> } = {
  PurchaseCreated: ({ purchase: { type }, follows }) =>
    `${capital(TYPE_WORDS[type])} created${follows === undefined ? '' : `; it follows the deleted purchase ${follows}`}`,
  QuoteRequested: () => 'Quote requested',
  ApprovalRequested: () => 'Approval requested',
  PurchaseApproved: ({ after }) => `Approved as ${a(after)}`,
  PurchaseSubmitted: ({ after }) => `Submitted as ${a(after)}`,
  TypeConfirmed: () => 'Order confirmed',
  TypeChanged: ({ before, after }) => `Changed from ${a(before)} to ${a(after)}`,
  CurrencyChanged: ({ before, after }) => `Currency changed from ${before} to ${after}`,
  IdentifierAssigned: ({ kind, value }) => `${capital(KIND_WORDS[kind])} set to ${plainText(value)}`,
  IdentifierChanged: ({ kind, before, after }) => changed(text(KIND_WORDS[kind]), before, after),
  IdentifierRemoved: ({ kind, value }) => `${capital(KIND_WORDS[kind])} ${plainText(value)} removed`,
  IdentifierForfeited: ({ kind, value }) =>
    `Unfinished claim to the ${KIND_WORDS[kind]} ${plainText(value)} taken over by another purchase`,
  CustomerChanged: ({ before, after }) => changedIn('customer', changesIn(CUSTOMER, before, after)),
  PurchaseDatesChanged: ({ before, after }) => changedIn('dates', changesIn(DATES, before, after)),
  PaymentMethodChanged: ({ before, after }) => changed(PAYMENT, before, after),
  CustomerReferenceChanged: ({ before, after }) => changed(text('customer reference'), before, after),
  BillingAddressChanged: ({ before, after }) => changeOfWhole(values.wholeAddress('Billing address'), before, after),
  AccountingFileAttached: ({ file, package: at }, context) =>
    `${capital(values.file(file))}${of(at, context)} attached`,
  AccountingFileRemoved: ({ file, package: at }, context) => `${capital(values.file(file))}${of(at, context)} removed`,
  CustomFieldsChanged: ({ before, after }) =>
    changedIn('custom fields', [values.namedValueChanges('field', before, after)]),
  MetadataChanged: ({ before, after }) => changedIn('metadata', [values.namedValueChanges('value', before, after)]),
  TaxLinesChanged: ({ before, after, currencyBefore }, context) =>
    changedIn('tax summary', [
      values.taxLineChanges(moneyBefore(context, currencyBefore), context.money, before, after),
    ]),
  TotalPaidChanged: ({ before, after, currencyBefore }, context) =>
    changed(values.amount('total paid', moneyBefore(context, currencyBefore), context.money), before, after),
  SenderClocksChanged: senderClocks,
  PurchaseDeleted: () => 'Deleted; its identifiers are free',
  PackageAdded: ({ package: added }, context) => `${filled(added, context)} added`,
  PackageRemoved: ({ package: gone }, context) => `${filled(gone, context)} removed`,
  PackageTypeChanged: ({ package: at, before, after }, { called }) =>
    `${called({ ...at, type: before })} became ${PACKAGE_WORDS[after]}`,
  PackageIdentifiersChanged: ({ package: at, before, after }, { called }) =>
    changedIn(called(at), changesIn(PACKAGE_IDENTIFIERS, before, after)),
  PackageDatesChanged: ({ package: at, before, after }, { called }) =>
    changedIn(called(at), changesIn(DATES, before, after)),
  PackageShipped: milestone('shippedAt'),
  PackageDelivered: milestone('deliveredAt'),
  PackageRefunded: milestone('refundedAt'),
  PackageCancelled: milestone('cancelledAt'),
  PackageMilestoneCorrected: ({ package: at, milestone: which, before, after }, context) =>
    `${capital(MILESTONE_WORDS[which])}${of(at, context)} corrected from ${momentPair(before, after).join(' to ')}`,
  PackageMilestoneWithdrawn: ({ package: at, milestone: which, before }, context) =>
    `${capital(MILESTONE_WORDS[which])}${of(at, context)} withdrawn, it was ${moment(before)}`,
  ShippingMethodChanged: shipping,
  ShippingAddressChanged: ({ package: at, before, after }, context) =>
    changeOfWhole(values.wholeAddress(`Shipping address${of(at, context)}`), before, after),
  TrackingAdded: ({ package: at, tracking }, context) =>
    `Tracking${of(at, context)} added: ${values.tracking(tracking)}`,
  TrackingChanged: ({ package: at, before, after }, context) =>
    changeOfWhole(values.wholeTracking(`Tracking${of(at, context)}`), before, after),
  TrackingRemoved: ({ package: at, tracking }, context) =>
    `Tracking${of(at, context)} removed: ${values.tracking(tracking)}`,
  ItemsAdded: ({ package: at, items }, { called }) => `${lineArticles(items)} added to ${called(at)}`,
  ItemsRemoved: ({ package: at, items }, { called }) => `${lineArticles(items)} removed from ${called(at)}`,
  ItemQuantityChanged: quantityChanged,
  ItemRepriced: repriced,
  ItemDetailsChanged: ({ package: at, line, before, after, currencyBefore }, context) =>
    changedIn(
      `${lineName(line)} in ${context.called(at)}`,
      values.detailChanges(moneyBefore(context, currencyBefore), context.money, before, after),
    ),
  ItemsMovedToIncoming: moved,
  ItemsMovedToProcessing: moved,
  ItemsMovedToOnHold: moved,
  ItemsMovedToShipment: moved,
  ItemsMovedToRefund: moved,
  ItemsMovedToCancelled: moved,
  ItemsRegrouped: ({ package: at, items }, { called }) => `${movedArticles(items)} regrouped in ${called(at)}`,
  PaymentRecorded: ({ transaction: paid }, context) => `Payment of ${transaction(paid, context)} recorded`,
  RefundRecorded: ({ transaction: repaid }, context) => `Refund of ${transaction(repaid, context)} recorded`,
  TransactionChanged: ({ before, after }, context) =>
    changedIn(`${before.type} ${plainText(before.platformId)}`, transactionChanges(before, after, context)),
  MessagePosted: ({ createdBy, body }) => `Message${by(createdBy)}: ${plainText(body)}`,
  NoteAdded: ({ createdBy, body }) => `Note${by(createdBy)}: ${plainText(body)}`,
  EmailSent: ({ sentBy, body }) => `E-mail sent${by(sentBy)}: ${plainText(body)}`,
  UsdRateFixed: ({ currency, day, rate }) => `US dollar rate fixed: 1 ${currency} is ${rate} USD, the rate of ${day}`,
  PersonalDataErased: () => 'Personal data of the customer erased',
};
