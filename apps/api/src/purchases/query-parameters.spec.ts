import { timelineFilterOf, type TimelineQuery } from './query-parameters';

const typesOf = (query: Partial<TimelineQuery>): readonly string[] | undefined => timelineFilterOf(query).types;

describe('the filter of a timeline', () => {
  it('excludes events that change sender timestamps only, unless they are requested', () => {
    expect(typesOf({})).not.toContain('SenderClocksChanged');
    expect(typesOf({})).toContain('PackageShipped');
    expect(typesOf({ include: 'clocks' })).toBeUndefined();
    expect(typesOf({ type: ['SenderClocksChanged'] })).toEqual(['SenderClocksChanged']);
  });
});
