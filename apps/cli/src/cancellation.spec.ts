import { EventEmitter } from 'node:events';
import { Cancelled, cancellable, untilCancelled } from './cancellation';
import { showProgress } from './progress';

const SHOW_CURSOR = '\x1b[?25h';

describe('a command that can be cancelled', () => {
  afterEach(() => jest.restoreAllMocks());

  it('ends with its message and the exit code of the signal', async () => {
    for (const [signal, exitCode] of [
      ['SIGINT', 130],
      ['SIGTERM', 143],
    ] as const) {
      const signals = new EventEmitter();
      const ended = cancellable(
        'cancelled; nothing is left',
        (cancel) => untilCancelled(cancel, new Promise(() => {})),
        signals,
      );
      signals.emit(signal, signal);
      await expect(ended).rejects.toMatchObject({ message: 'cancelled; nothing is left', exitCode });
      await expect(ended).rejects.toThrow(Cancelled);
    }
  });

  it('ends at once at a second signal, but not at a duplicate of the first', async () => {
    const exit = jest.spyOn(process, 'exit').mockImplementation((() => {}) as () => never);
    const now = jest.spyOn(Date, 'now').mockReturnValue(0);
    const signals = new EventEmitter();
    let finish = (): void => {};
    const ended = cancellable('cancelled', () => new Promise<void>((done) => (finish = done)), signals);
    signals.emit('SIGINT', 'SIGINT');
    signals.emit('SIGINT', 'SIGINT');
    expect(exit).not.toHaveBeenCalled();
    now.mockReturnValue(2_000);
    signals.emit('SIGTERM', 'SIGTERM');
    expect(exit).toHaveBeenCalledWith(143);
    finish();
    await ended;
  });

  it('shows the cursor of the terminal again when it is cancelled', () => {
    const isTTY = [process.stdout.isTTY, process.stderr.isTTY] as const;
    let written = '';
    jest.spyOn(process.stderr, 'write').mockImplementation((text) => {
      written += String(text);
      return true;
    });
    [process.stdout.isTTY, process.stderr.isTTY] = [true, true];
    const cancel = new AbortController();
    const progress = showProgress('rebuild', cancel.signal);
    expect(written).not.toContain(SHOW_CURSOR);
    cancel.abort();
    expect(written).toContain(SHOW_CURSOR);
    const length = written.length;
    progress.at(0.5, 'more');
    progress.end();
    [process.stdout.isTTY, process.stderr.isTTY] = isTTY;
    expect(written).toHaveLength(length);
  });
});
