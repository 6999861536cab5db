import type { ConsoleUnderTest } from '../console-under-test';

export function connection(get: () => ConsoleUnderTest): void {
  it('reports that the service is unavailable, keeps the typed text, and continues when it is back', async () => {
    const service = get();
    const [list, form] = [await service.openAt('/purchases'), await service.openAt('/dry-run')];
    const [feed, later] = [await service.openAt('/activity'), await service.openAt('/account')];
    await feed.getByText('Live', { exact: true }).waitFor();
    await list.getByRole('link', { name: 'ERP-1' }).waitFor();
    await form.getByLabel('Body').fill('{"type":"order"}');
    await service.api.end('SIGTERM');
    await list.getByLabel('Status').selectOption('on_hold');
    await form.getByRole('button', { name: 'Dry run' }).click();
    for (const page of [list, form]) await page.getByText('The service does not answer. The console').waitFor();
    await feed.getByText('Connecting', { exact: true }).waitFor();
    await feed.getByRole('alert').waitFor();
    await later.getByRole('link', { name: 'Activity' }).click();
    await later.getByRole('alert').waitFor();
    await service.api.start();
    for (const page of [list, form]) await page.locator('.offline').waitFor({ state: 'detached' });
    await list.getByRole('link', { name: 'ERP-4' }).waitFor();
    for (const page of [feed, later]) {
      await page.getByText('Live', { exact: true }).waitFor();
      await page.getByRole('alert').waitFor({ state: 'detached' });
    }
    expect(await form.getByLabel('Body').inputValue()).toBe('{"type":"order"}');
    expect(list.errors).toEqual([]);
  });
}
