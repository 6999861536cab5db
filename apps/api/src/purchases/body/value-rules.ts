import { deriveTotals, type TotalsProblem } from '@app/purchase/money/line-totals';
import { largestAmount, decimalsOf, isCurrency, parseAmount } from '@app/purchase/money/money';
import type { HistoryEntryDto, TransactionDto } from './entry-dto';
import { isEmpty, type Rule, type Rules } from './body-reader';
import type { BodyReport } from './body-report';
import type { LineItemDto, LineTotalDto, MoneyDto, PurchaseDto, ShippingMethodDto, TaxLineDto } from './purchase-dto';

type Sent = Readonly<Record<string, unknown>>;

/** Checks decimals and size of an amount, and that its currency is that of the purchase. */
function checkMoney({ number, currency }: Partial<MoneyDto>, _sent: Sent, report: BodyReport): void {
  if (currency === undefined) return;
  if (typeof report.currency === 'string' && currency !== report.currency)
    report.add('currency-mismatch', `is ${currency}, and the purchase is in ${report.currency}`, 'currency');
  if (number === undefined) return;
  const parsed = parseAmount(number, currency);
  if (parsed === 'too-many-decimals')
    report.add(parsed, `has more decimals than ${currency}, which has ${decimalsOf(currency)}`, 'number');
  if (parsed === 'too-large') report.add(parsed, `must be at most ${largestAmount(currency)}`, 'number');
}

/** Minor units; NaN for an amount that another rule reports. */
function minorOf(money: Partial<MoneyDto> | undefined, currency: unknown): number | undefined {
  if (money === undefined) return undefined;
  if (money.number === undefined || money.currency === undefined || money.currency !== currency) return NaN;
  const parsed = parseAmount(money.number, money.currency);
  return typeof parsed === 'string' ? NaN : parsed;
}

function reportTotals(problem: TotalsProblem, report: BodyReport): void {
  if (problem === 'missing') report.add('required', 'is missing, and so is total_gross', 'line_total', 'total_net');
  if (problem === 'does-not-add-up')
    report.add(
      'total-does-not-add-up',
      'has a total_net and a total_tax that do not make its total_gross',
      'line_total',
    );
  if (problem === 'too-large')
    report.add('too-large', `gives a total of more than ${largestAmount(String(report.currency))}`, 'line_total');
}

type Part = 'total_net' | 'total_tax' | 'total_gross';

const partOf = (total: Partial<LineTotalDto>, sent: Sent, part: Part, report: BodyReport): number | undefined =>
  isEmpty(sent[part]) ? undefined : minorOf(total[part] ?? {}, report.currency);

const isInvalid = ({ amount }: { amount?: number }): boolean => Number.isNaN(amount);

/** Checks that net, tax and gross add up and that derived amounts are within the limit. Skips amounts that are invalid themselves. */
const checkTotals: Rule = (
  { line_total: total, tax_lines: taxLines = [] }: Partial<LineItemDto & ShippingMethodDto>,
  sent: Sent,
  report: BodyReport,
): void => {
  if (total === undefined) return;
  const sentTotal = sent.line_total as Sent;
  const net = partOf(total, sentTotal, 'total_net', report);
  const tax = partOf(total, sentTotal, 'total_tax', report);
  const gross = partOf(total, sentTotal, 'total_gross', report);
  const taxes = taxLines.map((each: Partial<TaxLineDto> | undefined) => ({
    amount: minorOf(each?.amount, report.currency),
  }));
  if (Number.isNaN(net) || Number.isNaN(tax) || Number.isNaN(gross) || taxes.some(isInvalid)) return;
  const derived = deriveTotals({ net, tax, gross }, taxes);
  if (!derived.ok) reportTotals(derived.problem, report);
};

const isOrder = (type: unknown): boolean => type === 'order' || type === 'order_unconfirmed';

const hasLines = (sent: unknown): boolean => !isEmpty((sent as { line_items?: unknown } | null)?.line_items);

function checkPackages({ type, packages = [] }: Partial<PurchaseDto>, sent: Sent, report: BodyReport): void {
  if (isOrder(type) && packages.length > 0 && !(sent.packages as unknown[]).some(hasLines))
    report.add('no-line-items', `of an ${type} need at least one line item`, 'packages');
}

/** Checks the currency code of a transaction. It is compared with the purchase when the transaction is recorded. */
function checkTransaction({ total }: Partial<TransactionDto>, _sent: Sent, report: BodyReport): void {
  const currency = total?.currency;
  if (currency !== undefined && !isCurrency(currency))
    report.add('unknown-currency', 'must be an ISO 4217 code, such as GBP', 'total', 'currency');
}

/** Requires a sender for an e-mail and an author for a message or a note. */
function checkEntry({ event_type: type, ...entry }: Partial<HistoryEntryDto>, _sent: Sent, report: BodyReport): void {
  if (type === undefined) return;
  const foreign = type === 'email' ? 'created_by' : 'sent_by';
  if (entry[foreign] !== undefined)
    report.add('unknown-property', `is not a property of ${type === 'email' ? 'an' : 'a'} ${type}`, foreign);
}

/** Rules across several values of one object, by class name. */
export const RULES: Rules = {
  MoneyDto: checkMoney,
  LineItemDto: checkTotals,
  ShippingMethodDto: checkTotals,
  PurchaseDto: checkPackages,
  TransactionDto: checkTransaction,
  HistoryEntryDto: checkEntry,
};
