import type { Locator } from 'playwright-core';
import type { ConsoleUnderTest } from '../console-under-test';
import { line, order, parcel } from '../demo-data';

const MUG = { name: 'Enamel mug, blue spotty', sku: '21791', price: 299 };

export function activity(get: () => ConsoleUnderTest): void {
  it('shows events live while purchases are written, names the purchases, pauses and resumes', async () => {
    const service = get();
    const page = await service.openAt('/activity');
    await page.getByText('Live', { exact: true }).waitFor();
    const put = (quantity: number): Promise<void> =>
      service.put('LIVE-1', order([parcel('processing', [line(MUG, quantity)])]));
    await put(1);
    const rows = page.locator('.feed li', { hasText: 'LIVE-1' });
    await rows.first().waitFor();
    const written = await rows.count();
    for (let quantity = 2; quantity < 12; quantity++) await put(quantity);
    await page.locator('.feed li', { hasText: 'to 11' }).waitFor();
    await page.getByRole('button', { name: 'Pause' }).click();
    await put(50);
    await page.waitForTimeout(700);
    expect(await page.locator('.feed li', { hasText: 'to 50' }).count()).toBe(0);
    await page.getByRole('button', { name: 'Resume' }).click();
    await page.locator('.feed li', { hasText: 'to 50' }).waitFor();
    expect(await rows.count()).toBe(written + 11);
    await page.getByLabel('Kind of event').selectOption('PurchaseCreated');
    await page.waitForURL(/type=PurchaseCreated/);
    await page.waitForFunction(() => document.querySelectorAll('.feed li').length === 10);
    await rows.first().getByRole('link').click();
    await page.waitForURL(/\/purchases\/internal\/LIVE-1$/);
    expect(page.errors).toEqual([]);
  });

  it('names credentials by their labels, in the last events and in live ones', async () => {
    const service = get();
    const [shop, erp] = [await service.issue(['write'], 'Shop'), await service.issue(['write'], 'ERP')];
    const unnamed = await service.issue(['write']);
    const put = (quantity: number, by?: typeof shop): Promise<void> =>
      service.put('LABEL-1', order([parcel('processing', [line(MUG, quantity)])]), by);
    await put(1, shop);
    await put(2, unnamed);
    await service.untilListed();
    const page = await service.openAt('/activity', { credential: await service.issue(['read']) });
    await page.getByRole('link', { name: 'LABEL-1' }).first().waitFor();
    const actor = (words: string): Locator =>
      page.locator('.feed li', { hasText: words }).first().locator('.feed-actor span');
    await actor('to 2').getByText(unnamed.clientId).waitFor();
    expect(await page.getByTitle(shop.clientId).first().innerText()).toBe('Shop');
    await page.getByText('Live', { exact: true }).waitFor();
    await put(3, erp);
    await actor('to 3').getByText('ERP', { exact: true }).waitFor();
    expect(await actor('to 3').getAttribute('title')).toBe(erp.clientId);
    await page.goto(`${service.api.url}/purchases/internal/LABEL-1`);
    const named = page.locator('.group-head', { has: page.getByTitle(erp.clientId) });
    await named.getByText('ERP', { exact: true }).waitFor();
    expect(page.errors).toEqual([]);
  });

  it('says that no event matches a filter', async () => {
    const page = await get().openAt('/activity?actor=nobody');
    await page.getByText('No event matches').waitFor();
  });

  it('shows the history of a deleted purchase', async () => {
    const service = get();
    await service.put('GONE-1', order([parcel('processing', [line(MUG, 1)])]));
    await service.send('DELETE', 'GONE-1', '');
    const page = await service.openAt('/activity?type=PurchaseDeleted');
    await page.locator('.feed li').first().getByRole('link').click();
    await page.waitForURL(/\/purchases\/by-id\//);
    await page.getByText('This purchase was deleted').waitFor();
    await page.locator('.entry', { hasText: 'Purchase created' }).waitFor();
  });
}
