// SWC options of the build and the tests.
const { resolve } = require('node:path');
const { compilerOptions } = require('../tsconfig.json');

module.exports = {
  swcrc: false,
  sourceMaps: true,
  module: { type: 'commonjs' },
  // Node.js 20 takes 3 to 13 µs for `{ ...object, property }`, which leaves its inline caches, and 0.2 to 0.5 µs for Object.assign. Node.js 24 is
  // fast at both. docs/adr/0088
  env: { targets: { node: '20.19' }, include: ['transform-object-rest-spread'] },
  jsc: {
    parser: { syntax: 'typescript', decorators: true },
    transform: { legacyDecorator: true, decoratorMetadata: true },
    assumptions: { setSpreadProperties: true, objectRestNoSymbols: true, pureGetters: true },
    keepClassNames: true,
    baseUrl: resolve(__dirname, '..'),
    paths: compilerOptions.paths,
  },
};
