import { LIVE } from '@app/read-models/tables';
import type { ConsoleUnderTest } from '../console-under-test';
import { line, order, parcel } from '../demo-data';

const MUG = { name: 'Enamel mug, blue spotty', sku: '21791', price: 299 };

export function operations(get: () => ConsoleUnderTest): void {
  it('shows a quarantined purchase with its event and error, and retries it', async () => {
    const service = get();
    await service.query(
      `alter table ${LIVE}.purchases add constraint refuses check (internal is distinct from 'BAD-1')`,
    );
    await service.put('BAD-1', order([parcel('processing', [line(MUG, 1)])]));
    const page = await service.openAt('/operations');
    const quarantine = page.getByLabel('Quarantine of purchases');
    await quarantine.getByText('refuses').waitFor();
    expect(await quarantine.innerText()).toMatch(/stopped at revision 0, Purchase created/);
    await quarantine.getByRole('button', { name: /^Retry/ }).click();
    await quarantine.getByText('refused again').waitFor();
    await service.query(`alter table ${LIVE}.purchases drop constraint refuses`);
    await quarantine.getByRole('button', { name: /^Retry/ }).click();
    await quarantine.getByText('is released').waitFor();
    await quarantine.getByText('No purchase is in quarantine').waitFor();
    await page.goto(`${service.api.url}/purchases/internal/BAD-1`);
    await page.locator('.entry', { hasText: 'Purchase created' }).waitFor();
  });

  it('shows health, lag and the leader, and runs a rebuild and a verification to their end', async () => {
    const service = get();
    const page = await service.openAt('/operations');
    const projection = page.getByLabel('Projection purchases');
    await projection.getByText(/projector.* since/).waitFor();
    await projection.locator('canvas').waitFor();
    expect(await page.getByLabel('Health').innerText()).toMatch(/Ok[^]*Projector\s+ready/);
    await projection.getByRole('button', { name: 'Rebuild' }).click();
    await projection.getByText('Rebuild succeeded').waitFor();
    await projection.getByLabel('Sample').fill('5');
    await projection.getByRole('button', { name: 'Verify' }).click();
    await projection.getByText('5 purchases compared · every row equals the history').waitFor();
    await page.waitForURL(/rebuild=[^]*verification=/);
    await page.reload();
    await projection.getByText('Rebuild succeeded').waitFor();
    expect(page.errors).toEqual([]);
  });

  it('shows the projections while answers are slower than its polls, and follows a rebuild after a lost answer', async () => {
    const page = await get().openAt('/purchases');
    await page.route('**/api/v1/projections', async (route) => {
      await new Promise((resolve) => setTimeout(resolve, 2_500));
      await route.continue().catch(() => {});
    });
    await page.getByRole('link', { name: 'Operations' }).click();
    const projection = page.getByLabel('Projection purchases');
    await projection.waitFor({ timeout: 10_000 });
    await page.unroute('**/api/v1/projections');
    let lost = 0;
    await page.route('**/rebuilds/*', (route) => (lost++ === 0 ? route.abort() : route.continue()));
    await projection.getByRole('button', { name: 'Rebuild' }).click();
    await projection.getByText('Rebuild succeeded').waitFor({ timeout: 10_000 });
    expect(await page.getByRole('alert').count()).toBe(0);
    await page.unrouteAll({ behavior: 'ignoreErrors' });
  });

  it('opens in a browser without a locale, and shows an error if it cannot be loaded', async () => {
    const service = get();
    const page = await service.openAt('/purchases');
    await page.route(/\/assets\/operations-.*\.js/, (route) => route.abort());
    await page.getByRole('link', { name: 'Operations' }).click();
    await page.getByText('This page could not be loaded').waitFor();
    await page.unroute(/\/assets\/operations-.*\.js/);
    await page
      .context()
      .addInitScript(() => Object.defineProperty(navigator, 'language', { value: 'en-US@posix', configurable: true }));
    await page.getByRole('button', { name: 'Reload' }).click();
    await page.getByLabel('Projection purchases').waitFor();
    expect(page.errors).toEqual([]);
  });
}
