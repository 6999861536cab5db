/// <reference lib="dom" />
import type { ConsoleUnderTest } from '../console-under-test';

export function purchase(get: () => ConsoleUnderTest): void {
  it('shows the events of a purchase with their actor and the values before', async () => {
    const page = await get().openAt('/purchases/internal/ERP-1');
    const timeline = page.getByLabel('Timeline');
    const moved = timeline.locator('.group', { hasText: 'moved from Shipment S-1 to Refund R-1' });
    await moved.waitFor();
    const text = await moved.innerText();
    expect(text).toContain('credential ERP');
    expect(text).toContain('impersonator maria.lopez');
    await moved.getByRole('button', { name: 'Before → after' }).first().click();
    await moved.getByLabel('After', { exact: true }).first().waitFor();
    const tracking = page.getByRole('link', { name: 'JD014600003SE' });
    expect(await tracking.getAttribute('href')).toBe('https://example.com/track/JD014600003SE');
    await timeline.getByLabel('Kind of event').selectOption('RefundRecorded');
    await page.waitForURL(/event=RefundRecorded/);
    expect(await timeline.locator('.entry').count()).toBe(1);
    expect(page.errors).toEqual([]);
  });

  it('shows past revisions by slider, arrow keys and links', async () => {
    const page = await get().openAt('/purchases/internal/ERP-1');
    const hasPackages = (count: number): Promise<unknown> =>
      page.waitForFunction((wanted) => document.querySelectorAll('.package').length === wanted, count);
    await hasPackages(3);
    await page.getByRole('heading', { name: 'Payments' }).waitFor();
    // The packages of a new purchase are events after its creation.
    await page.getByLabel('Revision', { exact: true }).fill('0');
    await page.getByText('as it was at revision 0').waitFor();
    await hasPackages(0);
    expect(await page.getByRole('heading', { name: 'Payments' }).count()).toBe(0);
    await page.locator('h1').click();
    await page.keyboard.press('ArrowRight');
    await hasPackages(1);
    expect(await page.locator('.packages').innerText()).toMatch(/Processing[^]*6 ×[^]*White metal lantern/);
    await page.waitForURL(/revision=1$/);
    await page.keyboard.press('ArrowLeft');
    await page.waitForURL(/revision=0$/);
    await page.keyboard.press('ArrowRight');
    await page.waitForURL(/revision=1$/);
    await page.reload();
    await page.getByText('as it was at revision 1').waitFor();
    await hasPackages(1);
    await page.getByRole('button', { name: 'Back to now' }).click();
    await hasPackages(3);
    expect(page.url()).not.toContain('revision');
  });

  it('compares a revision with the one before, or any two, changed values only or all', async () => {
    const page = await get().openAt('/purchases/internal/ERP-1');
    const moved = page.getByLabel('Timeline').locator('.group', { hasText: 'moved from Shipment S-1 to Refund R-1' });
    await moved.getByRole('link', { name: 'What changed' }).click();
    const comparison = page.getByLabel('Comparison');
    await comparison.getByText('Calculated totals › Refunded').waitFor();
    const changed = await comparison.locator('tbody tr').count();
    const quantity = comparison.locator('tr', { hasText: 'S-1 › Line items › 71053 › Quantity' });
    expect(await quantity.locator('pre').allInnerTexts()).toEqual(['6', '4']);
    const refunded = comparison.locator('tr', { hasText: 'R-1 › Dates › Refunded at' });
    expect(await refunded.locator('pre').allInnerTexts()).toEqual(['–', '5 Nov 2026, 11:00:00']);
    await comparison.getByLabel('unchanged values too').check();
    await page.waitForFunction((few) => document.querySelectorAll('.comparison tbody tr').length > few, changed);
    await comparison.getByLabel('Revision', { exact: true }).fill('0');
    await comparison.getByLabel('Revision', { exact: true }).press('Enter');
    await comparison.getByRole('columnheader', { name: 'Revision 0' }).waitFor();
    await page.waitForURL(/from=0/);
    await page.reload();
    await comparison.getByRole('columnheader', { name: 'Revision 0' }).waitFor();
  });

  it('keeps the text of a note while a past revision is shown and after the token has expired', async () => {
    const service = get();
    const page = await service.openAt('/purchases/internal/ERP-1');
    await page.getByLabel('Text').fill('The customer called twice');
    await page.getByRole('button', { name: 'One revision back' }).click();
    await page.getByLabel('Text').waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Back to now' }).click();
    expect(await page.getByLabel('Text').inputValue()).toBe('The customer called twice');
    await page.route('**/api/v1/**', (route) => route.fulfill({ status: 401, json: { errors: [] } }));
    await page.getByRole('button', { name: 'Reload' }).click();
    await page.getByText('expired or its credential was revoked').waitFor();
    await page.unroute('**/api/v1/**');
    await service.signIn(page);
    expect(await page.getByLabel('Text').inputValue()).toBe('The customer called twice');
    expect(page.errors).toEqual([]);
  });

  it('shows the error of a purchase that does not exist once', async () => {
    const page = await get().openAt('/purchases/internal/NONE-1');
    const alert = page.getByRole('alert');
    await alert.waitFor();
    expect((await alert.innerText()).match(/no purchase has this identifier/g)).toHaveLength(1);
    expect(await alert.innerText()).toMatch(/404 purchase-not-found · request \S+/);
  });

  it('adds a note, shows it at once, and copies an identifier', async () => {
    const page = await get().openAt('/purchases/internal/ERP-2');
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await page.getByLabel('Your name').fill('Ada');
    await page.getByLabel('Text').fill('Call the customer');
    await page.getByRole('button', { name: 'Add', exact: true }).click();
    await page.locator('.note-body', { hasText: 'Call the customer' }).waitFor();
    await page.locator('.entry', { hasText: 'Note added' }).waitFor();
    expect(await page.getByLabel('Text').inputValue()).toBe('');
    await page.getByRole('button', { name: 'Copy internal identifier' }).click();
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe('ERP-2');
  });
}
