import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { ConsoleUnderTest } from '../console-under-test';
import { line, order, parcel } from '../demo-data';

const CONSOLE = resolve(__dirname, '../../../dist/console');
const MAX_GZIPPED = 120_000;
const MAX_REQUESTS = 12;
/** `FIGURE_REVISIONS=1000 FIGURE_PURCHASES=100000 npx jest test/browser -t figures` prints the figures of large sites. */
const REVISIONS = Number(process.env.FIGURE_REVISIONS ?? 20);
const PURCHASES = Number(process.env.FIGURE_PURCHASES ?? 0);
const BULK_LINES = 5_000;
const MUG = { name: 'Enamel mug, blue spotty', sku: '21791', price: 299 };

const print = (text: string): boolean => process.stdout.write(`    figure: ${text}\n`);

async function fill(service: ConsoleUnderTest, count: number): Promise<void> {
  for (let from = 0; from < count; from += BULK_LINES) {
    const lines = Array.from({ length: Math.min(BULK_LINES, count - from) }, (_, index) => {
      const placed = new Date(Date.UTC(2026, 0, 1) + (from + index) * 60_000).toISOString();
      const purchase = order([parcel('processing', [line(MUG, 1)])], { dates: { placed_at: placed } });
      return JSON.stringify({ lookupBy: 'internal', identifier: `BULK-${from + index}`, purchase });
    });
    const response = await fetch(`${service.api.url}/api/v1/purchases/bulk`, {
      method: 'POST',
      headers: {
        'site-id': 'demo',
        authorization: `Bearer ${await service.tokenOf()}`,
        'content-type': 'application/x-ndjson',
      },
      body: lines.join('\n'),
    });
    await response.text();
  }
}

export function figures(get: () => ConsoleUnderTest): void {
  it('figures: at most 120 kB gzipped and 12 requests until the first list is shown', async () => {
    const service = get();
    await fill(service, PURCHASES);
    const files = readdirSync(CONSOLE, { recursive: true, encoding: 'utf8' }).filter((file) => file.includes('.'));
    const sizes = files.map((file) => gzipSync(readFileSync(resolve(CONSOLE, file))).length);
    const gzipped = sizes.reduce((sum, size) => sum + size, 0);
    const page = await service.open();
    let requests = 0;
    page.on('request', () => requests++);
    const started = performance.now();
    await page.goto(`${service.api.url}/`);
    await service.signIn(page);
    const signedIn = performance.now();
    await page.locator('tbody tr').first().waitFor();
    print(`${(gzipped / 1_000).toFixed(1)} kB gzipped, ${requests} requests to the first list`);
    print(`first list ${Math.round(performance.now() - signedIn)} ms after the sign-in, ${PURCHASES} purchases added`);
    print(`${Math.round(signedIn - started)} ms from the address to the sent form`);
    expect(gzipped).toBeLessThan(MAX_GZIPPED);
    expect(requests).toBeLessThanOrEqual(MAX_REQUESTS);
  }, 1_800_000);

  it('figures: a step of the slider shows the state of each revision', async () => {
    const service = get();
    for (let quantity = 1; quantity <= REVISIONS; quantity++)
      await service.put('STEPS-1', order([parcel('processing', [line(MUG, quantity)])]));
    const page = await service.openAt('/purchases/internal/STEPS-1');
    await page.getByLabel('Timeline').waitFor();
    const last = Number(await page.getByLabel('Revision', { exact: true }).getAttribute('max'));
    const steps = await page.evaluate(async (count) => {
      const slider = document.querySelector<HTMLInputElement>('input[type=range]');
      const taken: number[] = [];
      for (let revision = Number(slider?.max) - 1; taken.length < count && slider !== null; revision--) {
        const started = performance.now();
        slider.value = String(revision);
        slider.dispatchEvent(new Event('input', { bubbles: true }));
        while (!document.querySelector('.panel-past')?.textContent?.includes(`revision ${revision}.`))
          await new Promise((next) => requestAnimationFrame(next));
        taken.push(performance.now() - started);
      }
      return taken;
    }, last);
    steps.sort((a, b) => a - b);
    const at = (share: number): string => (steps[Math.floor(steps.length * share)] ?? 0).toFixed(0);
    print(`${steps.length} steps of the slider: p50 ${at(0.5)} ms, p95 ${at(0.95)} ms`);
    await page.getByText('as it was at revision 0').waitFor();
    expect(page.errors).toEqual([]);
  }, 1_800_000);
}
