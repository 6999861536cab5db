/** Postgres has not answered since this process began. */
export class ReadModelUnavailable extends Error {
  override name = 'ReadModelUnavailable';
}
