import { ApiProblem, type components } from '@app/client/client';
import type { ApiClient } from '../api-client';
import { CommandError } from '../command-error';
import type { Progress } from '../progress';
import { type InvoiceLine, readInvoiceFile } from './invoice-file';
import { bodiesOf } from './order-bodies';
import { type ImportPlan, ImportPlanner, type PlannedOrder } from './plan-import';

type PurchaseBody = components['schemas']['PurchaseBody'];
type Purchase = components['schemas']['Purchase'];

export interface ImportReport {
  plan: ImportPlan;
  puts: { created: number; changed: number; unchanged: number; alreadyFurther: number };
  /** The first few failures in full, and the total number. */
  failures: { count: number; first: string[] };
  /** Sum of `payable` in the response to the last PUT of each order, in pence. */
  payable: number;
  seconds: number;
}

/** Reads a file and plans it. @param limit maximum number of invoices and credit notes @throws CommandError for a file without any */
export async function planFile(file: string, limit = Infinity): Promise<ImportPlan> {
  const planner = new ImportPlanner();
  const byInvoice = new Map<string, InvoiceLine[]>();
  for await (const line of readInvoiceFile(file)) {
    const lines = byInvoice.get(line.invoice);
    if (lines !== undefined) lines.push(line);
    else if (byInvoice.size < limit) byInvoice.set(line.invoice, [line]);
  }
  if (byInvoice.size === 0) throw new CommandError(`${file} contains no invoice`);
  for (const lines of byInvoice.values()) planner.add(lines);
  return planner.plan();
}

const MAX_FAILURES_SHOWN = 5;

class Importer {
  readonly report: Omit<ImportReport, 'plan' | 'seconds'> = {
    puts: { created: 0, changed: 0, unchanged: 0, alreadyFurther: 0 },
    failures: { count: 0, first: [] },
    payable: 0,
  };
  puts = 0;

  constructor(private readonly api: ApiClient) {}

  /** Sends the states of one order in sequence. */
  async send(order: PlannedOrder): Promise<void> {
    for (const [index, body] of bodiesOf(order).entries())
      await this.put(order, body as PurchaseBody, index === order.refunds.length + 1);
  }

  private async put({ invoice }: PlannedOrder, body: PurchaseBody, isLast: boolean): Promise<void> {
    const path = { lookupBy: 'internal', identifier: invoice } as const;
    const answer = await this.api.call('putPurchase', { path, body });
    this.puts += 1;
    const { puts } = this.report;
    if (answer instanceof ApiProblem) {
      if (answer.code === 'stale-revision') puts.alreadyFurther += 1;
      else this.fail(`${invoice}: ${answer.status} ${JSON.stringify(answer.problem)}`);
      return;
    }
    if (answer.status === 201) puts.created += 1;
    else if (answer.headers.get('purchase-changed') === 'true') puts.changed += 1;
    else puts.unchanged += 1;
    if (isLast) this.report.payable += penceOf((answer.body as Purchase).calculated_total.number);
  }

  private fail(what: string): void {
    const { failures } = this.report;
    failures.count += 1;
    if (failures.first.length < MAX_FAILURES_SHOWN) failures.first.push(what);
  }
}

const penceOf = (decimal: string): number => Number(decimal.replace('.', ''));

/** Sends a plan to the API: several orders concurrently, the states of each order in sequence. */
export async function sendPlan(
  plan: ImportPlan,
  api: ApiClient,
  concurrency: number,
  progress: Progress,
): Promise<ImportReport> {
  const importer = new Importer(api);
  const started = Date.now();
  let next = 0;
  const work = async (): Promise<void> => {
    for (let order = plan.orders[next++]; order !== undefined; order = plan.orders[next++]) {
      await importer.send(order);
      const rate = Math.round((importer.puts * 1000) / Math.max(1, Date.now() - started));
      progress.at(Math.min(1, next / plan.orders.length), `${importer.puts} PUTs, ${rate}/s`);
    }
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, plan.orders.length) }, work));
  progress.end();
  return { ...importer.report, plan, seconds: (Date.now() - started) / 1000 };
}

const pounds = (pence: number): string => `${(pence / 100).toFixed(2)} GBP`;
const reasons = (counts: Map<string, number>): string[] =>
  [...counts].map(([reason, number]) => `    ${number}  ${reason}`);

/** Formats the report as text. */
export function describeImport({ plan, puts, failures, payable, seconds }: ImportReport): string {
  const sent = puts.created + puts.changed + puts.unchanged + puts.alreadyFurther + failures.count;
  const leftOut = [...plan.invoices.leftOut.values()].reduce((sum, number) => sum + number, 0);
  return [
    `invoices      ${plan.invoices.read} read, ${plan.orders.length} importable, ${leftOut} left out`,
    ...reasons(plan.invoices.leftOut),
    ...(plan.linesLeftOut.size > 0 ? ['lines left out of importable invoices', ...reasons(plan.linesLeftOut)] : []),
    `credit notes  ${plan.credits.matched} units matched with invoices; units that could not be matched:`,
    ...reasons(plan.credits.unmatched),
    `PUTs          ${sent} in ${seconds.toFixed(1)} s (${Math.round(sent / Math.max(0.001, seconds))}/s): ${puts.created} created, ${puts.changed} changed, ${puts.unchanged} unchanged, ${puts.alreadyFurther} already further`,
    `sums          ${pounds(plan.total)} by the file, ${pounds(payable)} payable by the API`,
    ...(failures.count > 0
      ? [`FAILED        ${failures.count} PUTs`, ...failures.first.map((each) => `    ${each}`)]
      : []),
  ].join('\n');
}
