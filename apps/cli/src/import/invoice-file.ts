import { createReadStream } from 'node:fs';
import { createGunzip } from 'node:zlib';
import { CsvError, parse } from 'csv-parse';
import { CommandError } from '../command-error';

/** One line of an invoice or credit note, as in the file. */
export interface InvoiceLine {
  invoice: string;
  stockCode: string;
  description: string;
  /** Negative on credit notes. */
  quantity: number;
  /** "2010-12-01 08:26:00", local time of the merchant, read as UTC. */
  date: string;
  /** A decimal in GBP, as in the file. */
  unitPrice: string;
  customer: string;
  country: string;
}

/** Milliseconds since 1970 of the date of an invoice; NaN for an invalid one. */
export const timeOf = (date: string): number => Date.parse(`${date.replace(' ', 'T')}Z`);

const COLUMNS = [
  'InvoiceNo',
  'StockCode',
  'Description',
  'Quantity',
  'InvoiceDate',
  'UnitPrice',
  'CustomerID',
  'Country',
];

/**
 * Reads a CSV file of the Online Retail data set, gzipped or plain, line by line.
 * @throws CommandError naming the file and what is wrong with it
 */
export async function* readInvoiceFile(file: string): AsyncIterable<InvoiceLine> {
  try {
    yield* linesOf(file);
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException;
    if (code.startsWith('Z_')) throw new CommandError(`${file} is not a complete gzip file`);
    if (code === 'EISDIR') throw new CommandError(`${file} is a folder: name a CSV file of the Online Retail data set`);
    if (error instanceof CsvError)
      throw new CommandError(`${file} is not a CSV file of the Online Retail data set: ${message}`);
    throw error;
  }
}

async function* linesOf(file: string): AsyncGenerator<InvoiceLine> {
  const raw = createReadStream(file);
  const parser = parse({ columns: true, bom: true });
  const stages = file.endsWith('.gz') ? raw.pipe(createGunzip().on('error', (error) => parser.destroy(error))) : raw;
  raw.on('error', (error) => parser.destroy(error));
  let isFirst = true;
  for await (const row of stages.pipe(parser) as AsyncIterable<Record<string, string>>) {
    if (isFirst) {
      const missing = COLUMNS.filter((column) => row[column] === undefined);
      if (missing.length > 0)
        throw new CommandError(
          `${file} has no column ${missing.join(', ')}: it is not a file of the Online Retail data set`,
        );
      isFirst = false;
    }
    if (!Number.isFinite(Number(row.Quantity)))
      throw new CommandError(`${file}: the quantity "${row.Quantity}" of invoice ${row.InvoiceNo} is not a number`);
    if (Number.isNaN(timeOf(row.InvoiceDate ?? '')))
      throw new CommandError(
        `${file}: the date "${row.InvoiceDate}" of invoice ${row.InvoiceNo} is not like 2010-12-01 08:26:00`,
      );
    yield {
      invoice: row.InvoiceNo ?? '',
      stockCode: (row.StockCode ?? '').trim(),
      description: (row.Description ?? '').trim(),
      quantity: Number(row.Quantity),
      date: row.InvoiceDate ?? '',
      unitPrice: row.UnitPrice ?? '',
      customer: (row.CustomerID ?? '').replace(/\.0$/, ''),
      country: row.Country ?? '',
    };
  }
}
