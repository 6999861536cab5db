import { MemoryEventStore } from '../../../test/memory-event-store';
import { by, contextOf, Counted, order, refusalOf, written } from '../../../test/writing';
import { EventStoreUnavailable } from '@app/event-store/event-store';
import { PurchaseWriter } from './purchase-writer';
import type { Guards, WriteOutcome } from './write-outcome';

const E1 = by('internal', 'E1');
const four = {
  sparklayer: '63428136-658f-48a6-beb7-7f333dfd9686',
  platform: 'P1',
  internal: 'E1',
  visible: 'V1',
};
const [claim, purchase] = ['append identifier', 'append purchase'];

describe('event store calls of a write', () => {
  let counted: Counted;
  let writer: PurchaseWriter;
  const elsewhere = (): PurchaseWriter => new PurchaseWriter(counted.store);
  const put = (identifiers = {}, reference?: string, guards: Guards = {}): Promise<WriteOutcome> =>
    writer.put(E1, order({ identifiers, customerReference: reference }), contextOf(), guards);
  beforeEach(() => {
    counted = new Counted(new MemoryEventStore(), () => new Promise(setImmediate));
    writer = elsewhere();
  });

  it('a creation with one identifier: two appends and no read', async () => {
    await put();
    expect(counted.taken()).toEqual([claim, purchase]);
  });

  it('a creation with four: concurrent claims, then the purchase', async () => {
    await put(four);
    expect(counted.taken()).toEqual([claim, claim, claim, claim, purchase]);
    expect(counted.mostAtOnce).toBe(4);
  });

  it('an update of a cached purchase: one append, also with If-Match', async () => {
    await put(four);
    counted.taken();
    await put(four, 'PO-1');
    expect(counted.taken()).toEqual([purchase]);
    await put(four, 'PO-2', { ifMatch: [1n] });
    expect(counted.taken()).toEqual([purchase]);
    await writer.addHistoryEntry(E1, { type: 'NoteAdded', data: { body: 'n', at: contextOf().at } }, contextOf());
    expect(counted.taken()).toEqual([purchase]);
  });

  it('an update of an uncached purchase: a refused claim, a read of the claim, a read of the purchase, and the append', async () => {
    await put();
    counted.taken();
    writer = elsewhere();
    await put({}, 'PO-1');
    expect(counted.taken()).toEqual([claim, 'read identifier', 'read purchase', purchase]);
    writer = elsewhere();
    await put({}, 'PO-2', { ifMatch: [1n] });
    expect(counted.taken()).toEqual(['read identifier', 'read purchase', purchase]);
  });

  it('an update of an evicted purchase, whose id is still known: a read of the purchase, and the append', async () => {
    writer = new PurchaseWriter(counted.store, { cacheBytes: 0 });
    await put();
    counted.taken();
    await put({}, 'PO-1');
    expect(counted.taken()).toEqual(['read purchase', purchase]);
    await put({}, 'PO-2', { ifMatch: [1n] });
    expect(counted.taken()).toEqual(['read purchase', purchase]);
    expect(refusalOf(await put({}, 'PO-3', { ifMatch: [1n] }))).toMatchObject({ code: 'precondition-failed' });
    expect(refusalOf(await put({}, 'PO-3', { mustNotExist: true }))).toMatchObject({ code: 'precondition-failed' });
    expect(counted.taken()).toEqual(['read purchase', 'read purchase']);
  });

  it('an update by a name that another process moved: also a read of the purchase that held it', async () => {
    writer = new PurchaseWriter(counted.store, { cacheBytes: 0 });
    await put();
    const other = written(await elsewhere().put(by('internal', 'E2'), order(), contextOf()));
    await elsewhere().put(E1, order({ identifiers: { internal: 'E9' } }), contextOf());
    await elsewhere().put(by('internal', 'E2'), order({ identifiers: { internal: 'E1' } }), contextOf());
    counted.taken();
    expect(written(await put({}, 'PO-1')).purchaseId).toBe(other.purchaseId);
    expect(counted.taken()).toEqual(['read purchase', claim, 'read identifier', 'read purchase', purchase]);
  });

  it('an update of a purchase that another process changed: a refused append, a read of the later events, and the append', async () => {
    await put(four);
    await elsewhere().put(E1, order({ identifiers: four, customerReference: 'PO-1' }), contextOf());
    counted.taken();
    await put(four, 'PO-2');
    expect(counted.taken()).toEqual([purchase, 'read purchase', purchase]);
    await elsewhere().put(E1, order({ identifiers: four, customerReference: 'PO-3' }), contextOf());
    counted.taken();
    await put(four, 'PO-2');
    expect(counted.taken()).toEqual([purchase, 'read purchase', purchase]);
    await elsewhere().put(E1, order({ identifiers: four, customerReference: 'PO-3' }), contextOf());
    counted.taken();
    await put(four, 'PO-3');
    expect(counted.taken()).toEqual([purchase, 'read purchase', purchase]);
  });

  it('an unchanged body: one empty append', async () => {
    await put(four);
    counted.taken();
    await put(four);
    expect(counted.taken()).toEqual([purchase]);
  });

  it('an assigned identifier: one more claim; a dropped one: a read before and a release after', async () => {
    await put();
    counted.taken();
    await put({ visible: 'V1' });
    expect(counted.taken()).toEqual([claim, purchase]);
    await put();
    expect(counted.taken()).toEqual(['read identifier', purchase, claim]);
  });

  it('a deletion: all claims are read before and released after, concurrently', async () => {
    await put(four);
    counted.taken();
    await writer.delete(E1, contextOf());
    const each = <T>(step: T): T[] => [step, step, step, step];
    expect(counted.taken()).toEqual([...each('read identifier'), purchase, ...each(claim)]);
  });
});

