import { compileReader, type Reader } from './body-reader';
import { type BodyErrors, BodyReport, StopReading } from './body-report';
import type { Dto } from './body-schema';
import { RULES } from './value-rules';

export type ReadResult<T> = { ok: true; value: T } | ({ ok: false } & BodyErrors);

const readers = new Map<Dto, Reader>();

function readerOf(target: Dto): Reader {
  const known = readers.get(target);
  if (known !== undefined) return known;
  const reader = compileReader(target, RULES);
  readers.set(target, reader);
  return reader;
}

/**
 * Reads a body as declared by its DTO and reports all errors, up to MAX_ERRORS. Calculated values are ignored; with `strict` they are errors
 * (RFC 7240, `Prefer: handling=strict`). Linear in the size of the body.
 */
export function readBody<T extends object>(
  target: Dto<T>,
  body: unknown,
  { strict, currency }: { strict: boolean; currency?: unknown },
): ReadResult<T> {
  const report = new BodyReport(strict, currency);
  let value: unknown;
  try {
    value = readerOf(target)(body, report);
  } catch (error) {
    if (!(error instanceof StopReading)) throw error;
  }
  const { errors, hasMore } = report;
  return errors.length > 0 ? { ok: false, errors, hasMore } : { ok: true, value: value as T };
}
