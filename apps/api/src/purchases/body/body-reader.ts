import { problemOfText, TEXT_PROBLEMS } from '@app/purchase/text';
import type { BodyReport } from './body-report';
import { bodySchema, type Dto, type Schema } from './body-schema';
import { type Format, FORMATS, isFormat } from './formats';

/**
 * Validates and normalises a value in one pass: reports errors and returns the value as stored, without empty values. Compiled once from the schema
 * of a DTO. This is the only place that decides which bodies are accepted (docs/adr/0035).
 */
export type Reader = (value: unknown, report: BodyReport) => unknown;

/** A rule across several values of one object. `kept` contains the well-formed values, `sent` the raw ones. */
export type Rule = (kept: never, sent: Readonly<Record<string, unknown>>, report: BodyReport) => void;
export type Rules = Readonly<Record<string, Rule>>;

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** True for values that are treated as absent: "", null, [] and {}. */
export function isEmpty(value: unknown): boolean {
  if (value === '' || value === null || value === undefined) return true;
  if (typeof value !== 'object') return false;
  if (Array.isArray(value)) return value.length === 0;
  for (const key in value) if (Object.hasOwn(value, key)) return false;
  return true;
}

/** In code points, as JSON Schema counts. */
const isLongerThan = (text: string, max: number): boolean =>
  text.length > max && (text.length > 2 * max || [...text].length > max);

function textReader({ maxLength = Infinity, format }: Schema): Reader {
  const check: Format | undefined = format !== undefined && isFormat(format) ? FORMATS[format] : undefined;
  return (value, report) => {
    if (typeof value !== 'string') return report.add('wrong-type', 'must be a string');
    if (isLongerThan(value, maxLength)) return report.add('too-long', `must have at most ${maxLength} characters`);
    const problem = problemOfText(value);
    if (problem !== undefined) return report.add(problem, TEXT_PROBLEMS[problem]);
    if (check === undefined) return value;
    const checked = check(value);
    return typeof checked === 'string' ? checked : report.add(checked.code, checked.words);
  };
}

function choiceReader(choices: readonly unknown[]): Reader {
  const words = `must be one of ${choices.join(', ')}`;
  return (value, report) => (choices.includes(value) ? value : report.add('not-one-of', words));
}

const isExact = (value: number): boolean =>
  Number.isFinite(value) && (!Number.isInteger(value) || Number.isSafeInteger(value));
const INEXACT = 'must be a finite number and, where it is whole, between -9007199254740991 and 9007199254740991';

function numberReader({ type, minimum = -Infinity, maximum = Infinity }: Schema): Reader {
  return (value, report) => {
    if (type === 'integer' && !Number.isInteger(value))
      return report.add('not-a-whole-number', 'must be a whole number');
    if (typeof value !== 'number') return report.add('wrong-type', 'must be a number');
    if (value < minimum) return report.add('too-small', `must be at least ${minimum}`);
    if (value > maximum) return report.add('too-large', `must be at most ${maximum}`);
    return isExact(value) ? value : report.add('inexact-number', INEXACT);
  };
}

const readBoolean: Reader = (value, report) =>
  typeof value === 'boolean' ? value : report.add('wrong-type', 'must be true or false');

/** Maximum nesting depth of an opaque value. */
const MAX_OPAQUE_DEPTH = 32;

/** Reads an opaque value, which is stored as sent. Texts, names, numbers, size and depth are still checked. */
function readOpaque(value: unknown, report: BodyReport, depth = 0): unknown {
  if (typeof value === 'string') checkText(value, report);
  if (typeof value === 'number' && !isExact(value)) report.add('inexact-number', INEXACT);
  if (typeof value !== 'object' || value === null) return value;
  if (depth === MAX_OPAQUE_DEPTH) return report.add('too-deep', `is nested more than ${MAX_OPAQUE_DEPTH} levels deep`);
  if (Array.isArray(value)) {
    report.count(value.length);
    for (const [index, child] of value.entries()) readBelow(index, child, report, depth);
    return value;
  }
  const keys = Object.keys(value);
  report.count(keys.length);
  for (const key of keys) readBelow(key, (value as Record<string, unknown>)[key], report, depth);
  return value;
}

