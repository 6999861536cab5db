import type { Minor, Package } from '@app/purchase/purchase';
import type { LivePurchase } from '@app/purchase/state';
import { paymentStatusOf } from '@app/purchase/payment-status';
import { statusOf } from '@app/purchase/status';
import { totalsOf } from '@app/purchase/totals';
import { usdTotal } from '@app/purchase/money/usd-total';
import { headerView, type Money, moneyIn, packageView } from './purchase-parts-view';

/** The first shipping address in one line: "John Spark, SparkLayer, 1 Street, Example City, 12345, GB". */
function oneLine(packages: readonly Package[]): string | undefined {
  const address = packages.find(({ shippingAddress }) => shippingAddress !== undefined)?.shippingAddress;
  if (address === undefined) return undefined;
  const { name, company, addressLine1, addressLine2, city, regionCode, postalCode, countryCode } = address;
  return [name, company, addressLine1, addressLine2, city, regionCode, postalCode, countryCode]
    .filter(Boolean)
    .join(', ');
}

function calculatedView(purchase: LivePurchase, revision: bigint, money: Money) {
  const totals = totalsOf(purchase);
  const usd = usdTotal(totals.payable, purchase.currency, purchase.usdRate);
  return {
    calculated_fulfilment_status: statusOf(purchase.packages),
    calculated_payment_status: paymentStatusOf(totals),
    calculated_totals: Object.fromEntries(Object.entries(totals).map(([name, minor]) => [name, money(minor as Minor)])),
    calculated_total: money(totals.payable),
    calculated_total_usd: usd === undefined ? null : { number: usd, currency: 'USD' },
    calculated_shipping_address: oneLine(purchase.packages),
    calculated_revision: Number(revision),
    // The id of the deleted purchase that had the identifier before; its timeline is read by this id.
    calculated_follows: purchase.follows,
  };
}

/** A purchase without its packages, as lists return it. `revision` is that of its stream, from 0. */
export function viewPurchaseBase(purchase: LivePurchase, revision: bigint) {
  const money = moneyIn(purchase.currency);
  // Not a spread: Node.js 20 takes several microseconds for each property that follows one.
  return Object.assign(headerView(purchase, money, purchase), calculatedView(purchase, revision, money));
}

/** The packages of a purchase. */
export const viewPackages = (purchase: LivePurchase) => {
  const money = moneyIn(purchase.currency);
  return purchase.packages.map((each) => packageView(each, money));
};

/** A whole purchase. */
export const viewPurchase = (purchase: LivePurchase, revision: bigint): object =>
  Object.assign(viewPurchaseBase(purchase, revision), { packages: viewPackages(purchase) });
