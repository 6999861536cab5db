import { IsBoolean, IsDefined, IsIn, IsOptional } from 'class-validator';
import { JSONSchema } from 'class-validator-jsonschema';
import { Instant, MoneyDto, RequiredIdentifier, RequiredOne, RequiredText, Text } from './purchase-dto';

/** Body of a PUT of a transaction: a payment or a refund. */
export class TransactionDto {
  /** The transaction's id in the system that made it; the same one again updates it. */
  @RequiredIdentifier() platform_id!: string;
  /** Positive for a payment, negative for a refund. */
  @RequiredOne(() => MoneyDto) total!: MoneyDto;

  /** False: the transaction is informational and excluded from all totals. */
  @IsOptional()
  @IsBoolean()
  apply_to_balance?: boolean;

  @Text() status?: string;
  @Text() gateway?: string;
  @Instant() created_at?: string;

  /** Opaque: stored and returned as sent. */
  @IsOptional()
  @JSONSchema({ description: 'Any JSON value; stored and returned as sent.' })
  full_transaction?: unknown;
}

const ENTRY_TYPES = ['message', 'note', 'email'] as const;

/** The body of a POST to the history. */
export class HistoryEntryDto {
  @IsDefined()
  @IsIn(ENTRY_TYPES)
  event_type!: (typeof ENTRY_TYPES)[number];

  /** Of a message or a note. */
  @Text() created_by?: string;
  /** Of an e-mail. */
  @Text() sent_by?: string;
  @RequiredText() body!: string;
}
