import type {
  EventOf,
  ItemsMoved,
  MovedItem,
  PackageMilestone,
  PackageRef,
  PurchaseEvent,
  Transaction,
} from './events';
import { formatAmount } from './money/money';
import { packageRef } from './diff/refs';
import { isSame } from './same';
import type {
  AccountingFile,
  Address,
  CustomerIdentifiers,
  IdentifierKind,
  Instant,
  KeyedLine,
  KeyedPackage,
  LineAmounts,
  LineDetails,
  Minor,
  NamedValue,
  PackageIdentifiers,
  PackageType,
  PurchaseDates,
  PurchaseType,
  ShippingMethod,
  Tracking,
} from './purchase';

const PACKAGE_WORDS: Record<PackageType, string> = {
  incoming: 'Incoming',
  processing: 'Processing',
  on_hold: 'On hold',
  shipment: 'Shipment',
  refund: 'Refund',
  cancelled: 'Cancelled',
};

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

const CUSTOMER_WORDS: Record<keyof CustomerIdentifiers, string> = {
  sparklayer: 'Customer',
  sparklayerChild: 'Child account',
  sparklayerImpersonator: 'Impersonator',
  sparklayerSalesRep: 'Sales representative',
};

const PACKAGE_KIND_WORDS: Record<keyof PackageIdentifiers, string> = {
  sparklayerPackageId: 'The SparkLayer id',
  platform: 'The platform id',
  internal: 'The internal id',
  visible: 'The visible number',
};

const DATE_WORDS = { createdAt: 'creation date', updatedAt: 'date of the last update', placedAt: 'date of placing' };

const DETAIL_WORDS: Record<keyof LineDetails, string> = {
  sku: 'SKU',
  platform: 'platform id',
  internal: 'internal id',
  nameParent: 'name',
  nameChild: 'variant',
  customAttributes: 'attributes',
  taxLines: 'tax lines',
  unitTotal: 'unit price',
  rrp: 'recommended retail price',
  imageUrl: 'image',
  productSlug: 'product page',
  barcode: 'barcode',
};

const TRANSACTION_WORDS: Record<Exclude<keyof Transaction, 'amount' | 'informational' | 'particulars'>, string> = {
  platformId: 'platform id',
  type: 'type',
  status: 'status',
  gateway: 'gateway',
  happenedAt: 'date',
};

/** More things than these are counted, not named. */
const MOST_NAMED = 3;

const called = ({ type, name }: { type: PackageType; name?: string }): string =>
  name === undefined ? PACKAGE_WORDS[type] : `${PACKAGE_WORDS[type]} ${name}`;

const day = (instant: Instant): string => `${instant.slice(0, 10)} ${instant.slice(11, 16)} UTC`;

/** "2026-01-05 09:00 UTC", or "nothing" for what is absent. */
const orNothing = (value: string | undefined): string => value ?? 'nothing';

function listed(things: readonly string[], called: string): string {
  const more = things.length - MOST_NAMED;
  if (more <= 0) return things.join(', ');
  return `${things.slice(0, MOST_NAMED).join(', ')} and ${more} more ${called}${more === 1 ? '' : 's'}`;
}

const lineName = ({ details: { nameParent, nameChild } }: KeyedLine): string =>
  nameChild === undefined ? nameParent : `${nameParent} ${nameChild}`;
const lines = (items: readonly KeyedLine[]): string =>
  listed(
    items.map((each) => `${each.quantity} × ${lineName(each)}`),
    'article',
  );

/** One article counts once, however many of its lines a move touches. */
function movedArticles(items: readonly MovedItem[]): string {
  const quantities = new Map<string, number>();
  for (const { quantity, to } of items) quantities.set(to.line.name, (quantities.get(to.line.name) ?? 0) + quantity);
  return listed(
    [...quantities].map(([name, quantity]) => `${quantity} × ${name}`),
    'article',
  );
}

const moved = ({ from, to, items }: ItemsMoved): string =>
  `${movedArticles(items)} moved from ${called(from)} to ${called(to)}`;

/** The keys whose values differ, in alphabetical order. */
function changedKeys<T extends object>(before: T, after: T): (keyof T & string)[] {
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort() as (keyof T & string)[];
  return keys.filter((key) => !isSame(before[key], after[key]));
}

