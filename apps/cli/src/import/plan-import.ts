import type { InvoiceLine } from './invoice-file';

/** Pence. */
type Pence = number;

export interface PlannedLine {
  stockCode: string;
  description: string;
  quantity: number;
  unitPrice: Pence;
}

/** Units of one invoice line that a credit note returned. */
export interface Credit {
  /** Index into the lines of the order. */
  line: number;
  quantity: number;
}

export interface PlannedRefund {
  creditNote: string;
  date: string;
  credits: Credit[];
}

/** An invoice with its matched credit notes in order. */
export interface PlannedOrder {
  invoice: string;
  date: string;
  customer: string;
  country: string;
  lines: PlannedLine[];
  refunds: PlannedRefund[];
}

export interface ImportPlan {
  orders: PlannedOrder[];
  invoices: { read: number; leftOut: Map<string, number> };
  linesLeftOut: Map<string, number>;
  /** Units. */
  credits: { matched: number; unmatched: Map<string, number> };
  /** Sum of Quantity × UnitPrice of the planned lines, less credits. */
  total: Pence;
}

const count = (counts: Map<string, number>, reason: string, by = 1): void =>
  void counts.set(reason, (counts.get(reason) ?? 0) + by);

/** "2.55" → 255; undefined when there are more than two decimals. */
function pence(unitPrice: string): Pence | undefined {
  const [, sign, whole, fraction = ''] = /^(-?)(\d+)(?:\.(\d+))?$/.exec(unitPrice) ?? [];
  if (whole === undefined || /[1-9]/.test(fraction.slice(2))) return undefined;
  return Number(`${sign}${whole}${fraction.slice(0, 2).padEnd(2, '0')}`);
}

interface Sale {
  order: PlannedOrder;
  line: number;
  left: number;
}

/**
 * Plans the import of a file: each invoice becomes an order, each credit note a refund of earlier invoices of the same customer and article,
 * same price first, then newest first. Lines that cannot be matched are counted by reason.
 */
export class ImportPlanner {
  private readonly orders: PlannedOrder[] = [];
  private readonly leftOut = new Map<string, number>();
  private readonly linesLeftOut = new Map<string, number>();
  private readonly unmatched = new Map<string, number>();
  private readonly sales = new Map<string, Sale[]>();
  private matched = 0;
  private read = 0;

  /** Adds all lines of one invoice or credit note. An invoice must be added before its credit notes. */
  add(lines: readonly InvoiceLine[]): void {
    const [first] = lines;
    if (first === undefined) return;
    if (first.invoice.startsWith('C')) return this.addCreditNote(first, lines);
    this.read += 1;
    if (!/^\d/.test(first.invoice)) return count(this.leftOut, 'a bad-debt adjustment, not an order');
    if (lines.every(({ quantity }) => quantity <= 0)) return count(this.leftOut, 'a stock write-off, not an order');
    this.addInvoice(first, lines);
  }

  private addInvoice(first: InvoiceLine, lines: readonly InvoiceLine[]): void {
    const planned = lines.flatMap((line): PlannedLine[] => {
      const unitPrice = pence(line.unitPrice);
      if (unitPrice === undefined) count(this.linesLeftOut, 'a unit price with more than two decimals');
      else if (line.quantity <= 0) count(this.linesLeftOut, 'a quantity of zero or less');
      else
        return [
          {
            stockCode: line.stockCode,
            description: line.description || line.stockCode,
            quantity: line.quantity,
            unitPrice,
          },
        ];
      return [];
    });
    if (planned.length === 0) return count(this.leftOut, 'no line can be imported');
    const { invoice, date, customer, country } = first;
    const order: PlannedOrder = { invoice, date, customer, country, lines: planned, refunds: [] };
    this.orders.push(order);
    if (customer === '') return;
    planned.forEach(({ stockCode, quantity }, line) => {
      const key = `${customer} ${stockCode}`;
      const sales = this.sales.get(key);
      if (sales === undefined) this.sales.set(key, [{ order, line, left: quantity }]);
      else sales.push({ order, line, left: quantity });
    });
  }

  private addCreditNote(first: InvoiceLine, lines: readonly InvoiceLine[]): void {
    for (const line of lines) {
      const left = this.credit(first, line);
      if (left > 0) count(this.unmatched, this.reason(line), left);
    }
  }

  private reason({ customer, stockCode }: InvoiceLine): string {
    if (customer === '') return 'credit note without a customer';
    return this.sales.has(`${customer} ${stockCode}`)
      ? 'more credited than sold'
      : 'no sale of the article to the customer';
  }

  /** Matches a credited quantity; returns the unmatched rest. */
  private credit({ invoice, date }: InvoiceLine, line: InvoiceLine): number {
    const price = pence(line.unitPrice);
    const sales = (this.sales.get(`${line.customer} ${line.stockCode}`) ?? []).filter(({ left }) => left > 0);
    const atPrice = (sale: Sale): number => (sale.order.lines[sale.line]?.unitPrice === price ? 0 : 1);
    const newestFirst = sales
      .map((sale, index) => ({ sale, index }))
      .sort((a, b) => atPrice(a.sale) - atPrice(b.sale) || b.index - a.index);
    let left = -line.quantity;
    for (const { sale } of newestFirst) {
      const quantity = Math.min(left, sale.left);
      if (quantity <= 0) break;
      sale.left -= quantity;
      left -= quantity;
      this.matched += quantity;
      refundOf(sale.order, invoice, date).credits.push({ line: sale.line, quantity });
    }
    return left;
  }

  plan(): ImportPlan {
    return {
      orders: this.orders,
      invoices: { read: this.read, leftOut: this.leftOut },
      linesLeftOut: this.linesLeftOut,
      credits: { matched: this.matched, unmatched: this.unmatched },
      total: this.orders.reduce((sum, order) => sum + payableOf(order), 0),
    };
  }
}

function refundOf(order: PlannedOrder, creditNote: string, date: string): PlannedRefund {
  const found = order.refunds.find((refund) => refund.creditNote === creditNote);
  if (found !== undefined) return found;
  const refund: PlannedRefund = { creditNote, date, credits: [] };
  order.refunds.push(refund);
  return refund;
}

/** Amount payable for an order after its refunds. */
export function payableOf({ lines, refunds }: PlannedOrder): Pence {
  const ordered = lines.reduce((sum, { quantity, unitPrice }) => sum + quantity * unitPrice, 0);
  const refunded = refunds
    .flatMap(({ credits }) => credits)
    .reduce((sum, { line, quantity }) => sum + quantity * (lines[line]?.unitPrice ?? 0), 0);
  return ordered - refunded;
}
