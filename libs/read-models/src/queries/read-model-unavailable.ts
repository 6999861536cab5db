/** Postgres has not responded since this process started. */
export class ReadModelUnavailable extends Error {
  override name = 'ReadModelUnavailable';
}
