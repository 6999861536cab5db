import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { HistoryEntry } from '@app/purchase/state';
import type { WriteContext } from '@app/stored-events/codec';
import { PurchaseWriter } from '@app/write-model/purchase-writer';
import type { Guards, Target, WriteOutcome } from '@app/write-model/write-outcome';

/** Adds a message, a note or an e-mail to the history of a purchase. */
export class AddHistoryEntry extends Command<WriteOutcome> {
  constructor(
    readonly target: Target,
    readonly entry: HistoryEntry,
    readonly context: WriteContext,
    readonly guards: Guards,
  ) {
    super();
  }
}

@CommandHandler(AddHistoryEntry)
export class AddHistoryEntryHandler implements ICommandHandler<AddHistoryEntry> {
  constructor(private readonly writer: PurchaseWriter) {}

  execute({ target, entry, context, guards }: AddHistoryEntry): Promise<WriteOutcome> {
    return this.writer.addHistoryEntry(target, entry, context, guards);
  }
}
