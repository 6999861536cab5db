import { PurchaseCache } from '@app/write-model/purchase-cache';
import { holds, type Name } from '@app/write-model/identity/names';
import type { LoadedPurchase } from '@app/write-model/loaded-purchase';

/**
 * A cache that lies: it answers with anything that was ever true of a name, in turn, of whatever site, or with nothing. It forgets nothing.
 */
export class PoisonedCache extends PurchaseCache {
  private turn = 0;

  /** @param everything what was ever true; what is to be remembered is added to it */
  constructor(private readonly everything: LoadedPurchase[] = []) {
    super(0);
  }

  override find(_site: string, name: Name): LoadedPurchase | undefined {
    const old = this.everything.filter(({ state }) => holds(state, name));
    return old[this.turn++ % (old.length + 1)];
  }

  override remember(loaded: LoadedPurchase): void {
    this.everything.push(loaded);
  }
}
