import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { Purchase } from '@app/purchase/purchase';
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
  constructor(private readonly writer: PurchaseWriter) {}

  execute({ target, purchase, context, guards, dryRun }: PutPurchase): Promise<WriteOutcome> {
    return this.writer.put(target, purchase, context, guards, { dryRun });
  }
}
