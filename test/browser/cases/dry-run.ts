import type { ConsoleUnderTest } from '../console-under-test';

export function dryRun(get: () => ConsoleUnderTest): void {
  it('shows the events of a body and its problems by place, and stores it when it is sent', async () => {
    const page = await get().openAt('/dry-run?identifier=DRY-1');
    const body = page.getByLabel('Body');
    await page.getByRole('button', { name: 'Dry run' }).click();
    await page.getByText('Purchase created').waitFor();
    const example = await body.inputValue();
    await body.fill('{"type":"order","currency_code":"GBP","packages":[{"type":"shipmnt","line_items":[{}]}]}');
    await page.getByRole('button', { name: 'Dry run' }).click();
    await page.getByText('/packages/0/type').waitFor();
    await page.getByText('/packages/0/line_items/0/quantity').waitFor();
    expect(await page.getByRole('button', { name: 'Send it' }).isDisabled()).toBe(true);
    await page.getByRole('button', { name: 'Load the stored purchase' }).click();
    await page.getByText('404 purchase-not-found').waitFor();
    await body.fill(example);
    await page.getByRole('button', { name: 'Dry run' }).click();
    await page.getByText('Purchase created').waitFor();
    await page.getByRole('button', { name: 'Send it' }).click();
    await page.getByRole('link', { name: 'Open the purchase' }).click();
    await page.locator('.entry', { hasText: 'Purchase created' }).waitFor();
    expect(page.errors).toEqual([]);
  });

  it('starts from a stored purchase', async () => {
    const page = await get().openAt('/purchases/internal/ERP-2');
    await page.locator('main').getByRole('link', { name: 'Dry run' }).click();
    await page.waitForFunction(() => document.querySelector('textarea')?.value.includes('Enamel mug'));
    await page.getByRole('button', { name: 'Dry run' }).click();
    await page.getByText('No change').waitFor();
  });
}
