import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ConsoleUnderTest } from '../console-under-test';
import { CUSTOMER } from '../demo-data';

export function account(get: () => ConsoleUnderTest): void {
  it('shows a customer their own purchases, and one in words', async () => {
    const page = await get().openAt('/account');
    await page.getByLabel('Customer id').fill(CUSTOMER);
    await page.getByRole('button', { name: 'Show' }).click();
    await page.getByRole('link', { name: /ERP-6/ }).waitFor();
    await page.getByRole('link', { name: 'Quotes' }).click();
    await page.getByRole('link', { name: /Q-7/ }).waitFor();
    await page.getByRole('link', { name: 'Awaiting approval' }).click();
    await page.getByRole('link', { name: /A-8/ }).click();
    await page.getByText('This order waits for approval in your company.').waitFor();
    await page.goBack();
    await page.getByRole('link', { name: 'Orders' }).click();
    await page.getByRole('link', { name: /ERP-1/ }).click();
    const order = page.locator('.account');
    await order.getByText('We have refunded the two broken lanterns.').waitFor();
    expect(await order.innerText()).toMatch(/on its way|preparing|delivered/);
    expect(await order.innerText()).not.toContain('broken glass');
    expect(await order.getByRole('link', { name: 'Delivery note 881' }).getAttribute('href')).toMatch(/881\.pdf$/);
    await page.reload();
    await order.getByRole('link', { name: 'JD014600003SE' }).waitFor();
    await page.goto(`${get().api.url}/account/${CUSTOMER}?by=internal&order=ERP-3`);
    await page.getByText('No such order').waitFor();
  });

  it('is embedded by another page, which sends the session and the colours', async () => {
    const service = get();
    const page = await service.open();
    const host = createServer((_request, response) => response.end('<title>Host</title>')).listen(0, '127.0.0.1');
    await once(host, 'listening');
    await page.goto(`http://127.0.0.1:${(host.address() as AddressInfo).port}/`);
    const token = await service.tokenOf();
    await page.evaluate(
      ([src, accessToken]) => {
        const frame = document.body.appendChild(document.createElement('iframe'));
        addEventListener('message', ({ data }: MessageEvent<{ type: string }>) => {
          if (data.type !== 'purchasing:session-wanted') return;
          const variables = { '--account-accent': '#a00000', '--account-back': 'url(//x)' };
          frame.contentWindow?.postMessage({ type: 'purchasing:theme', variables }, '*');
          const session = { site: 'demo', access_token: accessToken, expires_in: 3_600 };
          frame.contentWindow?.postMessage({ type: 'purchasing:session', ...session }, '*');
        });
        frame.src = src ?? '';
      },
      [`${service.api.url}/account/${CUSTOMER}?embed=true`, token],
    );
    const frame = page.frameLocator('iframe');
    await frame.getByRole('link', { name: /ERP-6/ }).waitFor();
    const tab = frame.getByRole('link', { name: 'Orders' });
    expect(await tab.evaluate((element) => getComputedStyle(element).color)).toBe('rgb(160, 0, 0)');
    expect(await frame.locator('html').getAttribute('style')).not.toContain('url');
    expect(await frame.getByRole('button', { name: 'Sign out' }).count()).toBe(0);
    host.closeAllConnections();
    host.close();
  });
}
