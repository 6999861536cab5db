import { readQuery } from '../http/query/read-query';
import { readPurchaseBody } from './body/purchase-body';
import { orderBody, processingBody } from '../../../../test/bodies';
import { LIST_PARAMETERS, STATS_PARAMETERS, timelineFilterOf, type TimelineQuery } from './query-parameters';

const typesOf = (query: Partial<TimelineQuery>): readonly string[] | undefined => timelineFilterOf(query).types;

describe('the filter of a timeline', () => {
  it('excludes events that change sender timestamps only, unless they are requested', () => {
    expect(typesOf({})).not.toContain('SenderClocksChanged');
    expect(typesOf({})).toContain('PackageShipped');
    expect(typesOf({ include: 'clocks' })).toBeUndefined();
    expect(typesOf({ type: ['SenderClocksChanged'] })).toEqual(['SenderClocksChanged']);
  });
});

describe('the identifier of a customer in a query', () => {
  it.each(['sparklayer', 'sparklayer_child', 'sparklayer_impersonator', 'sparklayer_sales_rep'] as const)(
    'is normalised as in a body: %s',
    (kind) => {
      const sent = ' Rene\u0301 ';
      const body = orderBody([processingBody()], { customer_identifiers: { [kind]: sent } });
      const read = readPurchaseBody(body, { strict: true });
      const stored = read.ok ? Object.values(read.value.customer) : [];
      const query = `/?customer_identifiers[${kind}]=${encodeURIComponent(sent)}`;
      expect(Object.values(readQuery(LIST_PARAMETERS, query))).toEqual(stored);
      if (kind === 'sparklayer') expect(Object.values(readQuery(STATS_PARAMETERS, query))).toEqual(stored);
    },
  );

  it('that no body may contain is read as sent', () => {
    const query = '/?customer_identifiers[sparklayer]=a%E2%80%8Bb';
    expect(readQuery(LIST_PARAMETERS, query)).toEqual({ 'customer_identifiers[sparklayer]': 'a\u200bb' });
  });
});
