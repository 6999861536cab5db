import type { SchemaObject } from '@nestjs/swagger/dist/interfaces/open-api-spec.interface';
import { readInstant } from '@app/purchase/time';
import { SCOPES, type Scope } from '@app/sites/sites';
import { Problem, type ProblemError } from '../http/problems/problem';

/** The properties of a credential to be issued. */
export interface NewCredential {
  scopes?: readonly Scope[];
  label?: string;
  expiresAt?: string;
}

const MAX_LABEL_LENGTH = 100;
const LONGEST_GRACE_S = 604_800;

export const NEW_CREDENTIAL: SchemaObject = {
  type: 'object',
  additionalProperties: false,
  properties: {
    scopes: { type: 'array', minItems: 1, items: { type: 'string', enum: [...SCOPES] }, description: 'default: all' },
    label: { type: 'string', minLength: 1, maxLength: MAX_LABEL_LENGTH, example: 'ERP connector' },
    expires_at: { type: 'string', format: 'date-time', description: 'in the future; default: never' },
  },
};

export const ROTATION: SchemaObject = {
  type: 'object',
  additionalProperties: false,
  properties: {
    grace_seconds: {
      type: 'integer',
      minimum: 0,
      maximum: LONGEST_GRACE_S,
      default: 0,
      description: 'seconds for which the previous secret stays valid',
    },
  },
};

type Reader = (value: unknown) => string | undefined;

const isScope = (value: unknown): value is Scope => (SCOPES as readonly unknown[]).includes(value);

/** The error of each member; undefined: valid. */
const CREDENTIAL_MEMBERS: Record<string, Reader> = {
  scopes: (value) =>
    Array.isArray(value) && value.length > 0 && value.length <= SCOPES.length && value.every(isScope)
      ? undefined
      : `must be some of ${SCOPES.join(', ')}`,
  label: (value) =>
    typeof value === 'string' &&
    value.trim() !== '' &&
    value.length <= MAX_LABEL_LENGTH &&
    !/[\p{Cc}\p{Cs}]/u.test(value)
      ? undefined
      : `must be 1 to ${MAX_LABEL_LENGTH} characters, none of them a control character`,
  expires_at: (value) =>
    typeof value === 'string' && readInstant(value).ok && Date.parse(value) > Date.now()
      ? undefined
      : 'must be a time in the future with its offset, such as 2027-01-31T12:00:00Z',
};

const ROTATION_MEMBERS: Record<string, Reader> = {
  grace_seconds: (value) =>
    Number.isSafeInteger(value) && Number(value) >= 0 && Number(value) <= LONGEST_GRACE_S
      ? undefined
      : `must be a whole number of seconds, ${LONGEST_GRACE_S} at most`,
};

/** Reads each member of a body with its reader. An absent body counts as empty. @throws Problem invalid-body */
function readMembers(body: unknown, members: Record<string, Reader>): Record<string, unknown> {
  if (body === undefined || body === null) return {};
  if (typeof body !== 'object' || Array.isArray(body))
    throw new Problem('invalid-body', 'the body must be a JSON object', {
      errors: [{ code: 'wrong-type', message: 'must be an object', property: '' }],
    });
  const errors = Object.entries(body).flatMap(([name, value]): ProblemError[] => {
    const property = `/${name.replaceAll('~', '~0').replaceAll('/', '~1').slice(0, 100)}`;
    if (!Object.hasOwn(members, name)) return [{ code: 'unknown-property', message: 'is not known', property }];
    const message = members[name]?.(value);
    return message === undefined ? [] : [{ code: 'wrong-value', message, property }];
  });
  if (errors.length > 0)
    throw new Problem('invalid-body', 'the body has wrong values', { errors: errors.slice(0, 100) });
  return body as Record<string, unknown>;
}

/** @throws Problem invalid-body with an error for each invalid member */
export function readNewCredential(body: unknown): NewCredential {
  const { scopes, label, expires_at } = readMembers(body, CREDENTIAL_MEMBERS) as {
    scopes?: Scope[];
    label?: string;
    expires_at?: string;
  };
  return {
    ...(scopes !== undefined && { scopes: SCOPES.filter((scope) => scopes.includes(scope)) }),
    ...(label !== undefined && { label: label.trim() }),
    ...(expires_at !== undefined && { expiresAt: new Date(expires_at).toISOString() }),
  };
}

/** Seconds for which the previous secret stays valid. @throws Problem invalid-body */
export function readRotation(body: unknown): number {
  const { grace_seconds = 0 } = readMembers(body, ROTATION_MEMBERS) as { grace_seconds?: number };
  return grace_seconds;
}
