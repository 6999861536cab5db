import { defaultMetadataStorage } from 'class-transformer/cjs/storage';
import { targetConstructorToSchema, validationMetadatasToSchemas } from 'class-validator-jsonschema';

/** The subset of JSON Schema that the DTOs use. */
export interface Schema {
  $ref?: string;
  type?: 'object' | 'array' | 'string' | 'number' | 'integer' | 'boolean';
  properties?: Record<string, Schema>;
  required?: readonly string[];
  additionalProperties?: false;
  items?: Schema;
  enum?: readonly unknown[];
  maxItems?: number;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
  /** A key of FORMATS. */
  format?: string;
  pattern?: string;
}

export type Dto<T extends object = object> = new () => T;

const OPTIONS = { classTransformerMetadataStorage: defaultMetadataStorage };

/** Forbids undeclared properties. */
const closed = (schema: object): Schema => ({ ...schema, additionalProperties: false });

/** The schemas of all DTOs by class name; references are `prefix` followed by the name. */
export function bodySchemas(prefix = '#/components/schemas/'): Record<string, Schema> {
  const schemas = validationMetadatasToSchemas({ ...OPTIONS, refPointerPrefix: prefix });
  return Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [name, closed(schema)]));
}

/** The schema of one DTO, with the other DTOs as definitions. */
export function bodySchema(target: Dto): Schema & { definitions: Record<string, Schema> } {
  const prefix = '#/definitions/';
  const schema = targetConstructorToSchema(target, { ...OPTIONS, refPointerPrefix: prefix });
  return { ...closed(schema), definitions: bodySchemas(prefix) };
}
