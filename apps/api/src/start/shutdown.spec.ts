import { Shutdown } from './shutdown';

describe('a shutdown', () => {
  afterEach(() => jest.restoreAllMocks());

  it('lets components end although it is asked for again, here by further unexpected errors', async () => {
    const steps: string[] = [];
    jest.spyOn(process, 'exit').mockImplementation((code) => void steps.push(`exit ${code}`) as never);
    const shutdown = new Shutdown();
    shutdown.add(async () => {
      await new Promise((done) => setTimeout(done, 50));
      steps.push('ended');
    });
    await Promise.all([shutdown.stop(1), shutdown.stop(1)]);
    expect(steps).toEqual(['ended', 'exit 1']);
  });
});
