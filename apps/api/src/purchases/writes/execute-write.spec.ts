import type { PurchaseWriter } from '@app/write-model/purchase-writer';
import type { WriteOutcome } from '@app/write-model/write-outcome';
import { ExecuteWrite, ExecuteWriteHandler } from './execute-write';
import type { WriteAnswer } from './write';

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('writes of sites', () => {
  it('are executed in turn, so that many of one do not delay those of another', async () => {
    const sites: string[] = [];
    const ends: (() => void)[] = [];
    const writer = {
      delete: (_target: object, { site }: { site: string }): Promise<WriteOutcome> =>
        new Promise((resolve) => {
          sites.push(site);
          ends.push(() => resolve({ kind: 'deleted', purchaseId: 'p', revision: 1n }));
        }),
    } as unknown as PurchaseWriter;
    const handler = new ExecuteWriteHandler(writer, {} as never);
    const remove = (site: string): Promise<WriteAnswer> =>
      handler.execute(
        new ExecuteWrite({
          type: 'delete',
          target: { lookupBy: 'internal', identifier: 'A-1' },
          guards: {},
          context: { site, actor: 'erp', requestId: 'r', at: '2026-01-01T00:00:00.000Z' },
        }),
      );
    const all = [...Array.from({ length: 100 }, () => remove('a')), remove('b')];
    await settle();
    expect(sites).toEqual(Array(64).fill('a'));
    ends[0]?.();
    ends[1]?.();
    await settle();
    expect(sites.slice(64)).toEqual(['a', 'b']);
    for (let n = 2; n < 101; n++) {
      ends[n]?.();
      await settle();
    }
    expect((await Promise.all(all)).map(({ status }) => status)).toEqual(Array(101).fill(204));
  });
});
