import { MemoryEventStore } from '../../../test/memory-event-store';
import { by, contextOf, Counted, order, refusalOf, written } from '../../../test/writing';
import { PurchaseWriter } from './purchase-writer';
import { WriteQueue } from './write-queue';

const E1 = by('internal', 'E1');
const V1 = by('visible', 'V1');
const identifiers = { internal: 'E1', visible: 'V1' };
const references = Array.from({ length: 64 }, (_, n) => `PO-${n}`);

describe('concurrent writers of one purchase in one process', () => {
  const counted = (): Counted => new Counted(new MemoryEventStore(), () => new Promise(setImmediate));

  it('run in order of arrival with one append each, whichever identifier they use', async () => {
    const { store, taken } = bound(counted());
    const writer = new PurchaseWriter(store);
    await writer.put(E1, order({ identifiers }), contextOf());
    taken();
    const puts = references.map((customerReference, n) =>
      writer.put(n % 2 === 0 ? E1 : V1, order({ identifiers, customerReference }), contextOf()),
    );
    const outcomes = (await Promise.all(puts)).map(written);
    expect(taken()).toEqual(references.map(() => 'append purchase'));
    expect(outcomes.map(({ revision }) => revision)).toHaveLength(new Set(outcomes.map((each) => each.revision)).size);
    const byPath = [0, 1].map((path) => outcomes.filter((_, n) => n % 2 === path).map(({ revision }) => revision));
    for (const revisions of byPath) expect(revisions).toEqual([...revisions].sort((a, b) => Number(a - b)));
  });

  it('create one purchase when none existed', async () => {
    const { store } = bound(counted());
    const writer = new PurchaseWriter(store);
    const puts = references.map((customerReference) => writer.put(E1, order({ customerReference }), contextOf()));
    const outcomes = (await Promise.all(puts)).map(written);
    expect(outcomes.map(({ revision }) => Number(revision))).toEqual(references.map((_, n) => n));
    expect(new Set(outcomes.map(({ purchaseId }) => purchaseId)).size).toBe(1);
  });

  it('take a turn of their site one at a time, when it is the turn of the purchase', async () => {
    let [running, most] = [0, 0];
    const takeTurn = async <T>(site: string, call: () => Promise<T>): Promise<T> => {
      expect(site).toBe(contextOf().site);
      most = Math.max(most, ++running);
      return call().finally(() => (running -= 1));
    };
    const writer = new PurchaseWriter(counted().store, { takeTurn });
    await Promise.all(references.map((customerReference) => writer.put(E1, order({ customerReference }), contextOf())));
    expect(most).toBe(1);
  });

  it('are refused with the reason when the queue is full; a dry run does not queue', async () => {
    const { store } = bound(counted());
    const writer = new PurchaseWriter(store, { queue: new WriteQueue({ maxWaiting: 1 }) });
    const put = (reference: string, dryRun = false): ReturnType<PurchaseWriter['put']> =>
      writer.put(E1, order({ customerReference: reference }), contextOf(), {}, { dryRun });
    const puts = [put('a'), put('b'), put('c'), put('d', true)];
    const [first, second, third, dry] = await Promise.all(puts);
    expect([first, second, dry].map((each) => each?.kind)).toEqual(['written', 'written', 'written']);
    expect(refusalOf(third!)).toEqual({ code: 'concurrent-update', reason: 'queue', retryAfterSeconds: 1 });
  });
});

const bound = (counted: Counted): { store: Counted['store']; taken: () => string[] } => ({
  store: counted.store,
  taken: () => counted.taken(),
});
