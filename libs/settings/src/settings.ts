import 'reflect-metadata';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { plainToInstance } from 'class-transformer';
import {
  IsIn,
  IsInt,
  IsNumber,
  IsOptional,
  IsString,
  Matches,
  Max,
  Min,
  MinLength,
  validateSync,
} from 'class-validator';
import { nearestName } from './misspelt';
import { type Setting, SETTINGS } from './setting-table';

/** Settings are invalid or cannot be used. The message has a line for each, with the remedy. */
export class SettingsError extends Error {
  override name = 'SettingsError';
}

const LOG_LEVELS = ['error', 'warn', 'log', 'debug'] as const;

class Variables {
  @IsString()
  @MinLength(1)
  HOST!: string;

  @IsInt()
  @Min(0)
  @Max(65_535)
  PORT!: number;

  @IsString()
  @MinLength(1)
  DATA_DIR!: string;

  @IsOptional()
  @Matches(/^(esdb|eventstore|kurrentdb|kdb)(\+discover)?:\/\/.+/, {
    message: 'EVENTSTORE_URL must begin with esdb://, esdb+discover://, kurrentdb:// or kurrentdb+discover://',
  })
  EVENTSTORE_URL?: string;

  @IsOptional()
  @Matches(/^postgres(ql)?:\/\/.+/, { message: 'DATABASE_URL must begin with postgres://' })
  DATABASE_URL?: string;

  @IsOptional()
  @MinLength(32, { each: true, message: 'TOKEN_SECRET must have 32 characters or more' })
  TOKEN_SECRET?: string[];

  @IsIn(['inside', 'none'])
  PROJECTOR!: 'inside' | 'none';

  @IsOptional()
  @IsIn(['true', 'false'], { message: 'DEMO_SITE must be true or false' })
  DEMO_SITE?: 'true' | 'false';

  @IsInt()
  @Min(1_024)
  BODY_LIMIT!: number;

  @IsInt()
  @Min(1)
  @Max(3_600)
  REQUEST_TIMEOUT!: number;

  @IsInt()
  @Min(65_536)
  LARGE_BODIES!: number;

  @IsInt()
  @Min(1_048_576)
  UNREAD_ANSWERS!: number;

  @IsInt()
  @Min(1)
  MAX_REQUESTS!: number;

  @IsInt()
  @Min(0)
  TOKEN_RATE_PER_ADDRESS!: number;

  @IsInt()
  @Min(0)
  TOKEN_RATE_PER_CLIENT!: number;

  @IsInt()
  @Min(0)
  CREDENTIAL_RATE!: number;

  @IsOptional()
  @Matches(/^[0-9A-Fa-f.:/]+$/, { each: true, message: 'TRUST_PROXY must be addresses or networks' })
  TRUST_PROXY?: string[];

  @IsInt()
  @Min(1)
  MAX_LAG_SECONDS!: number;

  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(65_535)
  METRICS_PORT?: number;

  @IsOptional()
  @Matches(/^https?:\/\/.+/, { message: 'OTEL_EXPORTER_OTLP_ENDPOINT must begin with http:// or https://' })
  OTEL_EXPORTER_OTLP_ENDPOINT?: string;

  @IsNumber()
  @Min(0)
  @Max(1)
  OTEL_TRACES_SAMPLER_ARG!: number;

  @IsInt()
  @Min(0)
  CACHE_BYTES!: number;

  @IsIn(LOG_LEVELS)
  LOG_LEVEL!: (typeof LOG_LEVELS)[number];
}

export interface Settings {
  host: string;
  port: number;
  /** Absolute. */
  dataDir: string;
  eventStoreUrl?: string;
  databaseUrl?: string;
  /** The first one signs, all are accepted. Empty: a random secret is generated at start. */
  tokenSecrets: readonly string[];
  projector: 'inside' | 'none';
  /** Undefined: depends on the stores and the host. */
  demoSite?: boolean;
  /** Bytes. */
  bodyLimit: number;
  /** Milliseconds, for the headers and for the body. */
  requestTimeout: number;
  /** Bytes. */
  largeBodies: number;
  /** Bytes. */
  unreadAnswers: number;
  maxRequestsInFlight: number;
  /** Requests per minute; 0: no limit. */
  tokenRatePerAddress: number;
  tokenRatePerClient: number;
  credentialRate: number;
  trustProxy?: string[];
  maxLagSeconds: number;
  /** 0: any free port; undefined: no metrics. */
  metricsPort?: number;
  /** Undefined: no traces. */
  traces?: { endpoint: string; /** From 0 to 1. */ ratio: number };
  cacheBytes: number;
  logLevel: (typeof LOG_LEVELS)[number];
}

