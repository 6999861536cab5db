/** The service cannot start. The message is one line with the cause and the remedy. */
export class StartError extends Error {
  override name = 'StartError';
}
