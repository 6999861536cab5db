import { BudgetExhausted, ByteBudget } from './byte-budget';

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('a byte budget', () => {
  it('leaves room for a site while another one uses all it can', async () => {
    const budget = new ByteBudget(100, 20);
    const held = await Promise.allSettled(Array.from({ length: 10 }, () => budget.reserve('a', 10)));
    expect(held.filter(({ status }) => status === 'fulfilled')).toHaveLength(5);
    expect(await budget.reserve('b', 50)).toBeInstanceOf(Function);
  });

  it('serves the users of a site in order of arrival, whatever another site waits for', async () => {
    const budget = new ByteBudget(100, 10_000);
    const served: string[] = [];
    const reserve = async (site: string, bytes: number, name: string): Promise<() => void> => {
      const release = await budget.reserve(site, bytes);
      served.push(name);
      return release;
    };
    const first = await reserve('a', 40, 'a: 40');
    const waiting = [reserve('a', 30, 'a: 30'), reserve('a', 1, 'a: 1')];
    const other = reserve('b', 60, 'b: 60');
    await settle();
    expect(served).toEqual(['a: 40', 'b: 60']);
    first();
    await waiting[0];
    (await other)();
    await waiting[1];
    expect(served).toEqual(['a: 40', 'b: 60', 'a: 30', 'a: 1']);
  });

  it('grants all of itself for a larger number, and refuses who waits too long', async () => {
    const budget = new ByteBudget(100, 10);
    const release = await budget.reserve('a', 1_000);
    await expect(budget.reserve('b', 1)).rejects.toBeInstanceOf(BudgetExhausted);
    release();
    expect(await budget.reserve('b', 1)).toBeInstanceOf(Function);
  });
});
