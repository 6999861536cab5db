import { setFlagsFromString } from 'node:v8';

/**
 * The growth of the heap after which V8 starts a collection, as a percentage of its live data. The default of V8
 * reaches 300 % in the projector thread.
 */
const GROWTH_PERCENT = 50;

/**
 * Limits the memory that garbage may occupy, in all threads of this process. Measured over bulk creations: 450 instead
 * of 600 MB for API and projector, with 2 % more CPU time.
 */
export const limitHeapGrowth = (): void => setFlagsFromString(`--heap-growing-percent=${GROWTH_PERCENT}`);
