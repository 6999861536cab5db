/**
 * The tests that a mutant of the pure domain must not survive (jest.mutation.cjs): examples alone, for what only a random test finds would
 * be found by one seed and not by another. In one file, which is loaded once a mutant.
 */
import '../libs/purchase/src/what-happened.spec';
import '../libs/purchase/src/decider.spec';
import '../libs/purchase/src/money.spec';
import '../libs/purchase/src/status.spec';
import '../libs/purchase/src/totals.spec';
import '../libs/purchase/src/words.spec';
import './specification/diff-page.spec';
import './stored-events/stored-events.spec';
