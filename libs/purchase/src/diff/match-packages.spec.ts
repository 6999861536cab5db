import { line, pack, type PackageParts } from '../../../../test/builders';
import { matchPackages, type PackagePair } from './match-packages';
import type { KeyedPackage, LineItem, Package, PackageType } from '../purchase';

const of =
  (type: PackageType) =>
  (items: LineItem[], more?: PackageParts): Package =>
    pack(type, items, more);
const [processing, shipment, onHold, refund] = [of('processing'), of('shipment'), of('on_hold'), of('refund')];
const [monday, tuesday] = ['2026-02-02T10:00:00.000Z', '2026-02-03T10:00:00.000Z'];
const mugs = (quantity: number): LineItem[] => [line('Mug', quantity)];
const cups = (quantity: number): LineItem[] => [line('Cup', quantity)];

/** Stored packages have the keys 1, 2 …; a pair is the key of the stored package and the letter of the sent one. */
function match(before: readonly Package[], after: readonly Package[]) {
  let lineKey = 1;
  const stored = before.map((each, index): KeyedPackage => ({
    ...each,
    key: index + 1,
    items: each.items.map((item) => ({ ...item, key: lineKey++ })),
  }));
  const letters = new Map(after.map(({ items }, index) => [items, String.fromCharCode(97 + index)]));
  const letterOf = ({ items }: Package): string | undefined => letters.get(items);
  const texts = (pairs: readonly PackagePair[]): string =>
    pairs
      .map(([b, a]) => `${b.key}${letterOf(a)}`)
      .sort()
      .join(' ');
  const { pairs, uncertain, onlyBefore, onlyAfter } = matchPackages(stored, after);
  return {
    pairs: texts(pairs),
    uncertain: texts(uncertain),
    removed: onlyBefore.map(({ key }) => key).join(),
    added: onlyAfter.map(letterOf).sort().join(),
  };
}

describe('packages are paired with certainty', () => {
  it('if they are equal, in any order', () => {
    const [a, b] = [shipment(mugs(1)), shipment(cups(1))];
    for (const each of [a, processing(mugs(1)), refund([])])
      expect(match([each], [each])).toEqual({ pairs: '1a', uncertain: '', removed: '', added: '' });
    expect(match([a, b], [a, b])).toEqual({ pairs: '1a 2b', uncertain: '', removed: '', added: '' });
    expect(match([a, b], [shipment(cups(1)), shipment(mugs(1))])).toMatchObject({ pairs: '1b 2a', uncertain: '' });
    expect(match([a, b, shipment(mugs(2))], [shipment(cups(1)), shipment(mugs(1))])).toEqual({
      pairs: '1b 2a',
      uncertain: '',
      removed: '3',
      added: '',
    });
    expect(match([a], [shipment(cups(1)), shipment(mugs(1))])).toEqual({
      pairs: '1b',
      uncertain: '',
      removed: '',
      added: 'a',
    });
  });

  it('if they are equal, the last of several equal stored packages first, wherever the others changed', () => {
    const [a, b] = [processing(mugs(1)), processing(mugs(2))];
    expect(match([a, a, a], [b, processing(mugs(1))])).toMatchObject({ pairs: '1a 3b', removed: '2' });
    expect(match([a, a, a], [processing(mugs(1)), b])).toMatchObject({ pairs: '1b 3a', removed: '2' });
  });

  it('if one package on each side has their identifier and their type, whatever they contain', () => {
    const before = [shipment(mugs(1), { name: 'S-1' }), shipment(cups(1), { name: 'S-2' })];
    const after = [shipment(mugs(1), { name: 'S-2' }), shipment(cups(1), { name: 'S-1' })];
    expect(match(before, after)).toEqual({ pairs: '1b 2a', uncertain: '', removed: '', added: '' });
  });

  it('if all milestones and all items are equal, even if one was renumbered', () => {
    const shipped = { dates: { shippedAt: monday } };
    const [other, same] = [shipment(mugs(2), { ...shipped, name: 'S-2' }), shipment(mugs(2), shipped)];
    expect(match([shipment(mugs(2), { ...shipped, name: 'S-1' })], [other])).toMatchObject({
      pairs: '1a',
      uncertain: '',
    });
    expect(match([shipment(mugs(2), { ...shipped, name: 'S-1' })], [same])).toMatchObject({
      pairs: '1a',
      uncertain: '',
    });
    expect(match([shipment(mugs(2), { ...shipped, name: 'S-1' })], [shipment(mugs(3), shipped)])).toMatchObject({
      pairs: '1a',
      uncertain: '1a',
    });
  });
});

