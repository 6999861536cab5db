/** `all`: values that are equal too. */
export type ShownValues = 'changed' | 'all';

/** One value that differs between two documents; a side is absent where the document has no such value. */
export interface ValueChange {
  /** A JSON pointer, in which elements of arrays are named by their identity (see `compareDocuments`). */
  path: string;
  before?: unknown;
  after?: unknown;
}

const MAX_LABEL_LENGTH = 100;

/** What identifies an element of an array, in order of preference. Elements of other arrays are identified by their index. */
const IDENTITIES: ReadonlyMap<string, readonly string[]> = new Map([
  [
    'packages',
    ['identifiers.visible', 'identifiers.internal', 'identifiers.platform', 'identifiers.sparklayer_package_id'],
  ],
  ['line_items', ['identifiers.sku', 'identifiers.platform', 'identifiers.internal']],
  ['transactions', ['platform_id']],
  ['custom_fields', ['name']],
  ['metadata', ['name']],
  ['custom_attributes', ['key']],
]);

/** A value that is stored as it was sent: in it, empty objects and arrays are not the same as absent ones. */
const OPAQUE = 'full_transaction';

type JsonObject = Record<string, unknown>;

const isObject = (value: unknown): value is JsonObject => typeof value === 'object' && value !== null;

const isMoney = (value: JsonObject): boolean =>
  Object.keys(value).length === 2 && typeof value.number === 'string' && typeof value.currency === 'string';

const valueAt = (value: unknown, path: string): unknown =>
  path.split('.').reduce<unknown>((part, name) => (isObject(part) ? part[name] : undefined), value);

/** A name for each element, each once: repeats get a number behind it. */
function labelsOf(name: string, elements: readonly unknown[]): string[] {
  const repeats = new Map<string, number>();
  const taken = new Set<string>();
  return elements.map((element, index) => {
    const identity = (IDENTITIES.get(name) ?? [])
      .map((path) => valueAt(element, path))
      .find((each) => typeof each === 'string');
    const base = typeof identity === 'string' ? [...identity].slice(0, MAX_LABEL_LENGTH).join('') : String(index);
    let label = base;
    let count = repeats.get(base) ?? 1;
    while (taken.has(label)) label = `${base} (${++count})`;
    repeats.set(base, count);
    taken.add(label);
    return label;
  });
}

const escaped = (part: string): string => part.replaceAll('~', '~0').replaceAll('/', '~1');

/** Adds every value below `value` by its path. An amount of money is one value. */
function collect(values: Map<string, unknown>, path: string, name: string, value: unknown, isOpaque = false): void {
  if (value === undefined) return;
  if (Array.isArray(value)) {
    const labels = labelsOf(name, value);
    for (const [index, element] of value.entries())
      collectWhole(values, `${path}/${escaped(labels[index] ?? '')}`, '', element, isOpaque);
  } else if (isObject(value) && !isMoney(value)) {
    const collectPart = isOpaque ? collectWhole : collect;
    for (const [key, part] of Object.entries(value))
      collectPart(values, `${path}/${escaped(key)}`, key, part, isOpaque || key === OPAQUE);
  } else values.set(path, value);
}

/** The same, but a value with nothing below it is added itself. */
const collectWhole: typeof collect = (values, path, name, value, isOpaque) => {
  const { size } = values;
  collect(values, path, name, value, isOpaque);
  if (value !== undefined && values.size === size) values.set(path, value);
};

function valuesOf(document: object): Map<string, unknown> {
  const values = new Map<string, unknown>();
  collect(values, '', '', document);
  return values;
}

/**
 * The values of two documents that differ, in the order of `after`; those that only `before` has come last. Packages, lines and transactions are
 * matched by their identifiers, other elements of arrays by their index; the second element of the same identity is named `identity (2)`. Names are
 * cut after 100 characters. An empty element of an array is a value, an empty part of a purchase is none.
 */
export function compareDocuments(before: object, after: object, show: ShownValues = 'changed'): ValueChange[] {
  const [left, right] = [valuesOf(before), valuesOf(after)];
  const paths = new Set([...right.keys(), ...left.keys()]);
  const changes = [...paths].map((path) => ({ path, before: left.get(path), after: right.get(path) }));
  return show === 'all'
    ? changes
    : changes.filter((change) => JSON.stringify(change.before) !== JSON.stringify(change.after));
}
