import { MemoryEventStore } from '../../../test/memory-event-store';
import { by, contextOf, order, refusalOf, written } from '../../../test/writing';
import type { EventStore } from '@app/event-store/event-store';
import { PurchaseWriter } from './purchase-writer';
import type { Guards, WriteOutcome } from './write-outcome';

const E1 = by('internal', 'E1');
const [monday, tuesday] = ['2026-01-05T00:00:00.000Z', '2026-01-06T00:00:00.000Z'];

describe.each([
  ['with a cache', 1e6],
  ['without a cache', 0],
])('preconditions of concurrent writes %s', (_name, cacheBytes) => {
  let store: MemoryEventStore;
  const writerOn = (through: EventStore): PurchaseWriter =>
    new PurchaseWriter(through, { cacheBytes, sleep: async () => {} });
  beforeEach(() => {
    store = new MemoryEventStore();
  });

  const put = (reference: string, guards: Guards = {}, through: EventStore = store): Promise<WriteOutcome> =>
    writerOn(through).put(E1, order({ customerReference: reference }), contextOf(), guards);

  /** Blocks the first matching step of the store until `letGo`; `reached` resolves when the step starts. */
  const held = (step: string): { store: EventStore; reached: Promise<void>; letGo: () => void } => {
    let [letGo, arrive] = [(): void => {}, (): void => {}];
    const gone = new Promise<void>((resolve) => (letGo = resolve));
    const reached = new Promise<void>((resolve) => (arrive = resolve));
    const gate = async (each: string): Promise<void> => {
      if (!each.startsWith(step)) return;
      arrive();
      await gone;
    };
    return { store: store.through(gate), reached, letGo };
  };

  /** Blocks a first write before `step`, runs a second write, then completes the first. */
  const overtaken = async (
    step: string,
    first: (through: EventStore) => Promise<WriteOutcome>,
    meanwhile: () => Promise<WriteOutcome>,
  ): Promise<[WriteOutcome, WriteOutcome]> => {
    const slow = held(step);
    const outcome = first(slow.store);
    await slow.reached;
    const other = await meanwhile();
    slow.letGo();
    return [await outcome, other];
  };

  it('applies one of two PUTs with the same If-Match and fails the precondition of the other', async () => {
    const { revision } = written(await put('first'));
    const [slow, quick] = await overtaken(
      'append purchase',
      (through) => put('slow', { ifMatch: [revision] }, through),
      () => put('quick', { ifMatch: [revision] }),
    );
    expect(written(quick)).toMatchObject({ changed: true, revision: 1n });
    expect(refusalOf(slow)).toEqual({ code: 'precondition-failed', revision: 1n });
  });

  it('creates by one of two PUTs with If-None-Match: * and fails the precondition of the other', async () => {
    const [slow, quick] = await overtaken(
      'append',
      (through) => put('slow', { mustNotExist: true }, through),
      () => put('quick', { mustNotExist: true }),
    );
    expect(written(quick).created).toBe(true);
    expect(refusalOf(slow)).toEqual({ code: 'precondition-failed', revision: 0n });
  });

  it('applies one of a DELETE and a PUT with the same If-Match and fails the precondition of the other', async () => {
    const { revision } = written(await put('first'));
    const [slowDelete, put1] = await overtaken(
      'append purchase',
      (through) => writerOn(through).delete(E1, contextOf(), { ifMatch: [revision] }),
      () => put('quick', { ifMatch: [revision] }),
    );
    expect(written(put1).revision).toBe(1n);
    expect(refusalOf(slowDelete)).toEqual({ code: 'precondition-failed', revision: 1n });
    const [slowPut, quickDelete] = await overtaken(
      'append purchase',
      (through) => put('slow', { ifMatch: [1n] }, through),
      () => writerOn(store).delete(E1, contextOf(), { ifMatch: [1n] }),
    );
    expect(quickDelete.kind).toBe('deleted');
    expect(refusalOf(slowPut)).toEqual({ code: 'precondition-failed' });
  });

  it('deletes by one of two DELETEs with the same If-Match and returns not found for the other', async () => {
    const { revision } = written(await put('first'));
    const remove = (through: EventStore): Promise<WriteOutcome> =>
      writerOn(through).delete(E1, contextOf(), { ifMatch: [revision] });
    const [slow, quick] = await overtaken('append purchase', remove, () => remove(store));
    expect([quick.kind, refusalOf(slow)]).toEqual(['deleted', { code: 'purchase-not-found' }]);
  });

  it('deletes the current revision when a DELETE has no precondition', async () => {
    await put('first');
    const [deleted] = await overtaken(
      'append purchase',
      (through) => writerOn(through).delete(E1, contextOf()),
      () => put('quick'),
    );
    expect(deleted).toMatchObject({ kind: 'deleted', revision: 2n });
  });

  const dated = (revisionDate: string | undefined, reference: string, through: EventStore = store) =>
    writerOn(through).put(E1, order({ revisionDate, customerReference: reference }), contextOf());

  it('refuses an older revision_date when a newer one was written concurrently', async () => {
    await dated(undefined, 'first');
    const [late] = await overtaken(
      'append purchase',
      (through) => dated(monday, 'monday', through),
      () => dated(tuesday, 'tuesday'),
    );
    expect(refusalOf(late)).toEqual({ code: 'stale-revision', stored: tuesday, sent: monday });
  });

  it('applies concurrent writes with an equal or no revision_date in order', async () => {
    await dated(monday, 'first');
    for (const date of [monday, undefined]) {
      const [late, early] = await overtaken(
        'append purchase',
        (through) => dated(date, `late ${date}`, through),
        () => dated(date, `early ${date}`),
      );
      expect(written(late).revision).toBe(written(early).revision + 1n);
      expect(written(late).purchase).toMatchObject({ customerReference: `late ${date}`, revisionDate: monday });
    }
  });

  it('appends nothing for an unchanged body, unless another write came between', async () => {
    await put('first');
    expect(written(await put('first'))).toMatchObject({ changed: false, revision: 0n });
    const [again] = await overtaken(
      'append purchase',
      (through) => put('first', {}, through),
      () => put('second'),
    );
    expect(written(again)).toMatchObject({ changed: true, revision: 2n });
  });

  it('fails the precondition of an unchanged body with a stale If-Match', async () => {
    const { revision } = written(await put('first'));
    const [again] = await overtaken(
      'append purchase',
      (through) => put('first', { ifMatch: [revision] }, through),
      () => put('second'),
    );
    expect(refusalOf(again)).toEqual({ code: 'precondition-failed', revision: 1n });
  });

  it('re-evaluates a refusal that was decided on a stale state', async () => {
    await dated(tuesday, 'first');
    const [outcome] = await overtaken(
      'append purchase',
      (through) => dated(monday, 'late', through),
      () => writerOn(store).delete(E1, contextOf()),
    );
    expect(written(outcome).created).toBe(true);
  });

  it('refuses with concurrent-update and Retry-After when every attempt conflicts', async () => {
    await put('first');
    let n = 0;
    const alwaysOvertaken = store.through(async (step) => {
      if (step.startsWith('append purchase')) await put(`other ${n++}`);
    });
    expect(refusalOf(await put('slow', {}, alwaysOvertaken))).toEqual({
      ...{ code: 'concurrent-update', reason: 'conflicts', retryAfterSeconds: 1 },
    });
    expect(n).toBe(10);
  });
});
