import { showProgress } from './progress';

describe('the progress of a command', () => {
  const isTTY = process.stdout.isTTY;
  beforeEach(() => (process.stdout.isTTY = false));
  afterEach(() => {
    process.stdout.isTTY = isTTY;
    jest.restoreAllMocks();
  });

  it('estimates the remaining time from what was done since the first report of a share', () => {
    const lines: string[] = [];
    jest.spyOn(console, 'log').mockImplementation((line) => lines.push(String(line)));
    const now = jest.spyOn(Date, 'now');
    const progress = showProgress('verify');
    for (const [seconds, share, detail] of [
      [10, 0, 'reading'],
      [1_000, 0.6, '6 purchases'],
      [1_010, 0.8, '8 purchases'],
      [1_020, 1, '10 purchases'],
    ] as const) {
      now.mockReturnValue(seconds * 1_000);
      progress.at(share, detail);
    }
    expect(lines).toEqual([
      'verify 0 % reading',
      'verify 60 % 6 purchases',
      'verify 80 % 8 purchases, 10 s left',
      'verify 100 % 10 purchases',
    ]);
  });
});
