/// <reference lib="dom" />
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type axe from 'axe-core';
import type { ConsolePage, ConsoleUnderTest } from '../console-under-test';
import { CUSTOMER } from '../demo-data';

const AXE = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
/** `SCREENSHOTS=1 npm run test:browser` writes the screenshots of docs/console.md. */
const FOLDER = process.env.SCREENSHOTS === '1' ? resolve(__dirname, '../../../docs/console') : undefined;

interface Place {
  name: string;
  path: string;
  /** Waits until the page has rendered all of its data. */
  ready: (page: ConsolePage) => Promise<void>;
}

const PLACES: readonly Place[] = [
  { name: 'purchases', path: '/purchases', ready: (page) => page.getByRole('link', { name: 'ERP-1' }).waitFor() },
  { name: 'purchase', path: '/purchases/internal/ERP-1', ready: (page) => page.locator('.entry').first().waitFor() },
  {
    name: 'compare',
    path: '/purchases/internal/ERP-1?revision=9&from=0&to=9',
    ready: async (page) => {
      await page.locator('.comparison').waitFor();
      await page.locator('.panel-past').waitFor();
    },
  },
  {
    name: 'dry-run',
    path: '/dry-run?identifier=ERP-9',
    ready: async (page) => {
      await page.getByRole('button', { name: 'Dry run' }).click();
      await page.locator('.events').waitFor();
    },
  },
  { name: 'account', path: `/account/${CUSTOMER}`, ready: (page) => page.locator('.account-row').first().waitFor() },
  {
    name: 'account-order',
    path: `/account/${CUSTOMER}?by=internal&order=ERP-1`,
    ready: (page) => page.locator('.parcels').waitFor(),
  },
  {
    name: 'activity',
    path: '/activity',
    ready: async (page) => {
      await page.locator('.live.on').waitFor();
      await page.waitForFunction(() => !document.querySelector('.feed')?.textContent?.includes('…'));
    },
  },
  {
    name: 'operations',
    path: '/operations',
    ready: async (page) => {
      await page.locator('canvas').waitFor();
      await page.getByLabel('Health').getByText('ready').first().waitFor();
      // The line of the chart needs two polls.
      if (FOLDER !== undefined)
        for (let poll = 0; poll < 2; poll++) await page.waitForResponse('**/api/v1/projections');
    },
  },
  {
    name: 'keyboard',
    path: '/purchases?search=ERP-2',
    ready: async (page) => {
      await page.getByRole('link', { name: 'ERP-2' }).waitFor();
      await page.keyboard.press('?');
      await page.getByRole('dialog').waitFor();
    },
  },
];

/** The rules whose result depends on colours and sizes; the results of the others are the same in light and dark. */
const VISUAL_RULES = ['color-contrast', 'link-in-text-block', 'target-size', 'scrollable-region-focusable'];

/** The violations of WCAG 2.2 AA and of best practices on a page, by all rules or by some. */
async function violations(page: ConsolePage, rules?: readonly string[]): Promise<string[]> {
  await page.evaluate(AXE);
  return page.evaluate(async (only) => {
    const { axe: scanner } = window as unknown as { axe: typeof axe };
    const enabled = only === undefined ? {} : { runOnly: { type: 'rule' as const, values: [...only] } };
    const { violations: list } = await scanner.run(document, { resultTypes: ['violations'], ...enabled });
    return list.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 200)).join(' | ')}`);
  }, rules);
}

const isTooWide = (page: ConsolePage): Promise<boolean> =>
  page.evaluate(() => document.documentElement.scrollWidth > innerWidth);

export function appearance(get: () => ConsoleUnderTest): void {
  const inspect = async (page: ConsolePage, name: string): Promise<void> => {
    for (const [width, colorScheme, rules] of [
      [1280, 'light', undefined],
      [390, 'dark', VISUAL_RULES],
    ] as const) {
      await page.setViewportSize({ width, height: 900 });
      await page.emulateMedia({ colorScheme });
      expect([name, colorScheme, await violations(page, rules)]).toEqual([name, colorScheme, []]);
      expect([name, width, await isTooWide(page)]).toEqual([name, width, false]);
      if (FOLDER !== undefined)
        await page.screenshot({ path: resolve(FOLDER, `${name}-${width}.jpg`), type: 'jpeg', quality: 60 });
    }
    expect(page.errors).toEqual([]);
  };

  it('has no accessibility violation before signing in', async () => {
    const service = get();
    const page = await service.open();
    await page.goto(service.api.url);
    await page.getByLabel('Client secret').waitFor();
    await inspect(page, 'sign-in');
  });

  it.each(PLACES)('has no accessibility violation in light and dark: $name', async ({ name, path, ready }) => {
    const page = await get().openAt(path);
    await ready(page);
    await inspect(page, name);
  });
}
