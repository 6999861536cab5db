import { account } from './cases/account';
import { activity } from './cases/activity';
import { appearance } from './cases/appearance';
import { asOf } from './cases/as-of';
import { connection } from './cases/connection';
import { dryRun } from './cases/dry-run';
import { figures } from './cases/figures';
import { hostileText } from './cases/hostile-text';
import { operations } from './cases/operations';
import { purchase } from './cases/purchase';
import { purchases } from './cases/purchases';
import { signIn } from './cases/sign-in';
import { ConsoleUnderTest } from './console-under-test';
import { storeDemoData } from './demo-data';

/** The console in a real Chromium against the real service. Every case uses the same browser, service and data. */
describe('the console', () => {
  let service: ConsoleUnderTest;
  const get = (): ConsoleUnderTest => service;

  beforeAll(async () => {
    service = await ConsoleUnderTest.start();
    await storeDemoData(service);
    await service.untilListed();
  }, 120_000);
  afterEach(() => service.closePages());
  afterAll(() => service.stop());

  signIn(get);
  purchases(get);
  purchase(get);
  dryRun(get);
  account(get);
  activity(get);
  appearance(get);
  operations(get);
  figures(get);
  asOf(get);
  hostileText(get);
  connection(get);
});
