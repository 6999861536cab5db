import { ApiClient } from '../api-client';
import { sendPlan } from './import-file';
import { ImportPlanner } from './plan-import';

describe('sending a plan', () => {
  it('starts no more work at once than there are orders', async () => {
    const api = new ApiClient({ url: 'http://127.0.0.1', site: 's', clientId: 'c', clientSecret: 'x' });
    const progress = { at: () => {}, end: () => {} };
    await expect(sendPlan(new ImportPlanner().plan(), api, 2 ** 33, progress)).resolves.toMatchObject({ payable: 0 });
  });
});
