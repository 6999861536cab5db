import { applyDecorators } from '@nestjs/common';
import { ApiBody, ApiConsumes, ApiExtension, ApiOperation, ApiResponse } from '@nestjs/swagger';
import type { ProblemCode } from '../problems/problem';
import type { ResponseHeader } from './headers';
import { refTo, type SchemaName } from './schemas';

/** What a route answers when it does what it was asked for. */
export interface Answer {
  description: string;
  /** Absent: the answer has no body. Several: one of them. */
  schema?: SchemaName | readonly SchemaName[];
  /** The body is an array of `schema`. */
  isList?: boolean;
  headers?: readonly ResponseHeader[];
  /** Another media type that the answer can have: text of this form. */
  alsoAs?: string;
}

export interface RouteDescription {
  /** Name of the operation in generated clients. */
  id: string;
  summary: string;
  description?: string;
  body?: SchemaName;
  /** Of the body and of the answers; JSON where it is not named. */
  mediaType?: 'application/json' | 'application/x-ndjson';
  answers: Readonly<Record<number, Answer>>;
  /** Problems beside those that every route of its kind has (document.ts). */
  problems?: readonly ProblemCode[];
}

/** Refusals that any write of a purchase may answer. */
export const REFUSALS_OF_WRITES = [
  'concurrent-update',
  'precondition-failed',
] as const satisfies readonly ProblemCode[];

/** Where the problems of an operation stand until the document is put together. */
export const PROBLEMS_EXTENSION = 'x-problems';

const OPTIONAL_BODIES: ReadonlySet<SchemaName> = new Set(['CredentialBody', 'RotationBody']);

const schemaOf = ({ schema, isList }: Answer): object | undefined => {
  if (schema === undefined) return undefined;
  const one = typeof schema === 'string' ? refTo(schema) : { oneOf: schema.map(refTo) };
  return isList === true ? { type: 'array', items: one } : one;
};

function answerDecorator(status: string, answer: Answer, mediaType: string): MethodDecorator {
  const schema = schemaOf(answer);
  const headers = (answer.headers ?? []).map((name) => [name, { $ref: `#/components/headers/${name}` }]);
  return ApiResponse({
    status: Number(status),
    description: answer.description,
    ...(schema !== undefined && {
      content: {
        [mediaType]: { schema },
        ...(answer.alsoAs !== undefined && { [answer.alsoAs]: { schema: { type: 'string' } } }),
      },
    }),
    headers: Object.fromEntries(headers) as Record<string, never>,
  });
}

/** Describes a route for the OpenAPI document. Its query parameters are described where they are declared. */
export const Describe = ({
  id,
  summary,
  description,
  body,
  answers,
  problems = [],
  mediaType = 'application/json',
}: RouteDescription): MethodDecorator =>
  applyDecorators(
    ApiOperation({ operationId: id, summary, description }),
    ...(body === undefined ? [] : [ApiBody({ schema: refTo(body), required: !OPTIONAL_BODIES.has(body) })]),
    ...Object.entries(answers).map(([status, answer]) => answerDecorator(status, answer, mediaType)),
    ...(mediaType === 'application/json' ? [] : [ApiConsumes(mediaType)]),
    ApiExtension(PROBLEMS_EXTENSION, problems),
  );
