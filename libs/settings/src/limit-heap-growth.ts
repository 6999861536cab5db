import { setFlagsFromString } from 'node:v8';

/** V8 starts a collection when the heap has grown by this share of its live data. Its default reaches 300 % in the projector thread. */
const GROWTH_PERCENT = 50;

/**
 * Limits the memory that V8 takes for garbage, in all threads of this process. Measured over bulk creations: 450 instead of 600 MB for API and
 * projector, with the same CPU time.
 */
export const limitHeapGrowth = (): void => setFlagsFromString(`--heap-growing-percent=${GROWTH_PERCENT}`);
