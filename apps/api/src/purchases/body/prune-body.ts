import { type BodyError, type Place, pointerTo } from './body-error';

/** Deeper than any body of the contract; a body of brackets alone ends here. */
const DEEPEST = 12;

type Json = unknown;

export interface Pruned {
  value: Json;
  errors: BodyError[];
}

const isEmpty = (value: Json): boolean =>
  value === '' ||
  value === null ||
  value === undefined ||
  (Array.isArray(value) && value.length === 0) ||
  (typeof value === 'object' && !Array.isArray(value) && value !== null && Object.keys(value).length === 0);

/**
 * Takes out what means absent ("", null, [], {} as the value of a property) and what the service calculates itself (`calculated_…`), so that a
 * body that was read with GET can be sent back. With `strict` a calculated value is an error. Elements of arrays are never taken out.
 */
export function pruneBody(body: Json, strict: boolean): Pruned {
  const errors: BodyError[] = [];
  const prune = (value: Json, at: Place | undefined, depth: number): Json => {
    if (typeof value !== 'object' || value === null) return value;
    if (depth > DEEPEST) {
      errors.push({ code: 'too-deep', message: 'the body is nested too deeply', property: pointerTo(at) });
      return undefined;
    }
    if (Array.isArray(value))
      return value.map((each: Json, index) => prune(each, { parent: at, key: index }, depth + 1));
    const kept: Record<string, Json> = {};
    for (const [key, child] of Object.entries(value)) {
      if (key.startsWith('calculated_')) {
        if (strict)
          errors.push({
            code: 'calculated-property',
            message: `${key} is calculated and cannot be sent`,
            property: pointerTo({ parent: at, key }),
          });
        continue;
      }
      const pruned = prune(child, { parent: at, key: key }, depth + 1);
      if (isEmpty(pruned)) continue;
      // A plain assignment to __proto__ would be none to a property.
      if (key === '__proto__')
        Object.defineProperty(kept, key, { value: pruned, enumerable: true, writable: true, configurable: true });
      else kept[key] = pruned;
    }
    return kept;
  };
  return { value: prune(body, undefined, 0), errors };
}
