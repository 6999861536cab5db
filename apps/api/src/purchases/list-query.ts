import { FULFILMENT_STATUSES } from '@app/purchase/status';
import { PURCHASE_TYPES } from '@app/purchase/purchase';
import type { Page, PurchaseFilter, TimelineFilter } from '@app/read-models/queries/purchase-queries';
import { toInstant } from './body/check-values';
import { Problem, type ProblemError } from '../http/problems/problem';

export type Query = Record<string, string | string[] | undefined>;

/** Reads parameters one by one and names every wrong one in the end. */
class Parameters {
  private readonly errors: ProblemError[] = [];
  private readonly seen = new Set<string>();

  constructor(private readonly query: Query) {}

  text(name: string): string | undefined {
    this.seen.add(name);
    const value = this.query[name];
    if (Array.isArray(value)) return this.wrong(name, 'stands there twice');
    return value === '' ? undefined : value;
  }

  oneOf<T extends string>(name: string, values: readonly T[]): T | undefined {
    const value = this.text(name);
    if (value === undefined || (values as readonly string[]).includes(value)) return value as T | undefined;
    return this.wrong(name, `is none of ${values.join(', ')}`);
  }

  whole(name: string, fallback: number, min: number, max: number): number {
    const value = this.text(name);
    if (value === undefined) return fallback;
    if (/^\d{1,9}$/.test(value) && Number(value) >= min && Number(value) <= max) return Number(value);
    this.wrong(name, `must be a whole number from ${min} to ${max}`);
    return fallback;
  }

  time(name: string): string | undefined {
    const value = this.text(name);
    if (value === undefined) return undefined;
    // A plus sign that was not encoded arrives as a space.
    return toInstant(value.replace(' ', '+')) ?? this.wrong(name, 'must be an ISO 8601 time with an offset');
  }

  /** @throws Problem naming every parameter that is wrong or unknown */
  finish(): void {
    for (const name of Object.keys(this.query))
      if (!this.seen.has(name)) this.wrong(name, 'is no parameter of this call');
    if (this.errors.length > 0)
      throw new Problem(
        'invalid-parameter',
        this.errors.map(({ property, message }) => `${property} ${message}`).join('; '),
        {
          errors: this.errors,
        },
      );
  }

  private wrong(property: string, message: string): undefined {
    this.errors.push({ code: 'invalid-parameter', message, property });
    return undefined;
  }
}

/** The filters and the page of a list (contract.md). @throws Problem invalid-parameter */
export function readListQuery(query: Query): { filter: PurchaseFilter; page: Page } {
  const read = new Parameters(query);
  const filter: PurchaseFilter = {
    customer: {
      sparklayer: read.text('customer_identifiers[sparklayer]'),
      sparklayerChild: read.text('customer_identifiers[sparklayer_child]'),
      sparklayerImpersonator: read.text('customer_identifiers[sparklayer_impersonator]'),
      sparklayerSalesRep: read.text('customer_identifiers[sparklayer_sales_rep]'),
    },
    type: read.oneOf('type', PURCHASE_TYPES),
    status: read.oneOf('status', FULFILMENT_STATUSES),
    search: read.text('search'),
    placedFrom: read.time('dates[placed][gte]'),
    placedTo: read.time('dates[placed][lte]'),
    updatedFrom: read.time('dates[last_updated][gte]'),
    updatedTo: read.time('dates[last_updated][lte]'),
  };
  const page: Page = {
    limit: read.whole('limit', 50, 1, 500),
    offset: read.whole('offset', 0, 0, 100_000_000),
    orderBy: read.oneOf('order_by', ['placed_at', 'last_updated'] as const),
  };
  read.finish();
  return { filter, page };
}

/** The filters and the page of a timeline. `cursor` is the revision of the last entry seen. @throws Problem invalid-parameter */
export function readTimelineQuery(query: Query): TimelineFilter {
  const read = new Parameters(query);
  const after = read.whole('cursor', -1, 0, 999_999_999);
  const filter: TimelineFilter = {
    types: read.text('type')?.split(','),
    actor: read.text('actor'),
    from: read.time('from'),
    to: read.time('to'),
    after: after < 0 ? undefined : BigInt(after),
    limit: read.whole('limit', 100, 1, 500),
  };
  read.finish();
  return filter;
}

/** The parameters of a PUT. @throws Problem invalid-parameter: a misspelt dry run must not write */
export function readPutQuery(query: Query): { dryRun: boolean } {
  const read = new Parameters(query);
  const dryRun = read.oneOf('dry_run', ['true', 'false'] as const) === 'true';
  read.finish();
  return { dryRun };
}
