import { createLog, describeError, type Log } from './http/log';

/**
 * True for a harmless error of the event store client: when the server responds to an append twice, the client throws on the second response,
 * outside of any promise.
 */
const isLateReply = (error: unknown): boolean =>
  error instanceof TypeError && /@eventstore[\\/]db-client[\\/].*batchAppend/s.test(error.stack ?? '');

/**
 * Handles uncaught exceptions and unhandled rejections: logs one line and shuts the process down, because its state is unknown.
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
