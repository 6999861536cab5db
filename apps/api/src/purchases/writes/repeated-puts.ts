import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { isHeavy } from '../../http/body/json-body';
import type { PurchaseRevision } from '@app/write-model/known-revisions';
import type { Put, WriteAnswer } from './write';

/** Memory for answers, in bytes; about 1,500 purchases of 5 KB. */
const MAX_SIZE = 16 * 2 ** 20;
const SIZE_OF_ENTRY = 500;

interface Repeated {
  digest: string;
  answer: WriteAnswer;
}

const keyOf = ({ context: { site }, target: { lookupBy, identifier }, strict }: Put): string =>
  JSON.stringify([site, lookupBy, identifier, strict]);

const digestOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('base64');

/** The bytes of a body that is neither large nor subject to preconditions; undefined for any other write. */
function plainBytes({ body, guards, dryRun }: Put): Uint8Array | undefined {
  const isPlain = !dryRun && Object.keys(guards).length === 0 && !isHeavy(body);
  return isPlain && 'bytes' in body && body.member === undefined ? body.bytes : undefined;
}

/**
 * Answers a PUT whose body, byte for byte, changed nothing before (ADR 90). What a body changes depends only on the state of the purchase, and that
 * only on its revision, so the body still changes nothing, and has the same answer, while the stream is at the revision of that answer.
 */
export class RepeatedPuts {
  private readonly answers = new LRUCache<string, Repeated>({
    maxSize: MAX_SIZE,
    sizeCalculation: ({ answer: { json = '' } }, key) => SIZE_OF_ENTRY + 2 * (json.length + key.length),
  });

  /** @param isCurrent asks the event store whether a purchase is at its revision */
  constructor(private readonly isCurrent: (purchase: PurchaseRevision) => Promise<boolean>) {}

  /** The answer to the write; undefined when it must be executed. @throws EventStoreUnavailable */
  async answer(write: Put): Promise<WriteAnswer | undefined> {
    const bytes = plainBytes(write);
    if (bytes === undefined) return undefined;
    const key = keyOf(write);
    const known = this.answers.get(key);
    if (known?.answer.stored === undefined || known.digest !== digestOf(bytes)) return undefined;
    if (await this.isCurrent(known.answer.stored)) return known.answer;
    if (this.answers.peek(key) === known) this.answers.delete(key);
    return undefined;
  }

  /** Remembers the answer to a write that changed nothing. */
  remember(write: Put, answer: WriteAnswer): void {
    const bytes = plainBytes(write);
    if (bytes !== undefined && answer.stored !== undefined && answer.headers['purchase-changed'] === 'false')
      this.answers.set(keyOf(write), { digest: digestOf(bytes), answer });
  }
}
