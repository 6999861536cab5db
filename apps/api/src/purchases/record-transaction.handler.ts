import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { Transaction } from '@app/purchase/events';
import type { WriteContext } from '@app/stored-events/codec';
import { PurchaseWriter } from '@app/write-model/purchase-writer';
import type { Guards, Target, WriteOutcome } from '@app/write-model/write-outcome';

/** Records or updates a payment or a refund. */
export class RecordTransaction extends Command<WriteOutcome> {
  constructor(
    readonly target: Target,
    readonly transaction: Transaction,
    readonly currency: string,
    readonly context: WriteContext,
    readonly guards: Guards,
  ) {
    super();
  }
}

@CommandHandler(RecordTransaction)
export class RecordTransactionHandler implements ICommandHandler<RecordTransaction> {
  constructor(private readonly writer: PurchaseWriter) {}

  execute({ target, transaction, currency, context, guards }: RecordTransaction): Promise<WriteOutcome> {
    return this.writer.recordTransaction(target, transaction, currency, context, guards);
  }
}
