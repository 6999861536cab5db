// Runs the tests of the domain in the Stryker process: a mutant takes milliseconds, a run of Jest seconds. The specs are loaded once, with `expect`
// of Jest and with a `describe` and `it` that only collect the tests. For a mutant in code that runs at import, they are loaded again.
import { createRequire, Module } from 'node:module';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { declareClassPlugin, PluginKind } from '@stryker-mutator/api/plugin';
import { DryRunStatus, MutantRunStatus, TestStatus } from '@stryker-mutator/api/test-runner';
import swc from '@swc/core';
import { expect } from 'expect';
import { bind } from 'jest-each';

const SPECS = './test/mutation/specs.ts';
/** The global object that the instrumented code reads, and to which it writes its coverage. */
const stryker = (globalThis.__stryker__ ??= {});

/** Makes `require` compile TypeScript of the sandbox with the options of the build, and resolve the aliases of tsconfig. */
function hookTypeScript(root) {
  const options = createRequire(join(root, 'package.json'))('./tools/swc-options.cjs');
  const compiled = new Map();
  Module._extensions['.ts'] = (module, filename) => {
    if (!compiled.has(filename)) {
      const source = readFileSync(filename, 'utf8');
      compiled.set(filename, swc.transformSync(source, { ...options, sourceMaps: false, filename }).code);
    }
    module._compile(compiled.get(filename), filename);
  };
  const resolve = Module._resolveFilename;
  Module._resolveFilename = function (request, ...rest) {
    const [, lib, path] = /^@app\/([^/]+)\/(.*)$/.exec(request) ?? [];
    return resolve.call(this, lib === undefined ? request : join(root, 'libs', lib, 'src', path), ...rest);
  };
}

/** Loads the specs again and returns their tests by full name; a repeated name gets a number. */
function collectTests(root) {
  const require = createRequire(join(root, 'package.json'));
  for (const file of Object.keys(require.cache))
    if (file.startsWith(root) && file.endsWith('.ts')) delete require.cache[file];
  const tests = new Map();
  const path = [];
  const it = (name, run) => {
    const id = [...path, name].join(' ');
    let number = 1;
    while (tests.has(number === 1 ? id : `${id} #${number}`)) number++;
    tests.set(number === 1 ? id : `${id} #${number}`, run);
  };
  const describe = (name, specify) => {
    path.push(name);
    specify();
    path.pop();
  };
  it.each = bind(it);
  describe.each = bind(describe);
  Object.assign(globalThis, { it, describe, expect });
  require(SPECS);
  return tests;
}

class DomainTestRunner {
  static inject = [];
  root = process.cwd();
  tests = new Map();
  /** True when the modules were loaded while a mutant was active. */
  isTainted = false;

  capabilities() {
    return { reloadEnvironment: true };
  }

  init() {
    hookTypeScript(this.root);
    this.tests = collectTests(this.root);
  }

  async dryRun() {
    const tests = [];
    for (const [id, run] of this.tests) {
      stryker.currentTestId = id;
      const started = performance.now();
      const failureMessage = await this.failureOf(run);
      const status = failureMessage === undefined ? TestStatus.Success : TestStatus.Failed;
      tests.push({ id, name: id, timeSpentMs: performance.now() - started, status, failureMessage });
    }
    delete stryker.currentTestId;
    return { status: DryRunStatus.Complete, tests, mutantCoverage: stryker.mutantCoverage };
  }

  async mutantRun({ activeMutant, testFilter, hitLimit, mutantActivation }) {
    const isStatic = mutantActivation === 'static';
    Object.assign(stryker, { hitLimit, hitCount: hitLimit === undefined ? undefined : 0 });
    stryker.activeMutant = isStatic ? activeMutant.id : undefined;
    try {
      if (isStatic || this.isTainted) this.tests = collectTests(this.root);
    } catch (error) {
      return this.killed('loading', error, 0);
    } finally {
      this.isTainted = isStatic;
    }
    stryker.activeMutant = activeMutant.id;
    return this.runFor(new Set(testFilter ?? this.tests.keys()));
  }

  async runFor(wanted) {
    let nrOfTests = 0;
    for (const [id, run] of this.tests) {
      if (!wanted.has(id)) continue;
      nrOfTests++;
      const failure = await this.failureOf(run);
      if (stryker.hitCount > stryker.hitLimit) return { status: MutantRunStatus.Timeout, reason: 'hit limit exceeded' };
      if (failure !== undefined) return this.killed(id, failure, nrOfTests);
    }
    return { status: MutantRunStatus.Survived, nrOfTests };
  }

  killed = (id, failure, nrOfTests) => ({
    status: MutantRunStatus.Killed,
    killedBy: [id],
    failureMessage: String(failure),
    nrOfTests,
  });

  async failureOf(run) {
    try {
      await run();
      return undefined;
    } catch (error) {
      return String(error);
    }
  }
}

export const strykerPlugins = [declareClassPlugin(PluginKind.TestRunner, 'domain', DomainTestRunner)];
