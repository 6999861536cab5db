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