function readBelow(key: string | number, value: unknown, report: BodyReport, depth: number): void {
  report.enter(key);
  if (typeof key === 'string') checkText(key, report);
  readOpaque(value, report, depth + 1);
  report.leave();
}

function checkText(text: string, report: BodyReport): void {
  const problem = problemOfText(text);
  if (problem !== undefined) report.add(problem, TEXT_PROBLEMS[problem]);
}

function listReader(readElement: Reader, max: number): Reader {
  return (value, report) => {
    if (!Array.isArray(value)) return report.add('wrong-type', 'must be an array');
    if (value.length > max) return report.add('too-many', `must have at most ${max} entries`);
    report.count(value.length);
    return value.map((each: unknown, index) => readAt(index, each, readElement, report));
  };
}

/** Reads a member or an element. Without a closure, because a body has hundreds of them. */
function readAt(key: string | number, value: unknown, read: Reader, report: BodyReport): unknown {
  report.enter(key);
  const result = read(value, report);
  report.leave();
  return result;
}

interface Member {
  read: Reader;
  isRequired: boolean;
}

function reportUnknown(key: string, report: BodyReport): void {
  if (!key.startsWith('calculated_')) report.add('unknown-property', 'is not a known property', key);
  else if (report.strict) report.add('calculated-property', 'is calculated and cannot be sent', key);
}

/** Copies declared properties only, so that a name such as `__proto__` never becomes a property of the result. */
function objectReader(membersOf: () => ReadonlyMap<string, Member>, required: readonly string[], rule?: Rule): Reader {
  let members: ReadonlyMap<string, Member> | undefined;
  return (value, report) => {
    if (!isObject(value)) return report.add('wrong-type', 'must be an object');
    members ??= membersOf();
    const kept: Record<string, unknown> = {};
    // Not Object.keys, whose arrays are a thirtieth of the memory that a PUT takes. The prototype of parsed JSON has no enumerable property.
    for (const key in value) {
      report.count(1);
      const member = members.get(key);
      if (member === undefined) reportUnknown(key, report);
      else readMember(key, value[key], member, kept, report);
    }
    for (const key of required) if (!Object.hasOwn(value, key)) report.add('required', 'is missing', key);
    rule?.(kept as never, value, report);
    return kept;
  };
}

function readMember(
  key: string,
  sent: unknown,
  { read, isRequired }: Member,
  kept: Record<string, unknown>,
  report: BodyReport,
): void {
  const errors = report.errors.length;
  const value = isEmpty(sent) ? undefined : readAt(key, sent, read, report);
  if (!isEmpty(value)) kept[key] = value;
  else if (isRequired && report.errors.length === errors) report.add('empty', 'is empty', key);
}

class Compiler {
  private readonly readers = new Map<string, Reader>();

  constructor(
    private readonly definitions: Readonly<Record<string, Schema>>,
    private readonly rules: Rules,
  ) {}

  compile(schema: Schema): Reader {
    if (schema.$ref !== undefined) return this.named(schema.$ref.slice(schema.$ref.lastIndexOf('/') + 1));
    if (schema.enum !== undefined) return choiceReader(schema.enum);
    switch (schema.type) {
      case undefined:
      case 'object':
        return readOpaque;
      case 'array':
        return listReader(this.compile(schema.items ?? {}), schema.maxItems ?? Infinity);
      case 'string':
        return textReader(schema);
      case 'number':
      case 'integer':
        return numberReader(schema);
      case 'boolean':
        return readBoolean;
    }
  }

  /** Returns the reader of a class; compiles it on first use. */
  named(name: string): Reader {
    const known = this.readers.get(name);
    if (known !== undefined) return known;
    const { properties = {}, required = [] } = this.definitions[name] ?? {};
    const membersOf = (): ReadonlyMap<string, Member> =>
      new Map(
        Object.entries(properties).map(([key, schema]) => [
          key,
          { read: this.compile(schema), isRequired: required.includes(key) },
        ]),
      );
    const reader = objectReader(membersOf, required, this.rules[name]);
    this.readers.set(name, reader);
    return reader;
  }
}

/** Compiles the reader of a DTO. Each rule applies to the class that it is keyed by. */
export function compileReader(target: Dto, rules: Rules): Reader {
  return new Compiler(bodySchema(target).definitions, rules).named(target.name);
}
