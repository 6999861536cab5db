import fc from 'fast-check';
import type { Name } from '@app/write-model/identity/names';
import { CACHES, FAULTS, type Scenario } from './interleaving';
import { order } from '../writing';
import type { Call } from './specification';

/** Four names of three kinds; two have the same kind, so that a purchase can be renamed. */
export const NAMES: readonly Name[] = [
  { kind: 'internal', value: 'a' },
  { kind: 'internal', value: 'b' },
  { kind: 'visible', value: 'a' },
  { kind: 'sparklayer', value: '63428136-658f-48a6-beb7-7f333dfd9686' },
];

const path = fc.constantFrom(...NAMES);

const guards = fc.oneof(
  { weight: 6, arbitrary: fc.constant({}) },
  { weight: 1, arbitrary: fc.constant({ mustNotExist: true }) },
  { weight: 1, arbitrary: fc.constant({ mustExist: true }) },
  { weight: 2, arbitrary: fc.array(fc.bigInt(0n, 4n), { maxLength: 2 }).map((ifMatch) => ({ ifMatch })) },
);

/** Few values for each property, so that calls often repeat or conflict. */
const body = fc
  .record({
    names: fc.subarray([...NAMES]),
    type: fc.constantFrom('cart' as const, 'cart' as const, 'order' as const),
    customerReference: fc.constantFrom(undefined, 'x', 'y'),
    revisionDate: fc.constantFrom(undefined, undefined, '2026-01-01T00:00:00.000Z', '2026-01-02T00:00:00.000Z'),
  })
  .map(({ names, type, customerReference, revisionDate }) =>
    order({
      ...{ type, identifiers: Object.fromEntries(names.map(({ kind, value }) => [kind, value])) },
      ...(customerReference !== undefined && { customerReference }),
      ...(revisionDate !== undefined && { revisionDate }),
    }),
  );

const isRare = fc.nat(9).map((n) => n === 9);

const call: fc.Arbitrary<Call> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ do: fc.constant('put' as const), path, body, guards, dryRun: isRare }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('delete' as const), path, guards }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('note' as const), path, text: fc.constantFrom('n', 'm') }) },
);

/** Up to eight writers in two processes on the four names. */
const unqueued: fc.Arbitrary<Omit<Scenario, 'queues'>> = fc.record({
  caches: fc.tuple(fc.constantFrom(...CACHES), fc.constantFrom(...CACHES)),
  maxAttempts: fc.constantFrom(10, 3),
  writers: fc.array(fc.record({ process: fc.nat(1), calls: fc.array(call, { minLength: 1, maxLength: 3 }) }), {
    ...{ minLength: 1, maxLength: 8, size: 'max' },
  }),
  faults: fc.array(fc.record({ writer: fc.nat(7), step: fc.nat(24), kind: fc.constantFrom(...FAULTS) }), {
    ...{ maxLength: 4, size: 'max' },
  }),
  schedule: fc.array(fc.record({ pick: fc.nat(15), more: fc.nat(5) }), { maxLength: 100, size: 'max' }),
});

/** Scenarios without write queues, which test the protocol alone. */
export const raced: fc.Arbitrary<Scenario> = unqueued.map((each) => ({ ...each, queues: [false, false] }));

export const scenario: fc.Arbitrary<Scenario> = fc
  .tuple(unqueued, fc.tuple(fc.boolean(), fc.boolean()))
  .map(([each, queues]) => ({ ...each, queues }));
