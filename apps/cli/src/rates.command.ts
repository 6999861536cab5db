import { readFileSync } from 'node:fs';
import { randomUUID } from 'node:crypto';
import { CsvError, parse } from 'csv-parse/sync';
import type { UsdRate } from '@app/purchase/events';
import { isCurrency } from '@app/purchase/money/money';
import { isUsdRate } from '@app/purchase/money/usd-total';
import { isDay } from '@app/purchase/time';
import type { Sites } from '@app/sites/sites';
import { MAX_RATES_PER_CALL, TooManyRates, type UsdRates } from '@app/sites/usd-rates';
import { CommandError } from './command-error';
import { missingSite, table } from './sites.command';

const COLUMNS = ['day', 'currency', 'rate'] as const;

/**
 * The rates of a CSV file with the columns `day`, `currency` and `rate`.
 * @throws CommandError naming the first wrong line; the error of the file system, with the path of the file
 */
function readRates(file: string): UsdRate[] {
  let rows: Record<string, string>[];
  try {
    rows = parse(readFileSync(file), { columns: true, bom: true, trim: true, skip_empty_lines: true });
  } catch (error) {
    if (error instanceof CsvError) throw new CommandError(`${file}: ${error.message}`);
    // Node leaves the path out where it can open the file but not read it, as with a folder.
    throw Object.assign(error as Error, { path: file });
  }
  return rows.map(({ day = '', currency = '', rate = '' }, index) => {
    const wrong = [!isDay(day), !isCurrency(currency), !isUsdRate(rate)].indexOf(true);
    const [name = '', value = ''] = [COLUMNS[wrong], [day, currency, rate][wrong]];
    if (wrong >= 0) throw new CommandError(`${file}, rate ${index + 1}: "${value}" is no ${name}`);
    return { day, currency, rate };
  });
}

/** `cli rates load SITE FILE` @throws CommandError */
export async function loadRates(sites: Sites, rates: UsdRates, site: string, file: string): Promise<string> {
  if (!(await sites.exists(site))) throw missingSite(site);
  const read = readRates(file);
  const by = { actor: 'system', requestId: randomUUID() };
  let changed = 0;
  try {
    for (let at = 0; at < read.length; at += MAX_RATES_PER_CALL)
      changed += await rates.load(site, read.slice(at, at + MAX_RATES_PER_CALL), by);
  } catch (error) {
    throw error instanceof TooManyRates ? new CommandError(error.message) : error;
  }
  return `${read.length} rates read, ${changed} of them new or changed`;
}

/** `cli rates list SITE CURRENCY` */
export async function listRates(rates: UsdRates, site: string, currency: string): Promise<string> {
  const found = await rates.list(site, currency, { limit: Infinity });
  if (found.length === 0) return `site ${site} has no rate of ${currency}`;
  return table([['day', 'currency', 'rate'], ...found.map(({ day, rate }) => [day, currency, rate])]);
}
