import { sumsStayExact } from '@app/purchase/money/line-totals';
import { largestAmount } from '@app/purchase/money/money';
import type { Purchase, Totals } from '@app/purchase/purchase';
import type { BodyErrors } from './body-report';
import { PurchaseDto } from './purchase-dto';
import { readBody, type ReadResult } from './read-body';
import { toPurchase } from './to-purchase';

const currencyOf = (body: unknown): unknown => (body as { currency_code?: unknown } | null | undefined)?.currency_code;

function* allTotals({ packages }: Purchase): Iterable<Totals> {
  for (const { items, shippingMethod } of packages) {
    for (const { totals } of items) yield totals;
    if (shippingMethod?.totals !== undefined) yield shippingMethod.totals;
  }
}

const sumTooLarge = (currency: string): BodyErrors => ({
  errors: [
    {
      code: 'sum-too-large',
      message: `the amounts must add up to at most ${largestAmount(currency)}`,
      property: '/packages',
    },
  ],
  hasMore: false,
});

/** Reads the body of a PUT of a purchase. */
export function readPurchaseBody(body: unknown, { strict }: { strict: boolean }): ReadResult<Purchase> {
  const read = readBody(PurchaseDto, body, { strict, currency: currencyOf(body) });
  if (!read.ok) return read;
  const purchase = toPurchase(read.value);
  return sumsStayExact(allTotals(purchase))
    ? { ok: true, value: purchase }
    : { ok: false, ...sumTooLarge(purchase.currency) };
}
