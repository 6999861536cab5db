import { plainToInstance } from 'class-transformer';
import { validateSync, type ValidationError } from 'class-validator';
import { type BodyError, pointer } from './body-error';
import { PurchaseDto } from './purchase-dto';

/** class-validator's constraint → our code; the first that failed is told, for the others follow from it. */
const CODES: readonly (readonly [constraint: string, code: string])[] = [
  ['whitelistValidation', 'unknown-property'],
  ['isDefined', 'required'],
  ['isArray', 'wrong-type'],
  ['isObject', 'wrong-type'],
  ['nestedValidation', 'wrong-type'],
  ['isString', 'wrong-type'],
  ['isNumber', 'wrong-type'],
  ['isBoolean', 'wrong-type'],
  ['isInt', 'not-a-whole-number'],
  ['isIn', 'not-one-of'],
  ['matches', 'wrong-format'],
  ['maxLength', 'too-long'],
  ['arrayMaxSize', 'too-many'],
  ['min', 'too-small'],
  ['max', 'too-large'],
];

function own({ constraints = {}, property }: ValidationError, at: string): BodyError[] {
  const found = CODES.find(([constraint]) => constraint in constraints);
  if (found === undefined)
    return Object.values(constraints)
      .slice(0, 1)
      .map((message) => ({ code: 'wrong-value', message, property: at }));
  const [constraint, code] = found;
  const message = constraint === 'isDefined' ? `${property} is missing` : (constraints[constraint] ?? code);
  return [{ code, message, property: at }];
}

function flatten(error: ValidationError, parent: string): BodyError[] {
  const at = pointer(parent, error.property);
  return [...own(error, at), ...(error.children ?? []).flatMap((child) => flatten(child, at))];
}

/** Every value whose shape is wrong, by class-validator itself. */
export function explainBody(body: unknown, target: new () => object = PurchaseDto): BodyError[] {
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    return [{ code: 'wrong-type', message: 'the body must be a JSON object', property: '' }];
  const instance = plainToInstance(target, body);
  return validateSync(instance, { whitelist: true, forbidNonWhitelisted: true }).flatMap((error) => flatten(error, ''));
}