/** "a", "a and b", "a, b and c". */
const joined = (words: readonly string[]): string =>
  words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;

const capital = (words: string): string => words.charAt(0).toUpperCase() + words.slice(1);

const dates = (before: PurchaseDates, after: PurchaseDates): string =>
  capital(joined(changedKeys(before, after).map((key) => DATE_WORDS[key])));

const place = (address: Address | undefined): string =>
  address === undefined
    ? 'nothing'
    : [address.company ?? address.name, address.addressLine1, address.city, address.countryCode]
        .filter(Boolean)
        .join(', ');

const file = ({ fileType, visible, uri }: AccountingFile): string =>
  [fileType ?? 'document', visible ?? uri].filter(Boolean).join(' ');
const tracking = ({ carrier, trackingNumber, trackingUrl }: Tracking): string =>
  [carrier, trackingNumber ?? trackingUrl].filter(Boolean).join(' ') || 'no particulars';
const fields = (values: readonly NamedValue[]): string =>
  values.length === 0
    ? 'nothing'
    : listed(
        values.map(({ name, value }) => (value === undefined ? name : `${name}: ${value}`)),
        'field',
      );
const inside = (at: PackageRef | undefined): string => (at === undefined ? '' : ` of ${called(at)}`);
const who = (name: string | undefined): string => (name === undefined ? '' : ` by ${name}`);
const filled = (added: KeyedPackage): string =>
  `${called(packageRef(added.key, added))} ${added.items.length === 0 ? 'without items' : `with ${lines(added.items)}`}`;

/** An amount in words, in the currency of the purchase unless another is named. */
type Money = (minor: Minor | undefined, currency?: string) => string;

/** How one event is put into words in a currency. */
type Teller<Type extends PurchaseEvent['type']> = (data: EventOf<Type>['data'], money: Money) => string;

const amount = ({ quantity, totals }: LineAmounts, money: Money, currency?: string): string =>
  `${quantity} for ${money(totals.gross, currency)}`;
const shipping = (method: ShippingMethod | undefined, money: Money, currency?: string): string =>
  method === undefined
    ? 'nothing'
    : `${method.name ?? 'unnamed'}${method.totals ? ` for ${money(method.totals.gross, currency)}` : ''}`;
const transaction = ({ amount: paid, gateway, platformId }: Transaction, money: Money): string =>
  `${money(paid)}${gateway === undefined ? '' : ` by ${gateway}`} (${platformId})`;

const clock = (what: string, before: Instant | undefined, after: Instant | undefined): string =>
  `${what} from ${before === undefined ? 'nothing' : day(before)} to ${after === undefined ? 'nothing' : day(after)}`;

/** Clocks of the sender that moved on. */
const clocks: Teller<'SenderClocksChanged'> = ({ before, after }) =>
  `Moved on: ${[
    ...('updatedAt' in before || 'updatedAt' in after ? [clock('last update', before.updatedAt, after.updatedAt)] : []),
    ...('revisionDate' in before || 'revisionDate' in after
      ? [clock('revision', before.revisionDate, after.revisionDate)]
      : []),
    ...(after.packages ?? []).map(({ key, updatedAt }, index) =>
      clock(`last update of package ${key}`, before.packages?.[index]?.updatedAt, updatedAt),
    ),
  ].join('; ')}`;

/** What changed of a payment or refund; what the platform knows of it is not spelt out. */
const changesOf = (before: Transaction, after: Transaction, money: Money): string =>
  changedKeys(before, after)
    .map((key) => {
      if (key === 'amount') return `amount changed from ${money(before.amount)} to ${money(after.amount)}`;
      if (key === 'informational') return after.informational ? 'counts towards nothing now' : 'counts now';
      if (key === 'particulars') return 'particulars changed';
      return `${TRANSACTION_WORDS[key]} changed from ${orNothing(before[key])} to ${orNothing(after[key])}`;
    })
    .join('; ');

