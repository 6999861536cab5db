import type { LoggerService } from '@nestjs/common';
import { pino, type DestinationStream, type Logger } from 'pino';
import type { Settings } from '@app/settings/settings';

export type Log = Logger;

const LEVELS = { error: 'error', warn: 'warn', log: 'info', debug: 'debug' } as const;

interface Line {
  time: string;
  level: string;
  msg?: string;
  [name: string]: unknown;
}

/** A log line for a terminal: time, level of a warning or worse, message, other fields. */
function readable({ time, level, msg = '', ...rest }: Line): string {
  const values = Object.entries(rest).filter(([, value]) => value !== undefined && typeof value !== 'object');
  return [
    `  ${time.slice(11, 19)}`,
    ...(level === 'info' || level === 'debug' ? [] : [level.toUpperCase()]),
    msg,
    ...values.map(([name, value]) => `${name}=${String(value)}`),
  ].join(' ');
}

const forPeople: DestinationStream = {
  write: (line) => process.stdout.write(`${readable(JSON.parse(line) as Line)}\n`),
};

/** Creates the log: one line per entry on stdout, JSON unless stdout is a terminal. */
export function createLog(level: Settings['logLevel'], destination?: DestinationStream): Log {
  const options = {
    level: LEVELS[level],
    base: undefined,
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (label: string) => ({ level: label }) },
  };
  return pino(options, destination ?? (process.stdout.isTTY ? forPeople : pino.destination({ dest: 1, sync: true })));
}

/** Writes Nest's own messages to the log, without those that Nest logs at every start. */
export class NestLog implements LoggerService {
  constructor(private readonly target: Log) {}

  log = (message: unknown): void => this.target.debug(String(message));
  debug = (message: unknown): void => this.target.debug(String(message));
  warn = (message: unknown): void => this.target.warn(String(message));
  error = (message: unknown, stack?: unknown): void =>
    this.target.error({ stack: typeof stack === 'string' ? stack : undefined }, String(message));
}

/** Describes an error for the log. Leaves out messages of Postgres and of JSON parsers, which quote values that may be personal data. */
export function describeError(thrown: unknown): object {
  if (!(thrown instanceof Error)) return { error: typeof thrown };
  const { name, message, stack = '', code } = thrown as Error & { code?: unknown };
  const quotesValues = typeof code === 'string' || thrown instanceof SyntaxError;
  const frames = stack.split('\n').filter((line) => /^\s+at /.test(line));
  return { error: name, code, message: quotesValues ? undefined : message, stack: frames.join('\n') };
}
