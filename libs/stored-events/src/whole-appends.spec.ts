import type { EventBatch, RecordedEvent } from '@app/event-store/event-store';
import { wholeAppends } from './whole-appends';

const event = (at: number, continues = false): RecordedEvent => ({
  id: String(at),
  stream: 'purchase-1',
  revision: BigInt(at),
  position: { commit: BigInt(at), prepare: BigInt(at) },
  type: 'NoteAdded',
  data: {},
  metadata: continues ? { continues } : {},
  recordedAt: new Date(0),
});
const batch = (events: RecordedEvent[], at: number, caughtUp = false): EventBatch => ({
  events,
  position: { commit: BigInt(at), prepare: BigInt(at) },
  caughtUp,
});

async function cut(...batches: EventBatch[]): Promise<[ids: string, position: number, caughtUp: boolean][]> {
  const source = async function* (): AsyncIterable<EventBatch> {
    yield* batches;
  };
  const found: [string, number, boolean][] = [];
  for await (const { events, position, caughtUp } of wholeAppends(source()))
    found.push([events.map(({ id }) => id).join(), Number(position.commit), caughtUp]);
  return found;
}

describe('batches of whole appends', () => {
  it('are passed on unchanged', async () => {
    expect(await cut(batch([event(0), event(1, true), event(2)], 2), batch([], 7, true))).toEqual([
      ['0,1,2', 2, false],
      ['', 7, true],
    ]);
  });

  it('hold back only the events of an incomplete append, until its last event arrives in any later batch', async () => {
    expect(
      await cut(
        batch([event(0), event(1, true)], 1, true),
        batch([], 1),
        batch([event(2, true)], 2),
        batch([event(3)], 3),
      ),
    ).toEqual([
      ['0', 0, false],
      ['1,2,3', 3, false],
    ]);
  });
});
