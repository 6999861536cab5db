// `node tools/run.mjs apps/cli/src/main.js …`: rebuilds dist when a source has changed, then runs the file in this process.
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from './build.mjs';
import { endWithNpm } from './end-with-npm.mjs';

endWithNpm();
await build();
const [, , file, ...rest] = process.argv;
const target = join(dirname(fileURLToPath(import.meta.url)), '..', 'dist', file);
process.argv = [process.argv[0], target, ...rest];
await import(pathToFileURL(target).href);
