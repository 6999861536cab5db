/** The tests that kill mutants of the pure domain: examples first, then the properties for one seed. */
import './settings';
import '../../libs/purchase/src/diff/what-happened.spec';
import '../../libs/purchase/src/decider.spec';
import '../../libs/purchase/src/evolve.spec';
import '../../libs/purchase/src/occurred-at.spec';
import '../../libs/purchase/src/diff/clocks.spec';
import '../../libs/purchase/src/money/money.spec';
import '../../libs/purchase/src/same.spec';
import '../../libs/purchase/src/status.spec';
import '../../libs/purchase/src/totals.spec';
import '../../libs/purchase/src/words/words.spec';
import '../../libs/purchase/src/words/differences.spec';
import '../specification/diff-page.spec';
import '../stored-events/stored-events.spec';
import '../../libs/purchase/src/diff/diff.spec';
import '../../libs/purchase/src/diff/assign-moves.spec';
