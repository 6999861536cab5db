import type { PurchaseEvent } from '../events';
import { PurchaseFold } from '../evolve';
import type { PurchaseState } from '../state';
import { packageName, type Packages } from './names';
import { SENTENCES, type SentenceContext } from './sentences';
import { capital } from './text';
import { moneyIn } from './values';

export interface WordsContext {
  /** The currency of the purchase after the event. */
  currency: string;
  /** The packages immediately before the event; used to number packages with equal names. */
  packages?: Packages;
}

/**
 * Describes an event in one line without a full stop, for timelines: "3 × WHITE METAL LANTERN moved from Processing to
 * Refund R-1". Contains what differs between before and after.
 *
 * Values of the sender are included unescaped, with normalized white space and truncated: the caller must escape them
 * for display.
 */
export function inWords(event: PurchaseEvent, { currency, packages = [] }: WordsContext): string {
  const sentence = SENTENCES[event.type] as (data: PurchaseEvent['data'], context: SentenceContext) => string;
  return capital(sentence(event.data, { money: moneyIn(currency), called: (ref) => packageName(ref, packages) }));
}

/** The currency after an event, given the one before it; '' if the purchase does not exist. */
export function currencyAfter(event: PurchaseEvent, before: string | undefined): string {
  if (event.type === 'PurchaseCreated') return event.data.purchase.currency;
  return event.type === 'CurrencyChanged' ? event.data.after : (before ?? '');
}

/** Describes consecutive events. @throws Error for an event that cannot follow */
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
