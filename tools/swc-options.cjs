// SWC options of the build and the tests.
const { resolve } = require('node:path');
const { compilerOptions } = require('../tsconfig.json');

module.exports = {
  swcrc: false,
  sourceMaps: true,
  module: { type: 'commonjs' },
  jsc: {
    target: 'es2022',
    parser: { syntax: 'typescript', decorators: true },
    transform: { legacyDecorator: true, decoratorMetadata: true },
    keepClassNames: true,
    baseUrl: resolve(__dirname, '..'),
    paths: compilerOptions.paths,
  },
};
