import type { ConsoleUnderTest } from '../console-under-test';

export function signIn(get: () => ConsoleUnderTest): void {
  it('signs in with the link of the banner once', async () => {
    const service = get();
    const page = await service.open();
    await page.goto(service.oneTimeLink);
    await page.getByRole('link', { name: 'ERP-1' }).waitFor();
    expect(page.url()).toBe(`${service.api.url}/purchases`);
    const again = await service.open();
    await again.goto(service.oneTimeLink);
    expect(await again.getByRole('alert').innerText()).toMatch(/used before[^]*invalid-client/);
    expect(page.errors).toEqual([]);
  });

  it('signs in with a credential, explains that a secret is wrong, and signs out', async () => {
    const service = get();
    const page = await service.open();
    await page.goto(service.api.url);
    await service.signIn(page, { ...service.credential, clientSecret: 'wrong' });
    expect(await page.getByRole('alert').innerText()).toMatch(/invalid-client · request \S+/);
    await service.signIn(page);
    await page.getByRole('link', { name: 'ERP-1' }).waitFor();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByLabel('Client secret').waitFor();
    expect(await page.evaluate(() => sessionStorage.length)).toBe(0);
  });

  it('hides what the scopes of a token do not allow', async () => {
    const service = get();
    const page = await service.openAt('/purchases/internal/ERP-1', { credential: await service.issue(['read']) });
    await page.getByLabel('Timeline').waitFor();
    const links = await page.getByRole('navigation').getByRole('link').allInnerTexts();
    expect(links).toEqual(['Purchases', 'Activity', 'My Account']);
    expect(await page.getByRole('button', { name: 'Add', exact: true }).count()).toBe(0);
    expect(await page.getByRole('link', { name: 'Dry run' }).count()).toBe(0);
  });

  it('says that a credential may not open a page of another scope', async () => {
    const service = get();
    const page = await service.openAt('/operations', { credential: await service.issue(['read']) });
    const refused: string[] = [];
    page.on('response', (response) => {
      if (response.status() === 403) refused.push(response.url());
    });
    for (const [path, scope] of [
      ['/operations', 'operate'],
      ['/dry-run?identifier=ERP-1&load=stored', 'write'],
    ] as const) {
      await page.goto(service.api.url + path);
      expect(await page.getByRole('alert').innerText()).toMatch(
        /Your credential may not open this page\s+It needs the/,
      );
      expect(await page.getByRole('alert').locator('code').innerText()).toBe(scope);
      expect(await page.getByRole('button', { name: 'Dry run' }).count()).toBe(0);
    }
    await page.getByRole('link', { name: 'Purchases' }).click();
    await page.getByRole('link', { name: 'ERP-1' }).waitFor();
    expect([refused, page.errors]).toEqual([[], []]);
  });

  it('shows that an address is no page, with a way to the purchases', async () => {
    const service = get();
    const page = await service.openAt('/purchases');
    const answer = await page.goto(`${service.api.url}/nonsense?x=1`);
    expect(answer?.status()).toBe(404);
    await page.getByRole('heading', { name: 'No such page' }).waitFor();
    await page.getByRole('link', { name: 'To the purchases' }).click();
    await page.getByRole('link', { name: 'ERP-1' }).waitFor();
    expect(page.errors).toEqual([]);
  });

  it('asks to sign in again when the token has expired, and returns to the same page', async () => {
    const service = get();
    const page = await service.openAt('/purchases/internal/ERP-1?revision=2&order=oldest');
    await page.getByText('as it was at revision 2').waitFor();
    await page.evaluate(() => {
      const session = JSON.parse(sessionStorage['purchasing.session'] as string) as { token: string };
      sessionStorage['purchasing.session'] = JSON.stringify({ ...session, token: `${session.token}x` });
    });
    await page.reload();
    await page.getByText('Your token has expired').waitFor();
    expect(await page.inputValue('[name=client_id]')).toBe(service.credential.clientId);
    await service.signIn(page);
    await page.getByText('as it was at revision 2').waitFor();
    expect(page.url()).toMatch(/ERP-1\?revision=2&order=oldest$/);
  });
}
