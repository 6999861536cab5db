import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { WriteContext } from '@app/stored-events/codec';
import { PurchaseWriter } from '@app/write-model/purchase-writer';
import type { Guards, Target, WriteOutcome } from '@app/write-model/write-outcome';

/** Deletes a purchase. Its history is kept. */
export class DeletePurchase extends Command<WriteOutcome> {
  constructor(
    readonly target: Target,
    readonly context: WriteContext,
    readonly guards: Guards,
  ) {
    super();
  }
}

@CommandHandler(DeletePurchase)
export class DeletePurchaseHandler implements ICommandHandler<DeletePurchase> {
  constructor(private readonly writer: PurchaseWriter) {}

  execute({ target, context, guards }: DeletePurchase): Promise<WriteOutcome> {
    return this.writer.delete(target, context, guards);
  }
}
