import { isUtf8 } from 'node:buffer';
import { parse } from 'secure-json-parse';
import { Problem } from '../problems/problem';

/** Maximum nesting of objects and arrays. A purchase needs 7. */
export const MAX_DEPTH = 64;
/** Maximum number of objects, arrays and their members. A purchase of 1 MiB has about 80,000. */
export const MAX_VALUES = 100_000;

const [QUOTE, BACKSLASH, COMMA] = [0x22, 0x5c, 0x2c];
const [OPEN_ARRAY, CLOSE_ARRAY, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d];

const refused = (code: string, message: string): Problem =>
  new Problem('invalid-body', message, { errors: [{ code, message, property: '' }] });

/** The index of the quote that ends the string that starts at `at`, or the length of the text. */
function endOfString(json: Uint8Array, at: number): number {
  for (let index = at + 1; index < json.length; index++) {
    if (json[index] === QUOTE) return index;
    if (json[index] === BACKSLASH) index += 1;
  }
  return json.length;
}

/** Checks nesting and number of values in one pass over the bytes, without parsing. @throws Problem invalid-body */
function checkComplexity(json: Uint8Array): void {
  let depth = 0;
  let values = 1;
  for (let index = 0; index < json.length; index++) {
    const byte = json[index];
    if (byte === QUOTE) index = endOfString(json, index);
    else if (byte === COMMA) values += 1;
    else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) {
      values += 1;
      depth += 1;
      if (depth > MAX_DEPTH) throw refused('too-deep', `objects and arrays are nested at most ${MAX_DEPTH} deep`);
    } else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) depth -= 1;
  }
  if (values > MAX_VALUES) throw refused('too-many-values', `a body has at most ${MAX_VALUES} values`);
}

/**
 * Parses a JSON text in time and memory linear in its length. Skips a byte order mark; rejects a member named `__proto__`.
 * @throws Problem malformed-json, invalid-body
 */
export function parseBoundedJson(json: Buffer): unknown {
  if (!isUtf8(json)) throw new Problem('malformed-json', 'the body is not UTF-8');
  checkComplexity(json);
  try {
    return parse(json.toString(), { protoAction: 'error', constructorAction: 'ignore' });
  } catch (error) {
    const { message } = error as SyntaxError;
    if (message.includes('forbidden prototype property'))
      throw refused('forbidden-name', 'no member may be named __proto__');
    throw new Problem('malformed-json', message);
  }
}
