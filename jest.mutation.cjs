const {
  globalSetup: _setup,
  globalTeardown: _teardown,
  reporters: _reporters,
  ...config
} = require('./jest.config.cjs');

process.env.PROPERTY_RUNS ??= '25';
process.env.PROPERTY_SEED ??= '1';

/** The tests of the pure domain alone, for mutation tests: no Postgres, no build, one seed. */
module.exports = {
  ...config,
  testMatch: [
    '<rootDir>/libs/purchase/**/*.spec.ts',
    '<rootDir>/test/stored-events/*.spec.ts',
    '<rootDir>/test/specification/diff-*.spec.ts',
  ],
};
