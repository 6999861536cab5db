import { LIVE } from '@app/read-models/tables';
import type { ConsoleUnderTest } from '../console-under-test';
import { line, order, parcel } from '../demo-data';

const MUG = { name: 'Enamel mug, blue spotty', sku: '21791', price: 299 };
/** More calls than the timeline lists at first. */
const CALLS = 106;

export function asOf(get: () => ConsoleUnderTest): void {
  it('shows the purchase as it was at a time, and the call of a revision that the timeline does not list yet', async () => {
    const service = get();
    const lines = [parcel('processing', [line(MUG, 1)])];
    for (let call = 0; call < CALLS; call++)
      await service.put('MANY-1', order(lines, { customer_reference: `PO ${call}` }));
    await service.untilListed();
    await service.query(
      `update ${LIVE}.timeline set recorded_at = '2026-06-02T10:30:15Z'
       where revision <= 2 and purchase_id = (select id from ${LIVE}.purchases where internal = 'MANY-1')`,
    );
    const page = await service.openAt('/purchases/internal/MANY-1');
    const form = page.locator('.as-of');
    const [day, minute] = [form.getByLabel('As it was on'), form.getByLabel('at', { exact: true })];
    await day.fill('2026-06-01');
    await form.getByRole('button', { name: 'Show' }).click();
    await form.getByText('did not exist then').waitFor();
    expect(page.url()).not.toContain('revision');
    await day.fill('2026-06-02');
    await minute.fill('12:30');
    await minute.press('Enter');
    await page.getByText('as it was at revision 2').waitFor();
    await page.waitForURL(/revision=2$/);
    const call = page.getByLabel('The shown revision');
    await call.getByText('Customer reference changed from PO 0 to PO 1').waitFor();
    expect(await call.locator('.entry.chosen').count()).toBe(1);
    expect(page.errors).toEqual([]);
  });
}
