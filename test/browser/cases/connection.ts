import type { ConsoleUnderTest } from '../console-under-test';

export function connection(get: () => ConsoleUnderTest): void {
  it('reports that the service is unavailable, keeps the typed text, and continues when it is back', async () => {
    const service = get();
    const [list, form] = [await service.openAt('/purchases'), await service.openAt('/dry-run')];
    await list.getByRole('link', { name: 'ERP-1' }).waitFor();
    await form.getByLabel('Body').fill('{"type":"order"}');
    await service.api.end('SIGTERM');
    await list.getByLabel('Status').selectOption('on_hold');
    await form.getByRole('button', { name: 'Dry run' }).click();
    for (const page of [list, form]) await page.getByText('The service does not answer. The console').waitFor();
    await service.api.start();
    for (const page of [list, form]) await page.locator('.offline').waitFor({ state: 'detached' });
    await list.getByRole('link', { name: 'ERP-4' }).waitFor();
    expect(await form.getByLabel('Body').inputValue()).toBe('{"type":"order"}');
    expect(list.errors).toEqual([]);
  });
}
