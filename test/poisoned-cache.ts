import { PurchaseCache } from '@app/write-model/purchase-cache';
import { holds, type Name } from '@app/write-model/identity/names';
import type { LoadedPurchase } from '@app/write-model/loaded-purchase';

/**
 * A cache that returns wrong hints: in turn, any value that was ever stored for a name, of any site, or nothing.
 */
export class PoisonedCache extends PurchaseCache {
  private turn = 0;

  /** @param everything all values ever stored; new values are added */
  constructor(private readonly everything: LoadedPurchase[] = []) {
    super(0);
  }

  override find(_site: string, name: Name): LoadedPurchase | undefined {
    const old = this.everything.filter(({ state }) => holds(state, name));
    return old[this.turn++ % (old.length + 1)];
  }

  /** Any purchase of the site that ever held the name, or none. */
  override idOf(site: string, name: Name): string | undefined {
    const old = this.everything.filter((each) => each.site === site && holds(each.state, name));
    return old[this.turn++ % (old.length + 1)]?.id;
  }

  override remember(loaded: LoadedPurchase): void {
    this.everything.push(loaded);
  }
}
