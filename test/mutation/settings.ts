import fc from 'fast-check';

// One seed and few runs, so that a mutant meets the same tests every time; and no search for the smallest counterexample: one is enough.
process.env.PROPERTY_RUNS ??= '10';
process.env.PROPERTY_SEED ??= '1';
fc.configureGlobal({ endOnFailure: true });
