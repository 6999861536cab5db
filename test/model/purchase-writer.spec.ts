import fc from 'fast-check';
import type { LoadedPurchase } from '@app/write-model/loaded-purchase';
import { PurchaseWriter } from '@app/write-model/purchase-writer';
import { MemoryEventStore } from '../memory-event-store';
import { order } from '../writing';
import { BROKEN_RULES } from './broken-rules';
import { Interleaving, type Scenario, type Seen } from './interleaving';
import { NAMES, raced, scenario } from './scenarios';
import { AT } from './specification';
import { violationIn } from './verdict';

/** Minimum number of steps; `MODEL_STEPS=1000000` for a long run. `MODEL_SEED` and the printed `MODEL_PATH` repeat a run. */
const STEPS = Number(process.env.MODEL_STEPS ?? 10_000);
const FIRST_SEED = Number(process.env.MODEL_SEED ?? Date.now() % 2 ** 31);
const PATH = process.env.MODEL_PATH;
const honest: Seen = (store) => store;

/** Purchases of another site with the same names, which a poisoned cache returns. */
async function foreignPurchases(store: MemoryEventStore): Promise<LoadedPurchase[]> {
  const writer = new PurchaseWriter(store);
  const context = { site: 'foreign', actor: 'w', requestId: 'foreign', at: AT };
  const all: LoadedPurchase[] = [];
  for (const { kind, value } of NAMES) {
    const outcome = await writer.put({ lookupBy: kind, identifier: value }, order(), context);
    if (outcome.kind !== 'written') throw new Error(outcome.kind);
    const { purchaseId: id, purchase, revision } = outcome;
    all.push({ site: 'foreign', id, state: { phase: 'live', purchase }, revision });
  }
  return all;
}

async function interleaved(each: Scenario, seen: Seen): Promise<Interleaving> {
  const store = new MemoryEventStore();
  const interleaving = new Interleaving(each, store, seen, await foreignPurchases(store));
  await interleaving.run(NAMES);
  return interleaving;
}

const property = (
  seen: Seen,
  scenarios: fc.Arbitrary<Scenario> = scenario,
  look: (interleaving: Interleaving) => void = () => {},
): fc.IAsyncProperty<[Scenario]> =>
  fc.asyncProperty(scenarios, async (each) => {
    const interleaving = await interleaved(each, seen);
    look(interleaving);
    const violation = violationIn(interleaving);
    if (violation !== undefined) throw new Error(violation);
  });

describe('the purchase writer under any interleaving, with crashes, lost responses and wrong caches', () => {
  it(`is linearizable (${STEPS} steps from seed ${FIRST_SEED})`, async () => {
    const seen = new Map<string, number>();
    const count = (what: string, by = 1): unknown => seen.set(what, (seen.get(what) ?? 0) + by);
    const started = Date.now();
    let seed = FIRST_SEED;
    do {
      const each = property(honest, scenario, ({ runs, steps }) => {
        count('steps', steps);
        for (const { outcome, died } of runs)
          count(
            died
              ? 'died'
              : outcome === undefined
                ? 'unavailable'
                : outcome.kind === 'refused'
                  ? outcome.refusal.code
                  : outcome.kind,
          );
      });
      await fc.assert(each, { seed: seed++, path: PATH, numRuns: 100, interruptAfterTimeLimit: 120_000 });
    } while (seen.get('steps')! < STEPS && PATH === undefined);
    console.log(`${[...seen].map(([what, n]) => `${n} ${what}`).join(', ')} in ${(Date.now() - started) / 1000} s`);
  }, 3_600_000);

  it.each(Object.entries(BROKEN_RULES))(
    'sees it when %s',
    async (_rule, broken) => {
      const { failed } = await fc.check(property(broken, raced), { seed: 1, numRuns: 3_000, endOnFailure: true });
      expect(failed).toBe(true);
    },
    600_000,
  );

  it('shrinks a counterexample to a few calls', async () => {
    const { counterexample } = await fc.check(property(BROKEN_RULES['claims have no expected revision']!, raced), {
      seed: 1,
    });
    const [{ writers, faults, schedule }] = counterexample!;
    expect(writers.flatMap(({ calls }) => calls).length).toBeLessThan(4);
    expect([faults.length, schedule.length < 10]).toEqual([0, true]);
  });
});
