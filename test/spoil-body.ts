import fc from 'fast-check';

/** The deepest value of nested arrays. */
export const nested = (depth: number, inner: unknown = 1): unknown => {
  let value = inner;
  for (let level = 0; level < depth; level++) value = [value];
  return value;
};

/** Values that are invalid in all, most or few places. */
export const HOSTILE: unknown[] = [
  ...[0, 1, -1, 1.5, 2 ** 53, Infinity, true, false, null, '', ' ', 'x', '15.999', '1e5', 'GBP', 'gbp', 'order'],
  ...[
    'ıt',
    'a\u0000',
    '\ud800',
    '☃\ufe0f'.repeat(2_500),
    'y'.repeat(4_001),
    '2026-02-30T00:00:00Z',
    '10000-01-01T00:00:00Z',
  ],
  ...[[], [[]], [[[1]]], {}, [{}], [null], ['x'], { a: 1 }, { number: '1', currency: 'GBP' }, { toString: 1 }],
  ...[{ length: 1 }, JSON.parse('{"__proto__":{}}'), nested(40)],
];
const NAMES = ['toString', 'constructor', '__proto__', 'valueOf', 'type', 'number', 'length', 'a/b~c', 'calculatd_x'];

type Slot = [holder: Record<string, unknown>, key: string];

function slotsOf(root: unknown): Slot[] {
  const slots: Slot[] = [];
  const visit = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return;
    for (const [key, child] of Object.entries(node)) {
      slots.push([node as Record<string, unknown>, key]);
      visit(child);
    }
  };
  visit(root);
  return slots;
}

const put = (holder: object, key: string, value: unknown): unknown =>
  Object.defineProperty(holder, key, { value, enumerable: true, writable: true, configurable: true });

/** A body with some values replaced or removed, or with unknown members added. */
export const spoilt = (body: unknown): fc.Arbitrary<unknown> =>
  fc
    .array(fc.tuple(fc.nat(), fc.nat(4), fc.constantFrom(...HOSTILE), fc.constantFrom(...NAMES)), {
      minLength: 1,
      maxLength: 3,
    })
    .map((changes) => {
      const copy = structuredClone(body);
      for (const [pick, kind, value, name] of changes) {
        const slots = slotsOf(copy);
        const slot = slots[pick % slots.length];
        if (slot === undefined) continue;
        const [holder, key] = slot;
        if (kind === 0 && !Array.isArray(holder)) delete holder[key];
        else if (kind === 1 && !Array.isArray(holder)) put(holder, name, structuredClone(value));
        else put(holder, key, structuredClone(value));
      }
      return copy;
    });
