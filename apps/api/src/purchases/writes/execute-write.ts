import { Optional } from '@nestjs/common';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { StreamTooLarge } from '@app/event-store/event-store';
import type { UsdRate } from '@app/purchase/events';
import { TooManySteps } from '@app/purchase/diff/step-limit';
import { isSubmitted } from '@app/purchase/evolve';
import type { Identifiers, Purchase } from '@app/purchase/purchase';
import { viewHistoryEntry, viewTransaction } from '@app/read-models/views/entry-view';
import { viewEvents } from '@app/read-models/views/event-view';
import { viewPurchase } from '@app/read-models/views/purchase-view';
import { UsdRates } from '@app/sites/usd-rates';
import type { WriteContext } from '@app/stored-events/codec';
import { namesOf } from '@app/write-model/identity/names';
import type { PurchaseRevision } from '@app/write-model/known-revisions';
import { PurchaseWriter } from '@app/write-model/purchase-writer';
import type { WriteOutcome } from '@app/write-model/write-outcome';
import { valueOf } from '../../http/body/json-body';
import { problemOf } from '../../http/problems/refusals';
import { readHistoryEntry, readTransaction } from '../body/entry-body';
import { readPurchaseBody } from '../body/purchase-body';
import { headersOf, invalidBody, type Written, written } from '../calls';
import { HeavyWrites } from './heavy-writes';
import { RepeatedPuts } from './repeated-puts';
import type { AddEntry, Put, Write, WriteAnswer } from './write';

export class ExecuteWrite extends Command<WriteAnswer> {
  constructor(readonly write: Write) {
    super();
  }
}

/** Executes writes in this thread, or in the write thread when the body or the stored purchase is large, or the diff takes many steps. */
@CommandHandler(ExecuteWrite)
export class ExecuteWriteHandler implements ICommandHandler<ExecuteWrite> {
  private readonly repeated = new RepeatedPuts(({ site, id, revision }) => this.writer.isCurrent(site, id, revision));

  constructor(
    readonly writer: PurchaseWriter,
    readonly rates: UsdRates,
    @Optional() private readonly heavyWrites?: HeavyWrites,
  ) {}

  async execute({ write }: ExecuteWrite): Promise<WriteAnswer> {
    if (this.heavyWrites?.includes(write) === true) return this.heavyWrites.execute(write);
    try {
      return write.type === 'put' ? await this.put(write) : await executeWrite(this, write);
    } catch (error) {
      if (this.heavyWrites !== undefined && error instanceof StreamTooLarge) return this.heavyWrites.execute(write);
      if (this.heavyWrites !== undefined && error instanceof TooManySteps) return this.heavyWrites.executeOnce(write);
      throw error;
    }
  }

  private async put(write: Put): Promise<WriteAnswer> {
    const known = await this.repeated.answer(write);
    if (known !== undefined) return known;
    const answer = await executeWrite(this, write);
    this.repeated.remember(write, answer);
    return answer;
  }
}

export interface WriteParts {
  writer: PurchaseWriter;
  rates: UsdRates;
}

/**
 * Executes a write from the body of the request to the body of the answer: validates, writes, renders.
 * @throws Problem, and the errors of PurchaseWriter
 */
export function executeWrite({ writer, rates }: WriteParts, write: Write): Promise<WriteAnswer> {
  switch (write.type) {
    case 'put':
      return put(writer, rates, write);
    case 'delete':
      return remove(writer, write);
    case 'record-transaction':
      return recordTransaction(writer, write);
    case 'add-history-entry':
      return addHistoryEntry(writer, write);
  }
}

async function put(writer: PurchaseWriter, rates: UsdRates, write: Put): Promise<WriteAnswer> {
  const { target, body, strict, guards, dryRun } = write;
  const read = readPurchaseBody(valueOf(body), { strict });
  if (!read.ok) throw invalidBody(read);
  const impersonator = read.value.customer.sparklayerImpersonator;
  const context = { ...write.context, ...(impersonator !== undefined && { impersonator }) };
  const usdRate = isSubmitted(read.value.type) ? await rateOf(rates, read.value, context) : undefined;
  const outcome = written(await writer.put(target, read.value, context, guards, { dryRun, usdRate }));
  const { purchase, revision, created, events, before } = outcome;
  const view = viewPurchase(purchase, revision);
  if (!dryRun) return answer(write, outcome, created ? 201 : 200, view);
  const json = JSON.stringify({ events: viewEvents(events, before), purchase: view });
  return { status: 200, headers: headersOf(outcome), json };
}

/** The rate of the day on which the purchase was placed, today at the latest (docs/adr/0066). */
async function rateOf(
  rates: UsdRates,
  { currency, dates }: Purchase,
  { site, at }: WriteContext,
): Promise<UsdRate | undefined> {
  const placedAt = dates.placedAt !== undefined && dates.placedAt < at ? dates.placedAt : at;
  return currency === 'USD' ? undefined : rates.find(site, currency, placedAt.slice(0, 10));
}

async function remove(
  writer: PurchaseWriter,
  { target, context, guards }: Extract<Write, { type: 'delete' }>,
): Promise<WriteAnswer> {
  const outcome = await writer.delete(target, context, guards);
  if (outcome.kind === 'refused') throw problemOf(outcome.refusal);
  // No ETag: a deleted purchase has no representation.
  const { etag: _etag, ...headers } = headersOf(outcome);
  return { status: 204, headers, stored: storedRevision(context, outcome, {}) };
}

async function recordTransaction(
  writer: PurchaseWriter,
  write: Extract<Write, { type: 'record-transaction' }>,
): Promise<WriteAnswer> {
  const { target, body, strict, context, guards } = write;
  const read = readTransaction(valueOf(body), { strict });
  if (!read.ok) throw invalidBody(read);
  const { transaction, currency } = read.value;
  const outcome = written(await writer.recordTransaction(target, transaction, currency, context, guards));
  return answer(write, outcome, 200, viewTransaction(transaction, currency));
}

async function addHistoryEntry(writer: PurchaseWriter, write: AddEntry): Promise<WriteAnswer> {
  const { target, body, strict, context, guards, idempotencyKey: key } = write;
  const read = readHistoryEntry(valueOf(body), { at: context.at, key, strict });
  if (!read.ok) throw invalidBody(read);
  const outcome = written(await writer.addHistoryEntry(target, read.value, context, guards));
  const { idempotencyKey } = read.value.data;
  // A repeated request returns what the first one stored.
  const first = outcome.purchase.history.find(
    ({ data }) => idempotencyKey !== undefined && data.idempotencyKey === idempotencyKey,
  );
  return answer(write, outcome, 201, viewHistoryEntry(first ?? read.value));
}

const storedRevision = (
  { site }: WriteContext,
  { purchaseId: id, revision, position }: Exclude<WriteOutcome, { kind: 'refused' }>,
  identifiers: Identifiers,
): PurchaseRevision => ({ site, id, names: namesOf(identifiers), revision, position });

const answer = (write: Write, outcome: Written, status: number, json: object): WriteAnswer => ({
  status,
  headers: headersOf(outcome),
  json: JSON.stringify(json),
  stored: storedRevision(write.context, outcome, outcome.purchase.identifiers),
});
