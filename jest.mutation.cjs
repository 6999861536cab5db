const {
  globalSetup: _setup,
  globalTeardown: _teardown,
  reporters: _reporters,
  ...config
} = require('./jest.config.cjs');

/** The examples of the pure domain alone, for mutation tests: no Postgres, no build. */
module.exports = { ...config, roots: ['<rootDir>/libs', '<rootDir>/test'], testMatch: ['<rootDir>/test/mutation.ts'] };
