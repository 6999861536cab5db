const swc = require('./tools/swc-options.cjs');
const { compilerOptions } = require('./tsconfig.json');

/** Maps @app/purchase/x to libs/purchase/src/x, as in tsconfig.json. */
const moduleNameMapper = Object.fromEntries(
  Object.entries(compilerOptions.paths).map(([alias, [target]]) => [
    `^${alias.replace('*', '(.*)')}$`,
    `<rootDir>/${target.replace('*', '$1')}`,
  ]),
);

/** @type {import('jest').Config} */
module.exports = {
  testEnvironment: 'node',
  roots: ['<rootDir>/apps', '<rootDir>/libs', '<rootDir>/test'],
  testMatch: ['**/*.spec.ts'],
  transform: {
    // The browser evaluates functions of these files on their own, without the helper that SWC adds for spreads.
    '/test/browser/.*\\.ts$': ['@swc/jest', { ...swc, env: { targets: swc.env.targets }, sourceMaps: 'inline' }],
    '\\.ts$|/content-disposition/.*\\.js$': ['@swc/jest', { ...swc, sourceMaps: 'inline' }],
  },
  // An ES module, which Node.js 20.19 can require and Jest cannot.
  transformIgnorePatterns: ['/node_modules/(?!content-disposition/)'],
  moduleNameMapper,
  globalSetup: '<rootDir>/test/global-setup.ts',
  globalTeardown: '<rootDir>/test/global-teardown.ts',
  testTimeout: 60_000,
  reporters: ['default', '<rootDir>/test/summary-reporter.cjs'],
};
