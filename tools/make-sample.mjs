// `node tools/make-sample.mjs online-retail.csv.gz`: writes data/online-retail-sample.csv.gz, the first invoices and credit notes of the data set.
import { createReadStream, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { createGunzip, gzipSync } from 'node:zlib';

const DOCUMENTS = 420;

const lines = createInterface({ input: createReadStream(process.argv[2]).pipe(createGunzip()) });
const kept = [];
const seen = new Set();
for await (const line of lines) {
  const document = line.slice(0, line.indexOf(','));
  if (kept.length > 0) seen.add(document);
  if (seen.size > DOCUMENTS) break;
  kept.push(line);
}
writeFileSync('data/online-retail-sample.csv.gz', gzipSync(`${kept.join('\n')}\n`, { level: 9 }));
