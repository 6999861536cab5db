/** A schema as written in the OpenAPI document. */
export type JsonSchema = Record<string, unknown>;

export const refTo = (name: string): { $ref: string } => ({ $ref: `#/components/schemas/${name}` });

export const text = { type: 'string' };
export const time = { type: 'string', format: 'date-time' };
export const uuid = { type: 'string', format: 'uuid' };
export const whole = { type: 'integer', minimum: 0 };
export const amount = { type: 'number', minimum: 0 };
export const money = refTo('Money');
export const anything = { type: 'object', additionalProperties: true };

/** An object without other properties; by default all are required. */
export const object = (properties: JsonSchema, required: readonly string[] = Object.keys(properties)): JsonSchema => ({
  type: 'object',
  properties,
  required: [...required].sort(),
  additionalProperties: false,
});
