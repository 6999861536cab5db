import 'reflect-metadata';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { plainToInstance } from 'class-transformer';
import { IsIn, IsInt, IsOptional, IsString, Matches, Max, Min, MinLength, validateSync } from 'class-validator';
import { nearestName } from './misspelt';

/** Bad environment variables, all of them, one a line. */
export class SettingsError extends Error {
  override name = 'SettingsError';
}

const LOG_LEVELS = ['error', 'warn', 'log', 'debug'] as const;

/** What the service is told from outside. The one list: it is checked, documented (docs/configuration.md) and read here. */
export const SETTINGS = [
  { name: 'HOST', default: '127.0.0.1', meaning: 'address that the API listens on' },
  { name: 'PORT', default: '3000', meaning: 'port that the API listens on' },
  { name: 'DATA_DIR', default: './.data', meaning: 'folder of the embedded servers and of `demo.json`' },
  {
    name: 'EVENTSTORE_URL',
    default: '',
    meaning: 'connection string of an EventStoreDB or KurrentDB; without it the embedded node starts',
  },
  { name: 'DATABASE_URL', default: '', meaning: 'connection string of a Postgres; without it the embedded one starts' },
  {
    name: 'TOKEN_SECRET',
    default: '',
    meaning:
      'signs access tokens, 32 characters or more; without it a random one is made at each start. Needed where more than one API runs',
  },
  {
    name: 'PROJECTOR',
    default: 'inside',
    meaning: '`inside`: the API projects the read models itself; `none`: `npm run start:projector` does',
  },
  {
    name: 'DEMO_SITE',
    default: '',
    meaning:
      '`true` or `false`: whether a site `demo` with a credential of every scope is kept in `DATA_DIR/demo.json`; by default only when both stores are embedded and HOST is a loopback address',
  },
  { name: 'BODY_LIMIT', default: '1048576', meaning: 'largest request body, in bytes, compressed or not' },
  { name: 'INFLATED_BODY_LIMIT', default: '8388608', meaning: 'largest request body once inflated, in bytes' },
  {
    name: 'MAX_LAG_SECONDS',
    default: '30',
    meaning: '`/health/ready` says 503 while the read model is further behind the history, in seconds',
  },
  { name: 'CACHE_BYTES', default: '67108864', meaning: 'memory for loaded purchases, in bytes; 0 keeps none' },
  {
    name: 'LOG_LEVEL',
    default: 'warn',
    meaning: 'least serious log line that is written: `error`, `warn`, `log` or `debug`',
  },
] as const;

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
  @MinLength(32)
  TOKEN_SECRET?: string;

  @IsIn(['inside', 'none'])
  PROJECTOR!: 'inside' | 'none';

  @IsOptional()
  @IsIn(['true', 'false'], { message: 'DEMO_SITE must be true or false' })
  DEMO_SITE?: 'true' | 'false';

  @IsInt()
  @Min(1_024)
  BODY_LIMIT!: number;

  @IsInt()
  @Min(1_024)
  INFLATED_BODY_LIMIT!: number;

  @IsInt()
  @Min(1)
  MAX_LAG_SECONDS!: number;

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
  tokenSecret?: string;
  projector: 'inside' | 'none';
  /** Undefined: it depends on the stores and the host. */
  demoSite?: boolean;
  bodyLimit: number;
  inflatedBodyLimit: number;
  maxLagSeconds: number;
  cacheBytes: number;
  logLevel: (typeof LOG_LEVELS)[number];
}

type Environment = Record<string, string | undefined>;

const NUMBERS: ReadonlySet<string> = new Set([
  'PORT',
  'BODY_LIMIT',
  'INFLATED_BODY_LIMIT',
  'MAX_LAG_SECONDS',
  'CACHE_BYTES',
]);

function valueOf({ name, default: fallback }: (typeof SETTINGS)[number], env: Environment): unknown {
  const value = env[name]?.trim() || fallback;
  if (value === '') return undefined;
  return NUMBERS.has(name) ? Number(value) : value;
}

/** Reads `.env` of the working folder, where there is one; what the environment says already stays. */
export function loadEnvFile(): void {
  if (existsSync('.env')) process.loadEnvFile('.env');
}

const NAMES = SETTINGS.map(({ name }) => name);

/** A warning for each variable whose name is nearly that of a setting that is not set. */
export function misspeltSettings(env: Environment = process.env): string[] {
  return Object.keys(env).flatMap((name) => {
    if ((NAMES as readonly string[]).includes(name)) return [];
    const meant = nearestName(name, NAMES);
    return meant === undefined || env[meant] !== undefined ? [] : [`${name} is no setting: did you mean ${meant}?`];
  });
}

/** The settings of an environment. @throws SettingsError naming every wrong variable */
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
    // The client knows the scheme of EventStoreDB only; KurrentDB is reached by the same protocol.
    eventStoreUrl: variables.EVENTSTORE_URL?.replace(/^(eventstore|kurrentdb|kdb)\b/, 'esdb'),
    databaseUrl: variables.DATABASE_URL,
    tokenSecret: variables.TOKEN_SECRET,
    projector: variables.PROJECTOR,
    demoSite: variables.DEMO_SITE === undefined ? undefined : variables.DEMO_SITE === 'true',
    bodyLimit: variables.BODY_LIMIT,
    inflatedBodyLimit: variables.INFLATED_BODY_LIMIT,
    maxLagSeconds: variables.MAX_LAG_SECONDS,
    cacheBytes: variables.CACHE_BYTES,
    logLevel: variables.LOG_LEVEL,
  };
}
