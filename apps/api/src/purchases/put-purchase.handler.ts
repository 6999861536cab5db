import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { UsdRate } from '@app/purchase/events';
import { isSubmitted } from '@app/purchase/evolve';
import type { Purchase } from '@app/purchase/purchase';
import { UsdRates } from '@app/sites/usd-rates';
import type { WriteContext } from '@app/stored-events/codec';
import { PurchaseWriter } from '@app/write-model/purchase-writer';
import type { Guards, Target, WriteOutcome } from '@app/write-model/write-outcome';

/** Creates a purchase or replaces it with a new version. */
export class PutPurchase extends Command<WriteOutcome> {
  constructor(
    readonly target: Target,
    readonly purchase: Purchase,
    readonly context: WriteContext,
    readonly guards: Guards,
    readonly dryRun: boolean,
  ) {
    super();
  }
}

@CommandHandler(PutPurchase)
export class PutPurchaseHandler implements ICommandHandler<PutPurchase> {
  constructor(
    private readonly writer: PurchaseWriter,
    private readonly rates: UsdRates,
  ) {}

  async execute({ target, purchase, context, guards, dryRun }: PutPurchase): Promise<WriteOutcome> {
    const usdRate = isSubmitted(purchase.type) ? await this.rateOf(purchase, context) : undefined;
    return this.writer.put(target, purchase, context, guards, { dryRun, usdRate });
  }

  /** The rate of the day on which the purchase was placed, today at the latest (docs/adr/0066). */
  private async rateOf({ currency, dates }: Purchase, { site, at }: WriteContext): Promise<UsdRate | undefined> {
    const placedAt = dates.placedAt !== undefined && dates.placedAt < at ? dates.placedAt : at;
    return currency === 'USD' ? undefined : this.rates.find(site, currency, placedAt.slice(0, 10));
  }
}
