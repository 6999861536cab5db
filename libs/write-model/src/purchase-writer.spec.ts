import type { Identifiers } from '@app/purchase/purchase';
import { MemoryEventStore } from '../../../test/memory-event-store';
import { PoisonedCache } from '../../../test/poisoned-cache';
import { by, contextOf as context, order, written } from '../../../test/writing';
import { PurchaseCache } from './purchase-cache';
import { PurchaseWriter } from './purchase-writer';
import type { WriteOutcome } from './write-outcome';

describe.each([
  ['with a cache', () => new PurchaseCache(1e6)],
  ['without a cache', () => new PurchaseCache(0)],
  ['with a cache of stale entries', () => new PoisonedCache()],
])('the purchase writer %s', (_name, newCache) => {
  let store: MemoryEventStore;
  let writer: PurchaseWriter;
  let options: { cache: PurchaseCache; sleep: () => Promise<void> };
  beforeEach(() => {
    store = new MemoryEventStore();
    options = { cache: newCache(), sleep: async () => {} };
    writer = new PurchaseWriter(store, options);
  });

  it('creates a purchase and adds the identifier of the path to the body', async () => {
    const outcome = written(await writer.put(by('internal', 'E1'), order(), context()));
    expect(outcome).toMatchObject({
      created: true,
      changed: true,
      revision: 0n,
      purchase: { identifiers: { internal: 'E1' } },
    });
  });

  it('finds a purchase by each identifier and appends nothing for an unchanged body', async () => {
    const body = order({ identifiers: { platform: 'P1', visible: 'V1' } });
    const first = written(await writer.put(by('internal', 'E1'), body, context()));
    const again = { ...body, identifiers: { ...body.identifiers, internal: 'E1' } };
    for (const target of [by('internal', 'E1'), by('platform', 'P1'), by('visible', 'V1')]) {
      const outcome = written(await writer.put(target, again, context()));
      expect(outcome).toMatchObject({
        purchaseId: first.purchaseId,
        created: false,
        changed: false,
        revision: 0n,
        events: [],
      });
    }
  });

  it('isolates sites', async () => {
    const one = written(await writer.put(by('internal', 'E1'), order(), context('one')));
    const two = written(await writer.put(by('internal', 'E1'), order(), context('two')));
    expect(two.purchaseId).not.toBe(one.purchaseId);
  });

  it('refuses an identifier that another purchase holds, and releases its claims', async () => {
    await writer.put(by('internal', 'E1'), order(), context());
    const taken = await writer.put(by('visible', 'V2'), order({ identifiers: { internal: 'E1' } }), context());
    expect(taken).toEqual({
      kind: 'refused',
      refusal: { code: 'identifier-taken', kind: 'internal', value: 'E1', reachableBy: by('internal', 'E1') },
    });
    expect(written(await writer.put(by('visible', 'V2'), order(), context()))).toMatchObject({ created: true });
  });

  it('releases a dropped identifier for other purchases', async () => {
    await writer.put(by('internal', 'E1'), order({ identifiers: { visible: 'V1' } }), context());
    const dropped = written(await writer.put(by('internal', 'E1'), order(), context()));
    expect(dropped.events).toEqual([{ type: 'IdentifierRemoved', data: { kind: 'visible', value: 'V1' } }]);
    expect(written(await writer.put(by('visible', 'V1'), order(), context()))).toMatchObject({ created: true });
  });

  it('renames an existing purchase, but never its sparklayer id, and never a new purchase', async () => {
    const id = '63428136-658f-48a6-beb7-7f333dfd9686';
    await writer.put(by('sparklayer', id), order({ identifiers: { internal: 'E1' } }), context());
    const renamed = written(
      await writer.put(by('internal', 'E1'), order({ identifiers: { internal: 'E2' } }), context()),
    );
    expect(renamed.purchase.identifiers).toEqual({ sparklayer: id, internal: 'E2' });
    const other = '73428136-658f-48a6-beb7-7f333dfd9686';
    expect(
      await writer.put(by('internal', 'E2'), order({ identifiers: { sparklayer: other } }), context()),
    ).toMatchObject({
      refusal: { code: 'sparklayer-id-is-immutable' },
    });
    expect(await writer.put(by('visible', 'V9'), order({ identifiers: { visible: 'V8' } }), context())).toMatchObject({
      refusal: { code: 'identifier-mismatch', inPath: 'V9', inBody: 'V8' },
    });
  });

  it('deletes a purchase, and a new one at its path records its predecessor', async () => {
    const gone = written(await writer.put(by('internal', 'E1'), order(), context()));
    expect(await writer.delete(by('internal', 'E1'), context())).toMatchObject({ kind: 'deleted' });
    expect(await writer.delete(by('internal', 'E1'), context())).toMatchObject({
      refusal: { code: 'purchase-not-found' },
    });
    const next = written(await writer.put(by('internal', 'E1'), order(), context()));
    expect(next).toMatchObject({ created: true, purchase: { follows: gone.purchaseId } });
  });

  it('enforces preconditions', async () => {
    const { revision } = written(await writer.put(by('internal', 'E1'), order(), context(), { mustNotExist: true }));
    expect(await writer.put(by('internal', 'E1'), order(), context(), { mustNotExist: true })).toMatchObject({
      refusal: { code: 'precondition-failed', revision },
    });
    const paid = order({ totalPaid: 5 });
    expect(await writer.put(by('internal', 'E1'), paid, context(), { ifMatch: [7n] })).toMatchObject({
      refusal: { code: 'precondition-failed', revision },
    });
    expect(written(await writer.put(by('internal', 'E1'), paid, context(), { ifMatch: [revision] }))).toMatchObject({
      changed: true,
    });
    expect(await writer.put(by('internal', 'none'), paid, context(), { ifMatch: [0n] })).toMatchObject({
      refusal: { code: 'precondition-failed' },
    });
  });

  it('writes nothing in a dry run', async () => {
    const outcome = written(await writer.put(by('internal', 'E1'), order(), context(), {}, { dryRun: true }));
    expect(outcome.events.map(({ type }) => type)).toEqual(['PurchaseCreated']);
    expect(store.all).toEqual([]);
  });

  it('loses no update when another writer has a separate cache', async () => {
    const other = new PurchaseWriter(store, { ...options, cache: newCache() });
    await writer.put(by('internal', 'E1'), order(), context());
    await other.put(by('internal', 'E1'), order({ customerReference: 'PO' }), context());
    const back = written(await writer.put(by('internal', 'E1'), order(), context()));
    expect(back).toMatchObject({ changed: true, revision: 2n });
  });

  it('fences and takes over the claims of a crashed writer', async () => {
    const dies = store.through(async (step) => {
      if (step.startsWith('append purchase-')) await new Promise(() => {});
    });
    void new PurchaseWriter(dies, { cache: newCache() }).put(by('internal', 'E1'), order(), context());
    while (store.all.length === 0) await new Promise(setImmediate);
    const outcome = written(await writer.put(by('internal', 'E1'), order(), context()));
    expect(outcome.created).toBe(true);
    expect(store.all.map(({ type }) => type)).toEqual([
      'IdentifierClaimed',
      'IdentifierForfeited',
      'IdentifierClaimed',
      'PurchaseCreated',
    ]);
  });

  it('writes nothing in a dry run over an abandoned claim, and reports taken identifiers', async () => {
    await writer.put(by('internal', 'E1'), order(), context());
    const dies = store.through(async (step) => {
      if (step.startsWith('append purchase-')) await new Promise(() => {});
    });
    void new PurchaseWriter(dies, { cache: newCache() }).put(by('visible', 'V1'), order(), context());
    while (store.all.length < 3) await new Promise(setImmediate);
    const dry = (identifiers: Identifiers): Promise<WriteOutcome> =>
      writer.put(by('visible', 'V1'), order({ identifiers }), context(), {}, { dryRun: true });
    expect(written(await dry({})).created).toBe(true);
    expect(await dry({ internal: 'E1' })).toMatchObject({ refusal: { code: 'identifier-taken' } });
    expect(store.all).toHaveLength(3);
  });

  it('stores the actor, the request and the causing event of every event', async () => {
    const asked = { ...context(), impersonator: 'rep', requestId: 'r2' };
    await writer.put(by('internal', 'E1'), order({ identifiers: { visible: 'V1' } }), asked);
    await writer.put(by('internal', 'E1'), order({ identifiers: { internal: 'E2' } }), asked);
    await writer.put(by('visible', 'V2'), order({ identifiers: { platform: 'P1', internal: 'E2' } }), asked);
    await writer.delete(by('internal', 'E2'), asked);
    const common = { site: 'demo', actor: 'erp', impersonator: 'rep', requestId: 'r2', $correlationId: 'r2' };
    for (const { metadata } of store.all)
      expect(metadata).toMatchObject({ ...common, schemaVersion: 1, occurredAt: expect.any(String) });
    const nameOf = (id: string | undefined): string | undefined => {
      const cause = store.all.find((event) => event.id === id);
      return cause && `${cause.type} ${(cause.data as { value?: string; before?: string }).value ?? ''}`.trim();
    };
    const caused = store.all.flatMap(({ type, data, metadata: { $causationId: cause } }) =>
      cause === 'r2' ? [] : [`${type} ${(data as { value: string }).value} by ${nameOf(cause)}`],
    );
    expect(caused.sort()).toEqual([
      'IdentifierReleased E1 by IdentifierChanged',
      'IdentifierReleased E2 by PurchaseDeleted',
      'IdentifierReleased P1 by IdentifierClaimed P1',
      'IdentifierReleased V1 by IdentifierRemoved V1',
      'IdentifierReleased V2 by IdentifierClaimed V2',
    ]);
  });

  it('creates one purchase when eight writers create it concurrently', async () => {
    const writers = Array.from({ length: 8 }, () => new PurchaseWriter(store, { cache: newCache() }));
    const outcomes = await Promise.all(writers.map((each) => each.put(by('internal', 'E1'), order(), context())));
    const ids = new Set(outcomes.flatMap((outcome) => (outcome.kind === 'written' ? [outcome.purchaseId] : [])));
    expect(ids.size).toBe(1);
  });
});
