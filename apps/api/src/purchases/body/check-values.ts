import { isValid } from 'i18n-iso-countries';
import { normaliseIdentifier } from '@app/purchase/identifier-value';
import { deriveTotals, type SentTotals } from '@app/purchase/money/line-totals';
import { decimalsOf, isCurrency, parseAmount } from '@app/purchase/money/money';
import { IDENTIFIER_KINDS } from '@app/purchase/purchase';
import { readInstant, TIME_PROBLEMS } from '@app/purchase/time';
import { type BodyError, type Place, pointerTo } from './body-error';

type Node = Record<string, unknown>;

const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null && !Array.isArray(value);
const isText = (value: unknown): value is string => typeof value === 'string';

/** An ISO 8601 time as UTC with milliseconds; undefined where `readInstant` refuses it. */
export function toInstant(text: string): string | undefined {
  const read = readInstant(text);
  return read.ok ? read.instant : undefined;
}

const AMOUNT_PROBLEMS = {
  'not-a-decimal': 'is not a decimal number',
  'too-many-decimals': 'has more decimals than the currency',
  'too-large': 'is too large',
};

/** The rules about single values, asked of whatever is well-formed, so that all of a body's mistakes are named at once. */
class ValueCheck {
  readonly errors: BodyError[] = [];

  constructor(private readonly currency: unknown) {}

  private add(code: string, message: string, at: Place | undefined): void {
    this.errors.push({ code, message, property: pointerTo(at) });
  }

  visit(value: unknown, at: Place | undefined, key = ''): void {
    if (Array.isArray(value))
      return value.forEach((each: unknown, index) => this.visit(each, { parent: at, key: index }));
    if (isNode(value)) return this.visitNode(value, at, key);
    if (isText(value)) this.visitText(value, at, key);
  }

  private visitNode(node: Node, at: Place | undefined, key: string): void {
    if (isText(node.number) && isText(node.currency)) this.money(node.number, node.currency, at);
    if (key === 'line_total') this.lineTotal(node, at);
    if (key === 'purchase_identifiers') this.identifiers(node, at);
    for (const [name, child] of Object.entries(node)) this.visit(child, { parent: at, key: name }, name);
  }

  private visitText(text: string, at: Place | undefined, key: string): void {
    if (key.endsWith('_at') || key === 'revision_date') this.time(text, at);
    if (key === 'country_code' && !(text.length === 2 && isValid(text)))
      this.add('unknown-country', `${text} is no ISO 3166-1 alpha-2 code`, at);
    if (key === 'currency_code' && /^[A-Z]{3}$/.test(text) && !isCurrency(text))
      this.add('unknown-currency', `${text} is no ISO 4217 code`, at);
  }

  private time(text: string, at: Place | undefined): void {
    const read = readInstant(text);
    // The form itself is asked for by the DTO.
    if (!read.ok && read.problem !== 'not-a-time') this.add(read.problem, `${text} ${TIME_PROBLEMS[read.problem]}`, at);
  }

  private money(number: string, currency: string, at: Place | undefined): void {
    if (isText(this.currency) && currency !== this.currency)
      this.add('currency-mismatch', `the purchase is in ${this.currency}, this amount in ${currency}`, {
        parent: at,
        key: 'currency',
      });
    const parsed = parseAmount(number, currency);
    if (!parsed.ok && parsed.problem !== 'not-a-decimal')
      this.add(
        parsed.problem,
        `${number} ${AMOUNT_PROBLEMS[parsed.problem]} (${currency} has ${decimalsOf(currency)})`,
        { parent: at, key: 'number' },
      );
  }

  private lineTotal(node: Node, at: Place | undefined): void {
    const [net, gross] = [node.total_net, node.total_gross];
    if (net === undefined && gross === undefined)
      return this.add('required', 'total_net or total_gross is missing', { parent: at, key: 'total_net' });
    const sent = sentTotals(node);
    if (sent !== undefined && !deriveTotals(sent).ok)
      this.add('total-does-not-add-up', 'total_net and total_tax do not make total_gross', at);
  }

  private identifiers(node: Node, at: Place | undefined): void {
    for (const kind of IDENTIFIER_KINDS) {
      const value = node[kind];
      const normalised = isText(value) ? normaliseIdentifier(kind, value) : undefined;
      if (normalised?.ok === false)
        this.add('wrong-identifier', `${kind} ${normalised.problem}`, {
          parent: at,
          key: kind,
        });
    }
  }

  packages(body: Node): void {
    if (body.type !== 'order' && body.type !== 'order_unconfirmed') return;
    const packages: unknown[] = Array.isArray(body.packages) ? body.packages : [];
    if (
      packages.length > 0 &&
      !packages.some((each) => isNode(each) && Array.isArray(each.line_items) && each.line_items.length > 0)
    )
      this.add('no-line-items', `an ${body.type} needs at least one line item`, { parent: undefined, key: 'packages' });
  }
}

/** The totals of a line, when all that are there are well-formed. */
function sentTotals(node: Node): SentTotals | undefined {
  const totals: SentTotals = {};
  for (const [from, to] of [
    ['total_net', 'net'],
    ['total_tax', 'tax'],
    ['total_gross', 'gross'],
  ] as const) {
    const money = node[from];
    if (money === undefined) continue;
    const parsed =
      isNode(money) && isText(money.number) && isText(money.currency)
        ? parseAmount(money.number, money.currency)
        : undefined;
    if (parsed?.ok !== true) return undefined;
    totals[to] = parsed.minor;
  }
  return totals;
}

/** Every wrong value of a pruned body apart from its shape: amounts, times, countries, identifiers, totals. */
export function checkValues(body: unknown): BodyError[] {
  if (!isNode(body)) return [];
  const check = new ValueCheck(body.currency_code);
  check.visit(body, undefined);
  check.packages(body);
  return check.errors;
}
