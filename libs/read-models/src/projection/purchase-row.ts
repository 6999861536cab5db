import type { LivePurchase, PurchaseState } from '@app/purchase/state';
import { statusOf } from '@app/purchase/status';
import { totalsOf } from '@app/purchase/totals';
import { searchKeys, searchTextOf } from '../search/search-index';
import { viewPackages, viewPurchaseBase } from '../views/purchase-view';
import { remainderOf } from '../views/restore-purchase';
import type { FoldedPurchase } from './fold';
import { keyText, sortableTime, type SqlRow } from './sql-values';

/** True when the view of the packages is the same in both states: no event between them changed a package. */
const hasSamePackages = (before: PurchaseState | undefined, { packages, currency }: LivePurchase): boolean =>
  before?.phase === 'live' && before.purchase.packages === packages && before.purchase.currency === currency;

/**
 * The row of a purchase. A deleted purchase keeps a row without texts that no query returns; one that was never created has none.
 * @param before the state from which the purchase was folded and that the table has: the row is without `packages` when they are unchanged
 * @throws Error when the state cannot be rendered, for instance amounts whose sum is not exact
 */
export function purchaseRow(
  { id, site, revision, position, lastUpdated, state }: FoldedPurchase,
  before?: PurchaseState,
): SqlRow | undefined {
  if (state.phase === 'absent') return undefined;
  const row = {
    id,
    site,
    revision: String(revision),
    commit_position: String(position),
    last_updated: lastUpdated.toISOString(),
    search: '',
    search_keys: '',
  };
  if (state.phase !== 'live') return row;
  const { purchase } = state;
  const search = searchTextOf(purchase);
  const { identifiers, customer, type, currency, dates, submittedAt, packages } = purchase;
  return {
    ...row,
    sparklayer: keyText(identifiers.sparklayer),
    platform: keyText(identifiers.platform),
    internal: keyText(identifiers.internal),
    visible: keyText(identifiers.visible),
    type: keyText(type),
    currency: keyText(currency),
    status: statusOf(packages),
    customer_sparklayer: keyText(customer.sparklayer),
    customer_child: keyText(customer.sparklayerChild),
    customer_impersonator: keyText(customer.sparklayerImpersonator),
    customer_sales_rep: keyText(customer.sparklayerSalesRep),
    placed_at: sortableTime(dates.placedAt),
    submitted_at: sortableTime(submittedAt),
    payable: String(totalsOf(purchase).payable),
    search,
    search_keys: searchKeys(site, search).join(' '),
    document: JSON.stringify(viewPurchaseBase(purchase, revision)),
    packages: hasSamePackages(before, purchase) ? undefined : JSON.stringify(viewPackages(purchase)),
    remainder: JSON.stringify(remainderOf(purchase)),
  };
}
