import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve, sep } from 'node:path';
import ts from 'typescript';

/** What each room may import of the others. libs/purchase is held more strictly still: nothing outside itself. */
const MAY_IMPORT: Record<string, readonly string[]> = {
  'libs/purchase': [],
  'libs/settings': [],
  'libs/embedded': [],
  'libs/event-store': ['libs/purchase'],
  'libs/read-models': ['libs/purchase', 'libs/event-store'],
  'apps/api': ['libs/purchase', 'libs/event-store', 'libs/read-models', 'libs/settings'],
  'apps/projector': ['libs/purchase', 'libs/event-store', 'libs/read-models', 'libs/settings'],
  'apps/cli': ['libs/purchase', 'libs/event-store', 'libs/read-models', 'libs/settings', 'libs/embedded'],
};

/** The composition roots: the only files of apps/api that know of the embedded servers. */
const COMPOSITION_ROOTS = ['apps/api/src/main.ts'];

/** The client's pitfalls are handled in one place; the embedded node speaks its protocol from the other side. */
const MAY_IMPORT_THE_CLIENT = [
  /^libs\/event-store\/src\/eventstoredb-[^/]+\.ts$/,
  /^libs\/embedded\/src\/event-store-node\//,
];

const root = resolve(__dirname, '../..');
const slashed = (path: string): string => path.split(sep).join('/');
const roomOf = (file: string): string => file.split('/').slice(0, 2).join('/');

const files = ['apps', 'libs'].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.spec.ts'))
    .map((file) => slashed(join(folder, file))),
);

const importsOf = (file: string): string[] =>
  ts.preProcessFile(readFileSync(join(root, file), 'utf8')).importedFiles.map((found) => found.fileName);

/** The file or room inside the house that an import names, or undefined for a package. */
function insideTarget(file: string, specifier: string): string | undefined {
  if (specifier.startsWith('.')) return slashed(relative(root, resolve(root, file, '..', specifier)));
  return /^@app\/([^/]+)\//.exec(specifier)?.[1]?.replace(/^/, 'libs/');
}

function violations(file: string): string[] {
  const room = roomOf(file);
  return importsOf(file).flatMap((specifier) => {
    const target = insideTarget(file, specifier);
    const said = `${file} imports ${specifier}`;
    if (target === undefined) {
      if (room === 'libs/purchase') return [`${said}: the domain imports nothing outside itself`];
      if (specifier.startsWith('@eventstore/') && !MAY_IMPORT_THE_CLIENT.some((allowed) => allowed.test(file)))
        return [`${said}: only the adapter and the embedded node know the client`];
      return [];
    }
    const targetRoom = roomOf(target);
    if (targetRoom === room) return [];
    if (specifier.startsWith('.')) return [`${said}: across rooms by @app/… alone`];
    if (targetRoom === 'libs/embedded' && COMPOSITION_ROOTS.includes(file)) return [];
    return MAY_IMPORT[room]?.includes(targetRoom) ? [] : [`${said}: ${room} may not know ${targetRoom}`];
  });
}

describe('the import boundaries', () => {
  it('covers every room', () => {
    expect([...new Set(files.map(roomOf))].sort()).toEqual(Object.keys(MAY_IMPORT).sort());
  });

  it('finds imports at all', () => {
    expect(files.flatMap(importsOf).filter((specifier) => specifier.startsWith('@app/')).length).toBeGreaterThan(10);
  });

  it('are kept by every file', () => {
    expect(files.flatMap(violations)).toEqual([]);
  });
});
