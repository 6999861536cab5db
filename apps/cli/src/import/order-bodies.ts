import { getAlpha2Code, registerLocale } from 'i18n-iso-countries';
import english from 'i18n-iso-countries/langs/en.json';
import { timeOf } from './invoice-file';
import type { PlannedLine, PlannedOrder } from './plan-import';

registerLocale(english);

/** Country names of the data set that are not English country names. */
const COUNTRIES = new Map([
  ['EIRE', 'IE'],
  ['USA', 'US'],
  ['RSA', 'ZA'],
  ['Channel Islands', 'JE'],
]);

const money = (pence: number): object => ({
  number: `${pence < 0 ? '-' : ''}${Math.floor(Math.abs(pence) / 100)}.${String(Math.abs(pence) % 100).padStart(2, '0')}`,
  currency: 'GBP',
});

const lineItem = ({ stockCode, description, unitPrice }: PlannedLine, quantity: number): object => ({
  identifiers: { sku: stockCode },
  name_parent: description,
  quantity,
  line_total: { total_net: money(quantity * unitPrice) },
});

const HOUR = 3_600_000;
const instant = (time: number): string => new Date(time).toISOString();

/** The PUT bodies of one order: placed, shipped, and one for each credit note. */
export function bodiesOf(order: PlannedOrder): object[] {
  const placed = timeOf(order.date);
  const shipped = placed + 24 * HOUR;
  const country = COUNTRIES.get(order.country) ?? getAlpha2Code(order.country, 'en');
  const base = (revisionDate: number): object => ({
    type: 'order',
    currency_code: 'GBP',
    purchase_identifiers: { internal: order.invoice },
    customer_identifiers: { sparklayer: order.customer },
    dates: { placed_at: instant(placed) },
    revision_date: instant(revisionDate),
    ...(country !== undefined && { metadata: [{ name: 'country', value: country }] }),
  });
  const left = order.lines.map(({ quantity }) => quantity);
  const lineItems = (): object[] =>
    order.lines.flatMap((line, index) => ((left[index] ?? 0) > 0 ? [lineItem(line, left[index] ?? 0)] : []));
  const shipment = (): object => ({
    type: 'shipment',
    identifiers: { visible: `S-${order.invoice}` },
    dates: { shipped_at: instant(shipped) },
    line_items: lineItems(),
  });
  const bodies = [
    { ...base(placed), packages: [{ type: 'processing', line_items: lineItems() }] },
    { ...base(shipped), packages: [shipment()] },
  ];
  const refunds: object[] = [];
  let revisionDate = shipped;
  for (const { creditNote, date, credits } of order.refunds) {
    const refunded = timeOf(date);
    // Each body has a later revision date than the one before, so that a late repeat cannot overwrite it.
    revisionDate = Math.max(refunded, revisionDate + 1000);
    for (const { line, quantity } of credits) left[line] = (left[line] ?? 0) - quantity;
    refunds.push({
      type: 'refund',
      identifiers: { visible: creditNote },
      dates: { refunded_at: instant(refunded) },
      line_items: credits.flatMap(({ line, quantity }) => {
        const sold = order.lines[line];
        return sold === undefined ? [] : [lineItem(sold, quantity)];
      }),
    });
    const rest = left.some((quantity) => quantity > 0) ? [shipment()] : [];
    bodies.push({ ...base(revisionDate), packages: [...rest, ...refunds] });
  }
  return bodies;
}
