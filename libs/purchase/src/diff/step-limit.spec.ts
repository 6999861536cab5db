import { line, orderOf, pack } from '../../../../test/builders';
import { livePurchase } from '../../../../test/live-purchase';
import type { Package, PackageType } from '../purchase';
import { diff } from './diff';
import { TooManySteps } from './step-limit';

const at = '2026-01-02T00:00:00.000Z';
const packages = (type: PackageType, ...quantities: number[]): Package[] =>
  quantities.map((quantity) => pack(type, [line('A', quantity)]));

describe('the limit of steps of a diff', () => {
  const before = livePurchase(
    orderOf([...packages('on_hold', 72, 73, 52, 7), ...packages('processing', 5, 1, 27), ...packages('refund', 41)]),
  );
  const after = orderOf([...packages('refund', 61, 18, 75), ...packages('processing', 66)]);

  it('ends a diff of few packages whose search takes long, and changes no result', () => {
    expect(() => diff(before, after, { at, maxSteps: 40_000 })).toThrow(TooManySteps);
    expect(diff(before, after, { at, maxSteps: 1_000_000 })).toEqual(diff(before, after, { at }));
  });

  it('counts the pairings of packages that are compared', () => {
    const sent = orderOf([...packages('processing', 6, 1, 27), ...packages('on_hold', 72, 73, 52, 7)]);
    expect(() => diff(before, sent, { at, maxSteps: 1_000 })).toThrow(TooManySteps);
  });

  it('takes no step when the packages are the same', () => {
    const events = diff(before, { ...before, customerReference: 'PO' }, { at, maxSteps: 0 });
    expect(events.map(({ type }) => type)).toEqual(['CustomerReferenceChanged']);
  });
});
