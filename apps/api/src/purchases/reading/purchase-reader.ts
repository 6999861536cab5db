import { Injectable } from '@nestjs/common';
import type { Position } from '@app/event-store/event-store';
import type { LivePurchase } from '@app/purchase/state';
import {
  type FoundDocument,
  type FoundEntries,
  type FoundRow,
  PurchaseQueries,
} from '@app/read-models/queries/purchase-queries';
import { ReadModelPosition } from '@app/read-models/queries/read-model-position';
import { viewPurchase } from '@app/read-models/views/purchase-view';
import { OwnWrites } from '@app/write-model/own-writes';
import type { Target } from '@app/write-model/write-outcome';
import { Problem, retryAfter } from '../../http/problems/problem';

/** Maximum wait for a read model that is behind. */
const MAX_WAIT_MS = 2_000;

/** Position of the write, when this process wrote the purchase and the read model has not caught up. */
interface Ahead {
  ahead?: Position;
}

/** Reads current purchases: from the read model, or the state that this process wrote when that is newer (ADR 25). */
@Injectable()
export class PurchaseReader {
  constructor(
    private readonly queries: PurchaseQueries,
    private readonly ownWrites: OwnWrites,
    private readonly readModel: ReadModelPosition,
  ) {}

  /** Returns a purchase with its transactions and history. @throws Problem purchase-not-found */
  findEntries(site: string, target: Target): Promise<FoundEntries & Ahead> {
    return this.newest(
      site,
      target,
      this.queries.entriesByIdentifier(site, target.lookupBy, target.identifier),
      (purchase) => ({ purchase }),
    );
  }

  /** Returns a purchase as the JSON text of a GET. @throws Problem purchase-not-found */
  findDocument(site: string, target: Target): Promise<FoundDocument & Ahead> {
    return this.newest(
      site,
      target,
      this.queries.documentByIdentifier(site, target.lookupBy, target.identifier),
      (purchase, revision) => ({ document: JSON.stringify(viewPurchase(purchase, revision)) }),
    );
  }

  private async newest<T extends FoundRow, M>(
    site: string,
    { lookupBy, identifier }: Target,
    row: Promise<T | undefined>,
    present: (purchase: LivePurchase, revision: bigint) => M,
  ): Promise<(T | (FoundRow & M)) & Ahead> {
    const seen = await row;
    const own = await this.ownWrites.newerThan(site, { kind: lookupBy, value: identifier }, seen);
    if (own.kind === 'newer') {
      const { id, state, revision, position } = own.purchase;
      if (state.phase === 'live' && revision !== undefined)
        return { purchaseId: id, revision, ahead: position, ...present(state.purchase, revision) };
    }
    if (seen === undefined || own.kind !== 'current')
      throw new Problem('purchase-not-found', 'no purchase has this identifier');
    return seen;
  }

  /** Finds a purchase without its state. @throws Problem purchase-not-found */
  identify(site: string, target: Target): Promise<FoundRow & Ahead> {
    const row = this.queries.rowByIdentifier(site, target.lookupBy, target.identifier);
    return this.newest(site, target, row, () => ({}));
  }

  /** Finds a purchase, and waits until the rows of the read model include it. @throws Problem purchase-not-found, read-model-behind */
  async findInReadModel(site: string, target: Target): Promise<FoundRow> {
    const found = await this.identify(site, target);
    if (found.ahead !== undefined) await this.waitFor(found.ahead, MAX_WAIT_MS);
    return found;
  }

  /** Waits until the read model includes the last known revision of a purchase. @throws Problem read-model-behind */
  async waitForPurchase(site: string, purchaseId: string): Promise<void> {
    const position = this.ownWrites.positionOf(site, purchaseId);
    if (position !== undefined) await this.waitFor(position, MAX_WAIT_MS);
  }

  /** @throws Problem read-model-behind when the read model does not include the position in time */
  async waitFor(position: Position, timeoutMs: number): Promise<void> {
    if (await this.readModel.waitFor(position, timeoutMs)) return;
    throw new Problem('read-model-behind', 'the read model does not include this write yet', retryAfter(1));
  }
}
