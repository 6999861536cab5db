import fc from 'fast-check';

// One seed and few runs, so that every mutant meets the same tests, and no shrinking, because any counterexample is enough.
process.env.PROPERTY_RUNS ??= '10';
process.env.PROPERTY_SEED ??= '1';
fc.configureGlobal({ seed: Number(process.env.PROPERTY_SEED), endOnFailure: true });
