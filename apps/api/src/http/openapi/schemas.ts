import { bodySchemas, type Schema } from '../../purchases/body/body-schema';
import { EXAMPLES } from './examples';
import { purchaseSchemas } from './purchase-schemas';
import { SERVICE_SCHEMAS } from './service-schemas';

/** DTO classes that are published under a name ending in `Body`. */
const BODIES: Readonly<Record<string, string>> = {
  PurchaseDto: 'PurchaseBody',
  TransactionDto: 'TransactionBody',
  HistoryEntryDto: 'HistoryEntryBody',
  UsdRatesDto: 'UsdRatesBody',
};

const NAMES = [
  'PurchaseBody',
  'TransactionBody',
  'HistoryEntryBody',
  'TokenRequest',
  'Token',
  'CredentialBody',
  'RotationBody',
  'UsdRatesBody',
  'UsdRate',
  'LoadedRates',
  'Credential',
  'IssuedCredential',
  'Purchase',
  'PurchaseBase',
  'Transaction',
  'HistoryEntry',
  'Event',
  'TimelineEntry',
  'FeedEntry',
  'DryRun',
  'Comparison',
  'CustomerStats',
  'DailyFigures',
  'BulkLine',
  'BulkResult',
  'Projection',
  'Quarantine',
  'Released',
  'Rebuild',
  'Verification',
  'Liveness',
  'Readiness',
  'Problem',
] as const;

export type SchemaName = (typeof NAMES)[number];
const published = (name: string): string => BODIES[name] ?? name.replace(/Dto$/, '');

/** The DTOs under the names that clients see. */
function requestSchemas(): Record<string, Schema> {
  const renamed = JSON.stringify(bodySchemas()).replace(
    /"#\/components\/schemas\/(\w+)"/g,
    (_, name: string) => `"#/components/schemas/${published(name)}"`,
  );
  const schemas = Object.entries(JSON.parse(renamed) as Record<string, Schema>);
  return Object.fromEntries(schemas.map(([name, schema]) => [published(name), schema]));
}

const REF = /"#\/components\/schemas\/(\w+)"/g;

/** Every schema of the document: those that a route names and those they refer to. */
export function componentSchemas(): Record<string, object> {
  const requests = requestSchemas();
  const all: Record<string, object> = { ...requests, ...purchaseSchemas(requests), ...SERVICE_SCHEMAS };
  const reached = new Set<string>(NAMES);
  for (const name of reached) for (const [, found = ''] of JSON.stringify(all[name]).matchAll(REF)) reached.add(found);
  return Object.fromEntries(
    [...reached].sort().map((name) => {
      const example = EXAMPLES[name as SchemaName];
      return [name, { ...all[name], ...(example !== undefined && { examples: [example] }) }];
    }),
  );
}
