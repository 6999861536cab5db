import { applyDecorators } from '@nestjs/common';
import { ApiBody, ApiConsumes, ApiExtension, ApiOperation, ApiResponse } from '@nestjs/swagger';
import type { ProblemCode } from '../problems/problem';
import type { ResponseHeader } from './headers';
import { refTo } from './schema-parts';
import type { SchemaName } from './schemas';

/** The response of a successful call. */
export interface Answer {
  description: string;
  /** Absent: the response has no body. Several: one of them. */
  schema?: SchemaName | readonly SchemaName[];
  /** The body is an array of `schema`. */
  isList?: boolean;
  headers?: readonly ResponseHeader[];
  /** Another media type of the response, as text of this form. */
  alsoAs?: string;
}

export interface RouteDescription {
  /** Name of the operation in generated clients. */
  id: string;
  summary: string;
  description?: string;
  body?: SchemaName;
  /** Media type of the body and of the response; JSON when absent. */
  mediaType?: 'application/json' | 'application/x-ndjson';
  answers: Readonly<Record<number, Answer>>;
  /** Problems in addition to those of all routes of its kind (document.ts). */
  problems?: readonly ProblemCode[];
}

/** Problems of every write of a purchase. */
export const REFUSALS_OF_WRITES = [
  'concurrent-update',
  'precondition-failed',
] as const satisfies readonly ProblemCode[];

/** Metadata key: the problems of an operation, read when the document is created. */
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
