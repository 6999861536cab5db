/** Why the service does not start, and what to do about it, in one line. */
export class StartError extends Error {
  override name = 'StartError';
}