const WORDS: { [Type in PurchaseEvent['type']]: Teller<Type> } = {
  PurchaseCreated: ({ purchase, follows }) =>
    `Created as ${TYPE_WORDS[purchase.type]}${follows === undefined ? '' : `, follows the deleted purchase ${follows}`}`,
  QuoteRequested: () => 'A quote was asked for',
  ApprovalRequested: () => 'Approval was asked for',
  PurchaseApproved: ({ after }) => `Approved, now an ${TYPE_WORDS[after]}`,
  PurchaseSubmitted: ({ after }) => `Submitted as an ${TYPE_WORDS[after]}`,
  TypeConfirmed: () => 'The order was confirmed',
  TypeChanged: ({ before, after }) => `Was a ${TYPE_WORDS[before]}, is now a ${TYPE_WORDS[after]}`,
  CurrencyChanged: ({ before, after }) => `Currency changed from ${before} to ${after}`,
  IdentifierAssigned: ({ kind, value }) => `Got the ${KIND_WORDS[kind]} ${value}`,
  IdentifierChanged: ({ kind, before, after }) => `The ${KIND_WORDS[kind]} changed from ${before} to ${after}`,
  IdentifierRemoved: ({ kind, value }) => `Gave up the ${KIND_WORDS[kind]} ${value}`,
  IdentifierForfeited: ({ kind, value }) => `An unfinished claim to the ${KIND_WORDS[kind]} ${value} was taken over`,
  CustomerChanged: ({ before, after }) =>
    changedKeys(before, after)
      .map((key) => `${CUSTOMER_WORDS[key]} changed from ${orNothing(before[key])} to ${orNothing(after[key])}`)
      .join('; '),
  PurchaseDatesChanged: ({ before, after }) =>
    `${dates(before, after)} of the purchase changed${after.placedAt === before.placedAt || after.placedAt === undefined ? '' : `, placed at ${day(after.placedAt)}`}`,
  PaymentMethodChanged: ({ before, after }) =>
    `Payment method changed from ${orNothing(before)} to ${orNothing(after)}`,
  CustomerReferenceChanged: ({ before, after }) =>
    `Customer reference changed from ${orNothing(before)} to ${orNothing(after)}`,
  BillingAddressChanged: ({ before, after }) => `Billing address changed from ${place(before)} to ${place(after)}`,
  AccountingFileAttached: ({ file: attached, package: at }) => `${capital(file(attached))}${inside(at)} attached`,
  AccountingFileRemoved: ({ file: gone, package: at }) => `${capital(file(gone))}${inside(at)} removed`,
  CustomFieldsChanged: ({ after }) => `Custom fields changed to ${fields(after)}`,
  MetadataChanged: ({ after }) => `Metadata changed to ${fields(after)}`,
  TaxLinesChanged: ({ after }, money) =>
    `Tax summary changed to ${
      after.length === 0
        ? 'nothing'
        : listed(
            after.map((tax) => `${tax.title ?? 'tax'} ${money(tax.amount)}`),
            'tax line',
          )
    }`,
  TotalPaidChanged: ({ before, after, currencyBefore }, money) =>
    `Total paid changed from ${money(before, currencyBefore)} to ${money(after)}`,
  SenderClocksChanged: clocks,
  PurchaseDeleted: () => 'Deleted; its identifiers are free',
  PackageAdded: ({ package: added }) => `${filled(added)} added`,
  PackageRemoved: ({ package: gone }) => `${filled(gone)} removed`,
  PackageTypeChanged: ({ package: at, after }) => `${called(at)} became ${PACKAGE_WORDS[after]}`,
  PackageIdentifiersChanged: ({ package: at, before, after }) =>
    changedKeys(before, after)
      .map(
        (key) =>
          `${PACKAGE_KIND_WORDS[key]} of ${called(at)} changed from ${orNothing(before[key])} to ${orNothing(after[key])}`,
      )
      .join('; '),
  PackageDatesChanged: ({ package: at, before, after }) => `${dates(before, after)} of ${called(at)} changed`,
  PackageShipped: ({ package: at, at: when }) => `${called(at)} shipped at ${day(when)}`,
  PackageDelivered: ({ package: at, at: when }) => `${called(at)} delivered at ${day(when)}`,
  PackageRefunded: ({ package: at, at: when }) => `${called(at)} refunded at ${day(when)}`,
  PackageCancelled: ({ package: at, at: when }) => `${called(at)} cancelled at ${day(when)}`,
  PackageMilestoneCorrected: ({ package: at, milestone, before, after }) =>
    `The ${MILESTONE_WORDS[milestone]} of ${called(at)} corrected from ${day(before)} to ${day(after)}`,
  PackageMilestoneWithdrawn: ({ package: at, milestone, before }) =>
    `The ${MILESTONE_WORDS[milestone]} of ${called(at)}, ${day(before)}, withdrawn`,
  ShippingMethodChanged: ({ package: at, before, after, currencyBefore }, money) =>
    `Shipping of ${called(at)} changed from ${shipping(before, money, currencyBefore)} to ${shipping(after, money)}`,
  ShippingAddressChanged: ({ package: at, before, after }) =>
    `Shipping address of ${called(at)} changed from ${place(before)} to ${place(after)}`,
  TrackingAdded: ({ package: at, tracking: added }) => `Tracking of ${called(at)} added: ${tracking(added)}`,
  TrackingChanged: ({ package: at, before, after }) =>
    `Tracking of ${called(at)} changed from ${tracking(before)} to ${tracking(after)}`,
  TrackingRemoved: ({ package: at, tracking: gone }) => `Tracking of ${called(at)} removed: ${tracking(gone)}`,
  ItemsAdded: ({ package: at, items }) => `${lines(items)} added to ${called(at)}`,
  ItemsRemoved: ({ package: at, items }) => `${lines(items)} removed from ${called(at)}`,
  ItemQuantityChanged: ({ package: at, line, before, after, currencyBefore }, money) =>
    `${line.name} in ${called(at)} changed from ${amount(before, money, currencyBefore)} to ${amount(after, money)}`,
  ItemRepriced: ({ package: at, line, before, after, currencyBefore }, money) =>
    before.gross === after.gross && currencyBefore === undefined
      ? `Tax or discount of ${line.name} in ${called(at)} changed, its price of ${money(after.gross)} did not`
      : `${line.name} in ${called(at)} repriced from ${money(before.gross, currencyBefore)} to ${money(after.gross)}`,
  ItemDetailsChanged: ({ package: at, line, before, after }) =>
    `${capital(joined(changedKeys(before, after).map((key) => DETAIL_WORDS[key])))} of ${line.name} in ${called(at)} changed`,
  ItemsMovedToIncoming: moved,
  ItemsMovedToProcessing: moved,
  ItemsMovedToOnHold: moved,
  ItemsMovedToShipment: moved,
  ItemsMovedToRefund: moved,
  ItemsMovedToCancelled: moved,
  ItemsRegrouped: ({ package: at, items }) => `${movedArticles(items)} regrouped in ${called(at)}`,
  PaymentRecorded: ({ transaction: paid }, money) => `Payment of ${transaction(paid, money)} recorded`,
  RefundRecorded: ({ transaction: repaid }, money) => `Refund of ${transaction(repaid, money)} recorded`,
  TransactionChanged: ({ before, after }, money) =>
    `${capital(before.type)} ${before.platformId}: ${changesOf(before, after, money)}`,
  MessagePosted: ({ createdBy, body }) => `Message${who(createdBy)}: ${body}`,
  NoteAdded: ({ createdBy, body }) => `Note${who(createdBy)}: ${body}`,
  EmailSent: ({ sentBy, body }) => `E-mail sent${who(sentBy)}: ${body}`,
  UsdRateFixed: ({ currency, day: of, rate }) => `Told in US dollars at ${rate} for one ${currency}, the rate of ${of}`,
  PersonalDataErased: () => 'The personal data of its customer were erased',
};

/**
 * One event as a sentence for a timeline, without a full stop: "3 × WHITE METAL LANTERN moved from Processing to Refund R-1".
 * `currency` is that of the purchase then; values of the sender stand in it as they are, so whoever shows it must escape it.
 */
export function inWords(event: PurchaseEvent, currency: string): string {
  const money: Money = (minor, its = currency) =>
    minor === undefined ? 'nothing' : `${formatAmount(minor, its)} ${its}`;
  const tell = WORDS[event.type] as Teller<PurchaseEvent['type']>;
  return tell(event.data, money);
}
