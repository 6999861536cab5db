import document from '../../docs/openapi.json';

/** The operations of docs/openapi.json, so that a test covers every route. */

type Schema = Record<string, unknown>;

export interface ParameterObject {
  name: string;
  in: 'path' | 'query' | 'header';
  required?: boolean;
  schema: Schema;
}

export interface ResponseObject {
  headers: Record<string, object>;
  content?: Record<string, { schema: Schema }>;
}

export interface OperationObject {
  operationId: string;
  security: { bearer: [scope: 'read' | 'write' | 'operate'] }[];
  parameters: ParameterObject[];
  requestBody?: { required: boolean; content: Record<string, { schema: Schema }> };
  responses: Record<string, ResponseObject>;
}

export interface Operation extends OperationObject {
  method: 'GET' | 'PUT' | 'POST' | 'DELETE';
  path: string;
}

export const OPERATIONS: readonly Operation[] = Object.entries(
  document.paths as unknown as Record<string, Record<string, OperationObject>>,
).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({
    ...operation,
    method: method.toUpperCase() as Operation['method'],
    path,
    parameters: operation.parameters ?? [],
  })),
);

/** The path of an operation with its parameters filled in. */
export const fill = (path: string, values: Readonly<Record<string, string>>): string =>
  path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(values[name] ?? name));
