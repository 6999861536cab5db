const {
  globalSetup: _setup,
  globalTeardown: _teardown,
  reporters: _reporters,
  ...config
} = require('./jest.config.cjs');

process.env.PROPERTY_RUNS ??= '60';
process.env.PROPERTY_SEED ??= '1';

/** The tests of the pure domain alone, for mutation tests: no Postgres, no build, one seed. */
module.exports = { ...config, roots: ['<rootDir>/libs/purchase', '<rootDir>/test/stored-events'] };
