import { createLog, describeError, type Log } from './http/log';

/**
 * True for an error of the event store's client that leaves nothing undone: when the server answers an append twice, the client throws on the
 * second answer, outside of any promise.
 */
const isLateReply = (error: unknown): boolean =>
  error instanceof TypeError && /@eventstore[\\/]db-client[\\/].*batchAppend/s.test(error.stack ?? '');

/**
 * The last resort for errors that nothing caught: they are logged in one line, and the process ends cleanly, with what it started, because
 * its state is unknown.
 */
export function handleUnexpectedErrors(
  end: () => void,
  { target = process, log = createLog('warn') }: { target?: NodeJS.EventEmitter; log?: Log } = {},
): void {
  const handle = (error: unknown): void => {
    if (isLateReply(error)) {
      log.warn(describeError(error), 'the event store answered an append twice');
      return;
    }
    log.fatal(describeError(error), 'unexpected error: the process ends');
    end();
  };
  target.on('uncaughtException', handle).on('unhandledRejection', handle);
}
