import type { PurchaseEvent } from '../events';
import { PurchaseFold } from '../evolve';
import type { PurchaseState } from '../state';
import { packageName, type Packages } from './names';
import { SENTENCES, type Telling } from './sentences';
import { capital } from './text';
import { moneyIn } from './values';

export interface WordsContext {
  /** That of the purchase after the event. */
  currency: string;
  /** Those of the purchase just before the event: packages that are called the same are told apart by their order. */
  packages?: Packages;
}

/**
 * One event as a sentence for a timeline, on one line and without a full stop: "3 × WHITE METAL LANTERN moved from Processing to Refund R-1". What differs
 * between before and after is in it. Values of the sender stand in it as they are, but for white space and length: whoever shows it must escape it.
 */
export function inWords(event: PurchaseEvent, { currency, packages = [] }: WordsContext): string {
  const sentence = SENTENCES[event.type] as (data: PurchaseEvent['data'], telling: Telling) => string;
  return capital(sentence(event.data, { money: moneyIn(currency), called: (ref) => packageName(ref, packages) }));
}

/** The currency of a purchase after an event, by that before it; '' where the purchase is not there. */
export function currencyAfter(event: PurchaseEvent, before: string | undefined): string {
  if (event.type === 'PurchaseCreated') return event.data.purchase.currency;
  return event.type === 'CurrencyChanged' ? event.data.after : (before ?? '');
}

/** Events that follow one another, each as a sentence. @throws Error for an event that cannot follow */
export function allInWords(events: readonly PurchaseEvent[], before: PurchaseState): string[] {
  const purchase = new PurchaseFold(before);
  return events.map((event) => {
    const sentence = inWords(event, {
      currency: currencyAfter(event, purchase.header?.currency),
      packages: purchase.packages,
    });
    purchase.apply(event);
    return sentence;
  });
}