describe('when the event store is unavailable', () => {
  const settled = async (write: Promise<WriteOutcome>): Promise<WriteOutcome | 'unavailable'> =>
    write.catch((error: unknown) => {
      if (error instanceof EventStoreUnavailable) return 'unavailable';
      throw error;
    });

  /** Writes of several calls; each call in turn is the first that fails. */
  it.each<[string, (writer: PurchaseWriter) => Promise<WriteOutcome>]>([
    [
      'a creation',
      (writer) => writer.put(by('visible', 'V2'), order({ identifiers: { platform: 'P2' } }), contextOf()),
    ],
    [
      'a refused creation',
      (writer) =>
        writer.put(by('visible', 'V2'), order({ identifiers: { internal: 'E1', platform: 'P2' } }), contextOf()),
    ],
    [
      'a change of all names',
      (writer) =>
        writer.put(E1, order({ identifiers: { internal: 'E2', visible: 'V2', platform: 'P2' } }), contextOf()),
    ],
    ['a deletion', (writer) => writer.delete(E1, contextOf())],
  ])(
    'at any moment of %s, nothing runs on after the answer, and what was acknowledged is there',
    async (_what, write) => {
      for (let failing = 0, end = false; !end; failing++) {
        const store = new MemoryEventStore();
        await new PurchaseWriter(store).put(E1, order({ identifiers: four }), contextOf());
        const counted = new Counted(store, async (n) => {
          await new Promise((resolve) => setTimeout(resolve, n % 3));
          if (n >= failing) throw new EventStoreUnavailable('no answer');
        });
        const outcome = await settled(write(new PurchaseWriter(counted.store, { sleep: async () => {} })));
        const [calls, all] = [counted.calls.length, store.all.length];
        expect(counted.underWay).toBe(0);
        await new Promise((resolve) => setTimeout(resolve, 5));
        expect([counted.calls.length, store.all.length]).toEqual([calls, all]);
        const acknowledged = outcome !== 'unavailable' && outcome.kind !== 'refused';
        const appended = store.all.slice(5).filter(({ stream }) => stream.startsWith('purchase-'));
        expect(appended.length > 0).toBe(acknowledged);
        end = calls < failing;
      }
    },
  );

  it('an appended write is acknowledged although its dropped identifiers could not be released', async () => {
    const store = new MemoryEventStore();
    await new PurchaseWriter(store).put(E1, order({ identifiers: four }), contextOf());
    const noRelease = store.through(async (step) => {
      if (step.startsWith('append identifier')) throw new EventStoreUnavailable('no answer');
    });
    const { sparklayer } = four;
    const guards = { ifMatch: [0n] };
    expect(
      written(await new PurchaseWriter(noRelease).put(E1, order(), contextOf(), guards)).purchase.identifiers,
    ).toEqual({
      ...{ sparklayer, internal: 'E1' },
    });
    const taken = await new PurchaseWriter(store).put(by('visible', 'V1'), order(), contextOf());
    expect(written(taken).created).toBe(true);
  });

  it('a write to a slow store starts no call after its deadline', async () => {
    const counted = new Counted(new MemoryEventStore(), () => new Promise((resolve) => setTimeout(resolve, 40)));
    const writer = new PurchaseWriter(counted.store, { writeTimeoutMs: 20 });
    expect(await settled(writer.put(E1, order(), contextOf()))).toBe('unavailable');
    expect([counted.calls, counted.underWay]).toEqual([[claim], 0]);
    const never = new PurchaseWriter(counted.store, { writeTimeoutMs: 0 });
    expect(await settled(never.put(E1, order(), contextOf()))).toBe('unavailable');
    expect(counted.calls).toEqual([claim]);
  });

  it('endless conflicts are refused within the deadline, with growing delays between attempts', async () => {
    const store = new MemoryEventStore();
    const writer = new PurchaseWriter(store);
    await writer.put(E1, order(), contextOf());
    const pauses: number[] = [];
    const sleep = async (ms: number): Promise<void> => void pauses.push(ms);
    const overtaken = store.through(async (step) => {
      if (step.startsWith('append purchase'))
        await writer.put(E1, order({ customerReference: `${pauses.length}` }), contextOf());
    });
    const slow = new PurchaseWriter(overtaken, { sleep, random: () => 1 });
    expect(refusalOf(await slow.put(E1, order({ totalPaid: 1 }), contextOf()))).toMatchObject({
      code: 'concurrent-update',
    });
    expect(pauses).toEqual([10, 20, 40, 80, 160, 320, 400, 400, 400]);
  });
});
