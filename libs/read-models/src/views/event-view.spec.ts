import { SCHEMA_VERSIONS } from '@app/stored-events/codec';
import type { EventOf, PurchaseEvent, PurchaseEventType } from '@app/purchase/events';
import { diff } from '@app/purchase/diff/diff';
import { allInWords } from '@app/purchase/words/words';
import { line, orderOf, pack } from '../../../../test/builders';
import { livePurchase } from '../../../../test/live-purchase';
import { exampleOf } from '../../../../test/stored-events/examples';
import { viewChange, viewEvents } from './event-view';

const types = Object.keys(SCHEMA_VERSIONS) as PurchaseEventType[];
const json = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
const viewOf = (event: PurchaseEvent, currency = 'GBP'): unknown => json(viewChange(event, currency));
const money = (number: string, currency = 'GBP'): object => ({ number, currency });

/** All property names, except those within an opaque value. */
function namesIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  if (Array.isArray(value)) return value.flatMap(namesIn);
  return Object.entries(value).flatMap(([name, child]) =>
    name === 'full_transaction' ? [name] : [name, ...namesIn(child)],
  );
}

describe('the changes of an event', () => {
  it.each(types)('of type %s have the names of the contract and no amount in minor units', (type) => {
    const view = viewOf(exampleOf(type));
    for (const name of namesIn(view)) expect(name).toMatch(/^[a-z][a-z0-9]*(_[a-z0-9]+)*$/);
    expect(JSON.stringify(view)).not.toMatch(/"(key|net|tax|gross|discount|amount)":-?\d/);
    expect(Object.keys(view as object).every((side) => side === 'before' || side === 'after')).toBe(true);
  });

  it.each(types.filter((type) => type !== 'PurchaseDeleted' && type !== 'PersonalDataErased'))(
    'by %s has a side, and its sides differ',
    (type) => {
      const { before, after } = viewOf(exampleOf(type)) as { before?: unknown; after?: unknown };
      expect(before === undefined && after === undefined).toBe(false);
      expect(before).not.toEqual(after);
    },
  );

  it.each<[PurchaseEvent, object]>([
    [
      { type: 'TotalPaidChanged', data: { before: 100, after: 2034, currencyBefore: 'JPY' } },
      { before: { total_paid: money('100', 'JPY') }, after: { total_paid: money('20.34') } },
    ],
    [{ type: 'TotalPaidChanged', data: { after: 0 } }, { after: { total_paid: money('0.00') } }],
    [
      { type: 'IdentifierChanged', data: { kind: 'visible', before: 'B-1', after: 'B-2' } },
      { before: { purchase_identifiers: { visible: 'B-1' } }, after: { purchase_identifiers: { visible: 'B-2' } } },
    ],
    [
      {
        type: 'PackageShipped',
        data: { package: { key: 2, type: 'shipment', name: 'S-1' }, at: '2026-01-31T09:30:00.000Z' },
      },
      { after: { package: { type: 'shipment', name: 'S-1', dates: { shipped_at: '2026-01-31T09:30:00.000Z' } } } },
    ],
    [
      {
        type: 'PackageTypeChanged',
        data: { package: { key: 2, type: 'processing' }, before: 'processing', after: 'refund' },
      },
      { before: { package: { type: 'processing' } }, after: { package: { type: 'refund' } } },
    ],
    [
      { type: 'RefundRecorded', data: { transaction: { platformId: 't-1', type: 'refund', amount: 500 } } },
      { after: { transaction: { platform_id: 't-1', total: money('-5.00'), apply_to_balance: true } } },
    ],
  ])('%# is told as %j', (event, view) => {
    expect(viewOf(event)).toEqual(view);
  });

  const AMOUNTS_BEFORE = [
    ...['TaxLinesChanged', 'TotalPaidChanged', 'PackageRemoved', 'ShippingMethodChanged', 'ItemsRemoved'],
    ...['ItemQuantityChanged', 'ItemRepriced', 'ItemDetailsChanged', 'ItemsMovedToShipment', 'ItemsRegrouped'],
  ] as PurchaseEventType[];

  it.each(AMOUNTS_BEFORE)('of type %s show amounts before a change of currency in the currency of then', (type) => {
    const event = exampleOf(type);
    const view = viewOf({ ...event, data: { ...event.data, currencyBefore: 'JPY' } } as PurchaseEvent, 'KWD');
    const { before = {}, after = {} } = view as { before?: object; after?: object };
    const currenciesOf = (side: object): string[] => JSON.stringify(side).match(/(?<="currency":")\w+/g) ?? [];
    expect(new Set(currenciesOf(before))).toEqual(new Set(currenciesOf(before).length > 0 ? ['JPY'] : []));
    expect(currenciesOf(after)).not.toContain('JPY');
  });

  it.each(['ItemsMovedToRefund', 'ItemsRegrouped'] as const)(
    'of type %s contain the remaining and the moved pieces',
    (type) => {
      const event = exampleOf(type) as EventOf<'ItemsMovedToRefund'>;
      const [item] = event.data.items;
      if (item === undefined) throw new Error('no item');
      const article = { identifiers: { sku: '71053' }, name: 'WHITE METAL LANTERN' };
      expect(viewOf(event)).toMatchObject({
        before: { package: { line_items: [{ ...article, quantity: item.from.before.quantity, quantity_left: 4 }] } },
        after: { package: { line_items: [{ ...article, quantity: item.to.after.quantity, quantity_moved: 2 }] } },
      });
      const whole = { ...item, from: { line: item.from.line, before: item.from.before } };
      expect(viewOf({ ...event, data: { ...event.data, items: [whole] } })).toMatchObject({
        before: { package: { line_items: [{ quantity_left: 0 }] } },
      });
    },
  );

  it('in a dry run are in the currency of their time', () => {
    const paid = (after: number): PurchaseEvent => ({ type: 'TotalPaidChanged', data: { after } });
    const events = [paid(100), { type: 'CurrencyChanged', data: { before: 'JPY', after: 'GBP' } } as const, paid(200)];
    const purchase = livePurchase(orderOf([], { currency: 'JPY' }));
    expect(json(viewEvents(events, { phase: 'live', purchase }))).toMatchObject([
      { words: 'Total paid set to 100 JPY', after: { total_paid: money('100', 'JPY') } },
      { type: 'CurrencyChanged', before: { currency_code: 'JPY' }, after: { currency_code: 'GBP' } },
      { after: { total_paid: money('2.00') } },
    ]);
  });

  it('in a dry run number packages of one name as the timeline does', () => {
    const at = '2026-02-03T10:00:00.000Z';
    const [mugs, cups] = [pack('shipment', [line('Mug', 1)]), pack('shipment', [line('Cup', 1)])];
    const before = { phase: 'live', purchase: livePurchase(orderOf([mugs, cups])) } as const;
    const events = diff(before.purchase, orderOf([mugs, { ...cups, dates: { shippedAt: at } }]), { at });
    expect(allInWords(events, before)).toEqual([expect.stringMatching(/^(First|Second) Shipment shipped at /)]);
    expect(viewEvents(events, before)).toMatchObject(allInWords(events, before).map((words) => ({ words })));
  });
});
