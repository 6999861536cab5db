import { RoundRobin } from './round-robin';

describe('waiting items', () => {
  const queueOf = (...items: string[]): RoundRobin<string> => {
    const waiting = new RoundRobin<string>();
    for (const item of items) waiting.add(item.charAt(0), item);
    return waiting;
  };
  const rest = (waiting: RoundRobin<string>): string[] => {
    const items = [];
    while (!waiting.isEmpty) items.push(waiting.next() ?? '');
    return items;
  };

  it('are taken by owner in turn, those of one in order of arrival', () => {
    expect(rest(queueOf('a1', 'a2', 'a3', 'b1', 'c1', 'b2'))).toEqual(['a1', 'b1', 'c1', 'a2', 'b2', 'a3']);
    expect(queueOf().next()).toBeUndefined();
  });

  it('can be removed', () => {
    const waiting = queueOf('a1', 'a2', 'b1');
    waiting.remove('a', 'a1');
    waiting.remove('b', 'b1');
    waiting.remove('c', 'c1');
    expect(rest(waiting)).toEqual(['a2']);
  });
});