type Environment = Record<string, string | undefined>;

function valueOf({ name, type, default: fallback }: Setting, env: Environment): unknown {
  const value = env[name]?.trim() || fallback;
  if (value === '') return undefined;
  if (type === 'list') return value.split(',').map((each) => each.trim());
  return type === 'number' ? Number(value) : value;
}

/** Loads `.env` from the working folder, if it exists. Existing variables take precedence. */
export function loadEnvFile(): void {
  if (existsSync('.env')) process.loadEnvFile('.env');
}

const NAMES = SETTINGS.map(({ name }) => name);

/** Warnings for variables whose name resembles an unset setting. */
export function misspeltSettings(env: Environment = process.env): string[] {
  return Object.keys(env).flatMap((name) => {
    if ((NAMES as readonly string[]).includes(name)) return [];
    const meant = nearestName(name, NAMES);
    return meant === undefined || env[meant] !== undefined ? [] : [`${name} is no setting: did you mean ${meant}?`];
  });
}

/** Reads and checks the settings. @throws SettingsError with all invalid variables */
export function loadSettings(env: Environment = process.env): Settings {
  const variables = plainToInstance(
    Variables,
    Object.fromEntries(SETTINGS.map((each) => [each.name, valueOf(each, env)])),
  );
  const problems = validateSync(variables).flatMap(({ constraints }) => Object.values(constraints ?? {}).slice(-1));
  if (problems.length > 0) throw new SettingsError(problems.map((problem) => `setting ${problem}`).join('\n'));
  return {
    host: variables.HOST,
    port: variables.PORT,
    dataDir: resolve(variables.DATA_DIR),
    // The client only accepts the EventStoreDB scheme; KurrentDB uses the same protocol.
    eventStoreUrl: variables.EVENTSTORE_URL?.replace(/^(eventstore|kurrentdb|kdb)\b/, 'esdb'),
    databaseUrl: variables.DATABASE_URL,
    tokenSecrets: variables.TOKEN_SECRET ?? [],
    projector: variables.PROJECTOR,
    demoSite: variables.DEMO_SITE === undefined ? undefined : variables.DEMO_SITE === 'true',
    bodyLimit: variables.BODY_LIMIT,
    requestTimeout: variables.REQUEST_TIMEOUT * 1000,
    largeBodies: variables.LARGE_BODIES,
    unreadAnswers: variables.UNREAD_ANSWERS,
    maxRequestsInFlight: variables.MAX_REQUESTS,
    tokenRatePerAddress: variables.TOKEN_RATE_PER_ADDRESS,
    tokenRatePerClient: variables.TOKEN_RATE_PER_CLIENT,
    credentialRate: variables.CREDENTIAL_RATE,
    trustProxy: variables.TRUST_PROXY,
    maxLagSeconds: variables.MAX_LAG_SECONDS,
    metricsPort: variables.METRICS_PORT,
    traces:
      variables.OTEL_EXPORTER_OTLP_ENDPOINT === undefined
        ? undefined
        : { endpoint: variables.OTEL_EXPORTER_OTLP_ENDPOINT, ratio: variables.OTEL_TRACES_SAMPLER_ARG },
    cacheBytes: variables.CACHE_BYTES,
    logLevel: variables.LOG_LEVEL,
  };
}

/** Parses the value of a setting. @throws SettingsError that names the setting and an example, without the value */
export function parseSetting<T>(name: string, example: string, parse: () => T): T {
  try {
    return parse();
  } catch {
    throw new SettingsError(`setting ${name} cannot be understood: it is written like ${example}`);
  }
}
