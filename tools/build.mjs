// Compiles apps and libs into dist with SWC and the console with Vite; does nothing when dist is newer than every source.
import { transformFile } from '@swc/core';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const dist = join(root, 'dist');
const consoleFolder = join('apps', 'console');
const options = createRequire(import.meta.url)('./swc-options.cjs');

function sources() {
  return ['apps', 'libs', 'bench'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .map((file) => join(folder, file))
      .filter((file) => file.endsWith('.ts') && !file.endsWith('.spec.ts') && !file.endsWith('.d.ts'))
      .filter((file) => !file.startsWith(consoleFolder)),
  );
}

const consoleSources = () =>
  readdirSync(join(root, consoleFolder), { recursive: true, encoding: 'utf8' }).map((file) =>
    join(consoleFolder, file),
  );

async function buildConsole(outDir) {
  // Vite is imported here only: an installed package does not contain it.
  const { build: viteBuild } = await import('vite');
  await viteBuild({ configFile: join(root, consoleFolder, 'vite.config.mjs'), logLevel: 'warn', build: { outDir } });
}

function isFresh(files) {
  const stamp = join(dist, '.built');
  if (!existsSync(stamp)) return false;
  const built = statSync(stamp).mtimeMs;
  const inputs = [
    ...files,
    ...new Set(files.map(dirname)),
    ...consoleSources(),
    'tsconfig.json',
    'tools/swc-options.cjs',
    'package.json',
  ];
  return inputs.every((file) => statSync(join(root, file)).mtimeMs <= built);
}

/** Compiles all sources into a new folder and replaces dist by it, so that a running process never reads a partial file. */
export async function build() {
  // An installed package contains dist only: there is nothing to compile.
  if (!existsSync(join(root, 'tsconfig.json'))) return;
  const files = sources();
  if (isFresh(files)) return;
  const fresh = `${dist}.${process.pid}`;
  await Promise.all(
    files.map(async (file) => {
      const { code, map } = await transformFile(join(root, file), { ...options, filename: join(root, file) });
      const target = join(fresh, file.replace(/\.ts$/, '.js'));
      mkdirSync(dirname(target), { recursive: true });
      writeFileSync(target, `${code}\n//# sourceMappingURL=${target.split(/[\\/]/).at(-1)}.map\n`);
      writeFileSync(`${target}.map`, map ?? '');
    }),
  );
  await buildConsole(join(fresh, 'console'));
  writeFileSync(join(fresh, '.built'), '');
  const old = `${dist}.${process.pid}.old`;
  if (existsSync(dist)) renameSync(dist, old);
  renameSync(fresh, dist);
  rmSync(old, { recursive: true, force: true });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await build();
