import Ajv, { type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import { defaultMetadataStorage } from 'class-transformer/cjs/storage';
import { targetConstructorToSchema, validationMetadatasToSchemas } from 'class-validator-jsonschema';
import { PurchaseDto } from './purchase-dto';

type Schema = Record<string, unknown>;

const OPTIONS = { classTransformerMetadataStorage: defaultMetadataStorage, refPointerPrefix: '#/definitions/' };

/** No class takes a property that it does not name. */
const closed = (schema: Schema): Schema => ({ ...schema, additionalProperties: false });

/** What class-validator holds of a class and all classes below it, as JSON Schema. */
export function bodySchema(target: new () => object): Schema {
  const schemas = validationMetadatasToSchemas(OPTIONS) as Record<string, Schema>;
  const definitions = Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [name, closed(schema)]));
  return { ...closed(targetConstructorToSchema(target, OPTIONS) as Schema), definitions };
}

/** All classes of the body for the description of the API. */
export function bodySchemas(): Record<string, Schema> {
  const schemas = validationMetadatasToSchemas({ ...OPTIONS, refPointerPrefix: '#/components/schemas/' }) as Record<
    string,
    Schema
  >;
  return Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [name, closed(schema)]));
}

/**
 * class-validator's rules compiled once: it would interpret them anew for every body, which takes some fifty times as long. A differential
 * test holds that both say the same.
 */
function compile(target: new () => object): ValidateFunction {
  const ajv = new Ajv({ allErrors: false, strict: false });
  addFormats(ajv);
  return ajv.compile(bodySchema(target));
}

let compiled: ValidateFunction | undefined;

/** True for a body whose shape is right. */
export function acceptsBody(body: unknown): body is PurchaseDto {
  compiled ??= compile(PurchaseDto);
  return compiled(body);
}
