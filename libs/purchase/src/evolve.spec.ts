import fc from 'fast-check';
import { arbitraryChain } from '../../../test/arbitrary-purchase';
import { diff } from './diff/diff';
import { evolve, evolveAll, PurchaseFold } from './evolve';
import type { PurchaseEvent } from './events';
import { IndexedList } from './indexed-list';
import type { Purchase } from './purchase';
import { initialState, type PurchaseState } from './state';

const at = '2026-01-01T00:00:00.000Z';
const runs = Number(process.env.PROPERTY_RUNS ?? 50);

/** The events of consecutive PUTs. */
function eventsOf(chain: readonly Purchase[]): PurchaseEvent[] {
  const events: PurchaseEvent[] = [];
  let state: PurchaseState = initialState;
  for (const sent of chain) {
    const more = diff(state.phase === 'live' ? state.purchase : undefined, sent, { at });
    state = evolveAll(state, more);
    events.push(...more);
  }
  return events;
}

describe('evolveAll', () => {
  it('equals evolve applied event by event', () => {
    fc.assert(
      fc.property(arbitraryChain, ({ states: chain }) => {
        const events = eventsOf(chain);
        expect(JSON.stringify(evolveAll(initialState, events))).toBe(
          JSON.stringify(events.reduce(evolve, initialState)),
        );
      }),
      { numRuns: runs },
    );
  });

  it('does not depend on reads of the state between events', () => {
    fc.assert(
      fc.property(arbitraryChain, fc.integer({ min: 1, max: 4 }), ({ states: chain }, every) => {
        const fold = new PurchaseFold();
        const events = eventsOf(chain);
        events.forEach((event, index) => {
          fold.apply(event);
          if (index % every === 0) expect(fold.state.phase).toBe('live');
        });
        expect(JSON.stringify(fold.state)).toBe(JSON.stringify(evolveAll(initialState, events)));
      }),
      { numRuns: runs },
    );
  });

  it('does not change the initial state', () => {
    fc.assert(
      fc.property(arbitraryChain, ({ states: chain }) => {
        const events = eventsOf(chain);
        const half = evolveAll(initialState, events.slice(0, events.length / 2));
        const before = JSON.stringify(half);
        evolveAll(half, events.slice(events.length / 2));
        expect(JSON.stringify(half)).toBe(before);
      }),
      { numRuns: runs },
    );
  });
});

/** A plain array with the operations of IndexedList. */
class PlainList {
  constructor(public values: { key: string; id: number }[]) {}
  get = (key: string): unknown => this.values.find((each) => each.key === key);
  replace(key: string, value: { key: string; id: number }): void {
    const place = this.values.findIndex((each) => each.key === key);
    if (place >= 0) this.values[place] = value;
  }
  remove(key: string): void {
    const place = this.values.findIndex((each) => each.key === key);
    if (place >= 0) this.values.splice(place, 1);
  }
}

describe('IndexedList', () => {
  it('finds, replaces and removes the first value with a key, like a plain list', () => {
    const key = fc.constantFrom('a', 'b', 'c');
    const operation = fc.tuple(fc.constantFrom('add', 'replace', 'remove', 'get'), key, key);
    fc.assert(
      fc.property(fc.array(key, { maxLength: 6 }), fc.array(operation, { maxLength: 20 }), (first, operations) => {
        const values = first.map((each, id) => ({ key: each, id }));
        const [list, plain] = [new IndexedList(values, (each) => each.key), new PlainList([...values])];
        operations.forEach(([name, from, to], index) => {
          const value = { key: to, id: 100 + index };
          if (name === 'add') {
            list.add(value);
            plain.values.push(value);
          } else if (name === 'replace') {
            list.replace(from, value);
            plain.replace(from, value);
          } else if (name === 'remove') {
            list.remove(from);
            plain.remove(from);
          } else expect(list.get(from)).toBe(plain.get(from));
          expect(list.values()).toEqual(plain.values);
        });
      }),
    );
  });
});