describe('packages are paired without certainty', () => {
  it('if their identifier is equal and their types differ', () => {
    expect(match([processing(mugs(3), { name: 'X' })], [shipment(mugs(3), { name: 'X' })])).toEqual({
      pairs: '1a',
      uncertain: '1a',
      removed: '',
      added: '',
    });
  });

  it('if they are of one type and contain an article in common, the most similar first', () => {
    const before = [shipment(mugs(5)), shipment([...mugs(2), ...cups(3)])];
    expect(match(before, [shipment([...mugs(1), ...cups(3)]), shipment(mugs(4))])).toEqual({
      pairs: '1b 2a',
      uncertain: '1b 2a',
      removed: '',
      added: '',
    });
    expect(match([shipment(mugs(1))], [shipment(cups(1))])).toMatchObject({ pairs: '', removed: '1', added: 'a' });
    expect(match([shipment(mugs(1))], [refund(mugs(1))])).toMatchObject({ pairs: '', removed: '1', added: 'a' });
    expect(match([shipment(mugs(5))], [shipment(mugs(1)), refund(mugs(5))])).toMatchObject({ pairs: '1a', added: 'b' });
  });

  it('if they are of one type and wait, or one of them is empty', () => {
    expect(match([processing(mugs(1))], [processing(cups(1))])).toMatchObject({ pairs: '1a', uncertain: '1a' });
    expect(match([shipment([])], [shipment(cups(1))])).toMatchObject({ pairs: '1a', uncertain: '1a' });
    expect(match([shipment(mugs(1))], [shipment([])])).toMatchObject({ pairs: '1a', uncertain: '1a' });
    expect(match([processing(mugs(1))], [onHold(mugs(1))])).toMatchObject({ pairs: '', removed: '1', added: 'a' });
  });

  it('if they have equal items and other identifiers, unless a milestone conflicts', () => {
    const dated = (name: string, shippedAt: string): PackageParts => ({ name, dates: { shippedAt } });
    const before = [shipment(mugs(2), { name: 'S-1' })];
    expect(match(before, [shipment(mugs(2), { name: 'S-2' })])).toMatchObject({ pairs: '1a', uncertain: '1a' });
    expect(match(before, [shipment(mugs(3), { name: 'S-2' })])).toMatchObject({ pairs: '', removed: '1', added: 'a' });
    expect(match([shipment(mugs(2), dated('S-1', monday))], [shipment(mugs(2), dated('S-2', tuesday))])).toMatchObject({
      pairs: '',
    });
    expect(match([shipment([], { name: 'S-1' })], [shipment([], { name: 'S-2' })])).toMatchObject({ pairs: '' });
  });

  it('after those that are more similar', () => {
    const before = [shipment(mugs(2), { name: 'S-1' }), shipment(mugs(2))];
    const after = [shipment(mugs(2), { name: 'S-2', trackings: [{ trackingNumber: '1' }] })];
    expect(match(before, after)).toMatchObject({ pairs: '2a', removed: '1' });
  });
});

describe('several packages under one identifier', () => {
  it('are paired by the most similar content', () => {
    const before = [shipment(mugs(2), { name: 'X' }), shipment(cups(3), { name: 'X' })];
    const after = [shipment(cups(2), { name: 'X' }), shipment(mugs(1), { name: 'X' })];
    expect(match(before, after)).toEqual({ pairs: '1b 2a', uncertain: '', removed: '', added: '' });
    expect(match(before, [shipment(cups(2), { name: 'X' })])).toEqual({
      pairs: '2a',
      uncertain: '',
      removed: '1',
      added: '',
    });
    expect(match([shipment(cups(3), { name: 'X' })], after)).toMatchObject({ pairs: '1a', removed: '', added: 'b' });
  });
});

describe('the rest of a package that was shipped in part under its identifier', () => {
  const stored = processing([...mugs(5), ...cups(1)], { name: 'FO-1' });
  const shipped = shipment(mugs(3), { name: 'FO-1' });
  const isRest = (rest: Package, before: Package[] = [stored], part = shipped): boolean =>
    match(before, [part, rest]).pairs.split(' ').includes('1b');

  it('is a package of its type under a new identifier that contains no more than is left', () => {
    expect(match([stored], [shipped, processing(mugs(2), { name: 'FO-2' })])).toEqual({
      pairs: '1b',
      uncertain: '1b',
      removed: '',
      added: 'a',
    });
    expect(isRest(processing(mugs(3), { name: 'FO-2' }))).toBe(false);
    expect(isRest(processing([...mugs(3), ...cups(1)], { name: 'FO-2' }))).toBe(true);
    expect(isRest(processing([line('Tea', 1)], { name: 'FO-2' }))).toBe(false);
    expect(isRest(processing(mugs(2)))).toBe(true);
  });

  it('is looked for only if the stored package has an identifier', () => {
    const after = [shipment(mugs(4)), processing(mugs(1), { name: 'FO-2' }), processing(mugs(3))];
    expect(match([processing(mugs(5))], after)).toMatchObject({ pairs: '1c', added: 'a,b' });
  });

  it('is not of another type, nor a package that was stored before', () => {
    expect(isRest(onHold(mugs(2), { name: 'FO-2' }))).toBe(false);
    expect(isRest(shipment(mugs(2), { name: 'FO-2' }))).toBe(false);
    expect(isRest(processing(mugs(2), { name: 'FO-2' }), [stored, processing(mugs(9), { name: 'FO-2' })])).toBe(false);
    expect(isRest(processing(mugs(2), { name: 'FO-2' }), [stored, shipment(mugs(9), { name: 'FO-2' })])).toBe(false);
  });

  it('has an identifier if another package of its type had none', () => {
    expect(isRest(processing(mugs(2)), [stored, processing(mugs(9))])).toBe(false);
    expect(isRest(processing(mugs(2)), [stored, onHold(mugs(9))])).toBe(true);
    expect(isRest(processing(mugs(2), { name: 'FO-2' }), [stored, processing(mugs(9))])).toBe(true);
  });

  it('is looked for only if a part was shipped, and of a package that waited', () => {
    const held = onHold(mugs(3), { name: 'FO-1' });
    expect(isRest(processing(mugs(2), { name: 'FO-2' }), [stored], held)).toBe(false);
    const sent = shipment(mugs(5), { name: 'FO-1' });
    expect(isRest(shipment(mugs(2), { name: 'FO-2' }), [sent], refund(mugs(3), { name: 'FO-1' }))).toBe(false);
  });
});
