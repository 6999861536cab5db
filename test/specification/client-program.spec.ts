import { resolve } from 'node:path';
import ts from 'typescript';
import document from '../../docs/openapi.json';
import { ROUTES } from '@app/client/client';
import { OPERATIONS, type Operation } from '../e2e/openapi-operations';

const root = resolve(__dirname, '../..');
const FILE = resolve(root, 'test/specification/client-program.ts');

interface Example {
  $ref?: string;
  examples?: unknown[];
}

/** The example of a body in the OpenAPI document. */
function exampleOf({ requestBody }: Operation): unknown {
  const { schema } = requestBody?.content['application/json'] ?? {};
  const name = (schema as Example | undefined)?.$ref?.split('/').at(-1);
  const schemas = document.components.schemas as Record<string, Example>;
  return name === undefined ? undefined : schemas[name]?.examples?.[0];
}

/** A call with the required parameters and the example of the body. */
function callOf(operation: Operation): string {
  const valuesIn = (place: string): object =>
    Object.fromEntries(
      operation.parameters
        .filter((each) => each.in === place && (place === 'path' || each.required === true))
        .map(({ name, schema }) => [name, (schema.enum as string[] | undefined)?.[1] ?? 'x']),
    );
  const options = Object.entries({
    path: valuesIn('path'),
    query: valuesIn('query'),
    body: exampleOf(operation),
  }).filter(([, value]) => value !== undefined && Object.keys(value as object).length > 0);
  return `  await client.call('${operation.operationId}', ${JSON.stringify(Object.fromEntries(options))});`;
}

const HEAD = `import { type BulkLine, PurchasingClient } from '@app/client/client';
export async function program(lines: AsyncIterable<BulkLine>): Promise<void> {
  const client = new PurchasingClient('http://127.0.0.1', { site: 's', clientId: 'c', clientSecret: 'x' });
`;
const TAIL = `
  for await (const { status, problem } of client.putMany(lines)) console.log(status, problem?.title);
  for await (const page of client.pages('listPurchases')) console.log(page[0]?.calculated_total.number);
}
`;

/** The errors of a program that is compiled with the settings of the project. */
function errorsOf(calls: string): string[] {
  const { config } = ts.readConfigFile(resolve(root, 'tsconfig.json'), (path) => ts.sys.readFile(path)) as {
    config: object;
  };
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root);
  const host = ts.createCompilerHost({ ...options, noEmit: true });
  const files = ts.createCompilerHost(options);
  const text = HEAD + calls + TAIL;
  host.fileExists = (name) => name === FILE || files.fileExists(name);
  host.readFile = (name) => (name === FILE ? text : files.readFile(name));
  host.getSourceFile = (name, ...rest) =>
    name === FILE ? ts.createSourceFile(name, text, ts.ScriptTarget.ES2022) : files.getSourceFile(name, ...rest);
  const program = ts.createProgram([FILE], { ...options, noEmit: true, incremental: false, types: ['node'] }, host);
  const source = program.getSourceFile(FILE);
  return ts
    .getPreEmitDiagnostics(program, source)
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
}

describe('the generated client', () => {
  it('compiles a program that uses every call', () => {
    expect(OPERATIONS.map(({ operationId }) => operationId).sort()).toEqual(Object.keys(ROUTES).sort());
    expect(errorsOf(OPERATIONS.map(callOf).join('\n'))).toEqual([]);
  });

  it('refuses to compile calls, parameters and bodies that the API does not have', () => {
    const wrong = [
      "  await client.call('noSuchCall');",
      "  await client.call('listPurchases', { query: { limmit: 1 } });",
      "  await client.call('putTransaction', { path: { lookupBy: 'internal', identifier: 'x' }, body: { platform_id: 't' } });",
    ];
    for (const call of wrong) expect([call, errorsOf(call).length]).toEqual([call, 1]);
  });
});
