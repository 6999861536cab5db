import type { WriteContext } from '@app/stored-events/codec';
import type { PurchaseRevision } from '@app/write-model/known-revisions';
import type { Guards, Target } from '@app/write-model/write-outcome';
import type { JsonBody } from '../../http/body/json-body';

interface WriteOf<Type extends string> {
  readonly type: Type;
  readonly target: Target;
  readonly context: WriteContext;
  readonly guards: Guards;
}

interface WriteWithBody<Type extends string> extends WriteOf<Type> {
  readonly body: JsonBody;
  /** Reject input that would be ignored. */
  readonly strict: boolean;
}

export interface Put extends WriteWithBody<'put'> {
  readonly dryRun: boolean;
}

export interface AddEntry extends WriteWithBody<'add-history-entry'> {
  readonly idempotencyKey?: string;
}

/** A write of a purchase as the client sent it, not yet validated. Plain data, which can be sent to a thread. */
export type Write = Put | WriteOf<'delete'> | WriteWithBody<'record-transaction'> | AddEntry;

/** The answer to an accepted write. */
export interface WriteAnswer {
  status: number;
  headers: Record<string, string>;
  /** JSON text; absent for 204. */
  json?: string;
  /** The stored revision; absent for a dry run. */
  stored?: PurchaseRevision;
}
