import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve, sep } from 'node:path';
import ts from 'typescript';

/** The libraries that each library and application may import. libs/purchase also imports no package. */
const MAY_IMPORT: Record<string, readonly string[]> = {
  'libs/purchase': [],
  'libs/settings': [],
  'libs/client': [],
  'libs/embedded': [],
  'libs/turns': [],
  'libs/event-store': [],
  'libs/stored-events': ['libs/purchase', 'libs/event-store'],
  'libs/write-model': ['libs/purchase', 'libs/event-store', 'libs/stored-events', 'libs/turns'],
  'libs/sites': ['libs/purchase', 'libs/event-store', 'libs/stored-events'],
  'libs/read-models': ['libs/purchase', 'libs/event-store', 'libs/stored-events', 'libs/turns'],
  'libs/telemetry': ['libs/event-store', 'libs/read-models'],
  'apps/api': [
    'libs/purchase',
    'libs/event-store',
    'libs/stored-events',
    'libs/write-model',
    'libs/sites',
    'libs/read-models',
    'libs/settings',
    'libs/telemetry',
    'libs/turns',
  ],
  'apps/console': ['libs/client'],
  'apps/projector': ['libs/event-store', 'libs/read-models', 'libs/settings', 'libs/telemetry'],
  'apps/cli': [
    'libs/client',
    'libs/purchase',
    'libs/event-store',
    'libs/sites',
    'libs/read-models',
    'libs/settings',
    'libs/embedded',
  ],
};

/** The composition roots are the only files of apps/api that import the embedded servers. */
const COMPOSITION_ROOTS = ['apps/api/src/main.ts'];

/** Only the adapter and the embedded node import the client of EventStoreDB. */
const MAY_IMPORT_THE_CLIENT = [/^libs\/event-store\/src\/eventstoredb\//, /^libs\/embedded\/src\/event-store-node\//];

const root = resolve(__dirname, '../..');
const toPosix = (path: string): string => path.split(sep).join('/');
const unitOf = (file: string): string => file.split('/').slice(0, 2).join('/');

const files = ['apps', 'libs'].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.tsx?$/.test(file) && !file.endsWith('.spec.ts'))
    .map((file) => toPosix(join(folder, file))),
);

const importsOf = (file: string): string[] =>
  ts.preProcessFile(readFileSync(join(root, file), 'utf8')).importedFiles.map((found) => found.fileName);

/** The file that an import names, without its extension; undefined for a package. */
function importedFile(file: string, specifier: string): string | undefined {
  if (specifier.startsWith('.')) return toPosix(relative(root, resolve(root, file, '..', specifier)));
  return /^@app\//.test(specifier) ? specifier.replace(/^@app\/([^/]+)\//, 'libs/$1/src/') : undefined;
}

function violations(file: string): string[] {
  const unit = unitOf(file);
  return importsOf(file).flatMap((specifier) => {
    const target = importedFile(file, specifier);
    const found = `${file} imports ${specifier}`;
    if (target === undefined) {
      if (unit === 'libs/purchase') return [`${found}: the domain imports nothing outside itself`];
      if (specifier.startsWith('@eventstore/') && !MAY_IMPORT_THE_CLIENT.some((allowed) => allowed.test(file)))
        return [`${found}: only the adapter and the embedded node import the client`];
      return [];
    }
    const targetUnit = unitOf(target);
    if (targetUnit === unit) return [];
    if (specifier.startsWith('.')) return [`${found}: another library is imported as @app/…`];
    if (targetUnit === 'libs/embedded' && COMPOSITION_ROOTS.includes(file)) return [];
    return MAY_IMPORT[unit]?.includes(targetUnit) ? [] : [`${found}: ${unit} may not import ${targetUnit}`];
  });
}

/** Import cycles between files, each as a list of its files in order. Type-only imports count. */
function cycles(): string[] {
  const graph = new Map(
    files.map((file) => [
      file,
      importsOf(file).flatMap((specifier) => {
        const target = importedFile(file, specifier);
        return target === undefined ? [] : [`${target}.ts`, `${target}.tsx`];
      }),
    ]),
  );
  const found: string[] = [];
  const done = new Set<string>();
  const visit = (file: string, path: readonly string[]): void => {
    const start = path.indexOf(file);
    if (start >= 0) found.push([...path.slice(start), file].join(' → '));
    if (start >= 0 || done.has(file)) return;
    for (const target of graph.get(file) ?? []) visit(target, [...path, file]);
    done.add(file);
  };
  for (const file of files) visit(file, []);
  return found;
}

describe('the import boundaries', () => {
  it('cover every library and application', () => {
    expect([...new Set(files.map(unitOf))].sort()).toEqual(Object.keys(MAY_IMPORT).sort());
  });

  it('are checked on a non-empty set of imports', () => {
    expect(files.flatMap(importsOf).filter((specifier) => specifier.startsWith('@app/')).length).toBeGreaterThan(10);
  });

  it('are respected by every file', () => {
    expect(files.flatMap(violations)).toEqual([]);
  });

  it('contain no import cycle', () => {
    expect(cycles()).toEqual([]);
  });
});
