/// <reference lib="dom" />
import type { ConsolePage, ConsoleUnderTest } from '../console-under-test';
import { CUSTOMER } from '../demo-data';

/** The identifiers of the rows, once their number is as expected. */
async function rows(page: ConsolePage, count: number): Promise<string[]> {
  await page.waitForFunction((expected) => document.querySelectorAll('.list tbody tr').length === expected, count);
  return page.locator('.list tbody tr td:first-child a').allInnerTexts();
}

export function purchases(get: () => ConsoleUnderTest): void {
  it('finds a purchase by search, keeps the search in the address, and restores it on return', async () => {
    const page = await get().openAt('/purchases');
    await rows(page, 8);
    await page.keyboard.press('/');
    await page.keyboard.type('PO 4711');
    expect(await rows(page, 1)).toEqual(['ERP-1']);
    await page.waitForURL(/search=PO\+4711/);
    await page.reload();
    expect(await rows(page, 1)).toEqual(['ERP-1']);
    expect(await page.locator('tbody tr').innerText()).toMatch(/ERP-1[^]*Order[^]*Harbour Gifts Ltd[^]*[\d.]+ GBP/);
    await page.getByRole('link', { name: 'ERP-1' }).click();
    await page.waitForURL(/\/purchases\/internal\/ERP-1$/);
    await page.goBack();
    await page.waitForURL(/search=PO\+4711/);
    expect(page.errors).toEqual([]);
  });

  it('filters by type, status, customer and date, sorts, and undoes each step by the back button', async () => {
    const page = await get().openAt('/purchases');
    await rows(page, 8);
    await page.getByLabel('Status').selectOption('on_hold');
    expect(await rows(page, 1)).toEqual(['ERP-4']);
    await page.getByLabel('Status').selectOption('');
    await rows(page, 8);
    await page.getByLabel('Customer').fill(CUSTOMER);
    await page.getByLabel('Customer').press('Enter');
    expect((await rows(page, 5)).sort()).toEqual(['A-8', 'ERP-1', 'ERP-2', 'ERP-6', 'Q-7']);
    await page.getByLabel('Type').selectOption('order');
    await page.getByLabel('Placed from').fill('2026-11-05');
    await page.getByLabel('to', { exact: true }).fill('2026-11-05');
    expect(await rows(page, 1)).toEqual(['ERP-2']);
    await page.goBack();
    expect(await rows(page, 2)).toEqual(['ERP-6', 'ERP-2']);
    await page.getByLabel('Sort').selectOption('last_updated');
    await page.waitForURL(/order_by=last_updated/);
    expect(await rows(page, 2)).toEqual(['ERP-6', 'ERP-2']);
  });

  it('returns to the scrolled position of the list', async () => {
    const page = await get().openAt('/purchases');
    await rows(page, 8);
    await page.setViewportSize({ width: 1280, height: 300 });
    await page.mouse.move(600, 200);
    await page.mouse.wheel(0, 250);
    await page.waitForFunction(() => (history.state as { top?: number } | null)?.top === 250);
    await page.getByRole('link', { name: 'ERP-1' }).click();
    await page.getByLabel('Timeline').waitFor();
    await page.waitForFunction(() => scrollY === 0);
    await page.goBack();
    await rows(page, 8);
    await page.waitForFunction(() => scrollY > 0);
  });

  it('names the page in the title of the tab', async () => {
    const service = get();
    const page = await service.openAt('/purchases');
    const titleIs = (title: string): Promise<unknown> =>
      page.waitForFunction((expected) => document.title === `${expected} · Purchasing console`, title);
    await titleIs('Purchases');
    await page.getByRole('link', { name: 'ERP-1' }).click();
    await titleIs('ERP-1');
    await page.goBack();
    await titleIs('Purchases');
    await page.goto(`${service.api.url}/account/${CUSTOMER}`);
    await titleIs(`My Account · ${CUSTOMER}`);
    await page.goto(`${service.api.url}/purchases/a/b/c`);
    await titleIs('No such page');
  });

  it('opens a purchase with the keyboard and lists the shortcuts', async () => {
    const page = await get().openAt('/purchases?customer_identifiers%5Bsparklayer%5D=17850');
    await rows(page, 3);
    await page.keyboard.press('?');
    await page.getByRole('dialog').getByText('next purchase').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'hidden' });
    for (const key of ['j', 'j', 'j', 'k']) await page.keyboard.press(key);
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/purchases\/internal\/ERP-3$/);
  });

  it('leaves Enter to the control that has the focus, keeps shortcuts out of a dialog, and lets text be selected', async () => {
    const page = await get().openAt('/purchases?customer_identifiers%5Bsparklayer%5D=17850');
    await rows(page, 3);
    await page.keyboard.press('j');
    await page.waitForFunction(() => document.activeElement?.textContent?.trim() === 'ERP-4');
    await page.getByRole('button', { name: 'Local time' }).press('Enter');
    await page.getByRole('button', { name: 'UTC' }).press('?');
    await page.getByRole('dialog').waitFor();
    await page.locator('dialog h2').click();
    await page.keyboard.press('j');
    expect(await page.evaluate(() => document.activeElement?.closest('tr'))).toBeNull();
    await page.keyboard.press('Escape');
    const cell = await page.locator('tbody tr').first().getByText('Fern & Fig').boundingBox();
    if (cell === null) throw new Error('the customer is not shown');
    await page.mouse.move(cell.x + 1, cell.y + cell.height / 2);
    await page.mouse.down();
    await page.mouse.move(cell.x + 40, cell.y + cell.height / 2);
    await page.mouse.up();
    expect(await page.evaluate(() => String(getSelection()))).not.toBe('');
    expect(page.url()).toContain('/purchases?customer');
  });

  it('shows times in the local zone or in UTC, and remembers the choice', async () => {
    const page = await get().openAt('/purchases?search=ERP-2');
    await page.getByText('5 Nov 2026, 12:20').waitFor();
    await page.getByRole('button', { name: 'Local time' }).click();
    await page.getByText('5 Nov 2026, 11:20').waitFor();
    await page.reload();
    await page.getByText('5 Nov 2026, 11:20').waitFor();
  });

  it('reports that the list has changed, and reloads it', async () => {
    const service = get();
    const page = await service.openAt('/purchases?search=Fern');
    await rows(page, 3);
    await service.send('POST', 'ERP-5', '/history', {
      event_type: 'note',
      created_by: 'Jo',
      body: 'Called Fern & Fig',
    });
    await page.locator('.freshness').getByText('Changed').waitFor();
    await page.getByRole('button', { name: 'Reload' }).click();
    await page.locator('.freshness').getByText('Read').waitFor();
  });
}
