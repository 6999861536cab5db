import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

const root = dirname(fileURLToPath(import.meta.url));

/** Builds the console into dist/console, which the API serves at `/`. */
export default defineConfig({
  root,
  base: '/',
  resolve: { alias: { '@app/client': resolve(root, '../../libs/client/src') } },
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: resolve(root, '../../dist/console'),
    emptyOutDir: true,
    // The content security policy of the console allows no data: URL.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
});
