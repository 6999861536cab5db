import type { ConsoleUnderTest } from './console-under-test';

type Writer = Pick<ConsoleUnderTest, 'put' | 'send'>;

interface Product {
  name: string;
  sku: string;
  /** Net price of one in pence. */
  price: number;
}

const LANTERN: Product = { name: 'White metal lantern', sku: '71053', price: 339 };
const CANDLE: Product = { name: 'Jumbo vanilla candle', sku: '84406', price: 850 };
const CLOCK: Product = { name: 'Alarm clock Bakelike, red', sku: '22726', price: 375 };
const BAG: Product = { name: 'Jumbo bag, red retrospot', sku: '85099', price: 195 };
const MUG: Product = { name: 'Enamel mug, blue spotty', sku: '21791', price: 299 };

export const CUSTOMER = '15311';

const pounds = (pence: number): object => ({ number: (pence / 100).toFixed(2), currency: 'GBP' });

export const line = ({ name, sku, price }: Product, quantity: number): object => ({
  name_parent: name,
  identifiers: { sku },
  quantity,
  line_total: {
    total_net: pounds(price * quantity),
    total_tax: pounds(Math.round(price * quantity * 0.2)),
    total_gross: pounds(price * quantity + Math.round(price * quantity * 0.2)),
  },
});

export const parcel = (type: string, lines: readonly object[], more: object = {}): object => ({
  type,
  line_items: lines,
  ...more,
});

export const order = (packages: readonly object[], more: object = {}): object => ({
  type: 'order',
  currency_code: 'GBP',
  packages,
  ...more,
});

const address = (company: string, street: string, city: string, postcode: string): object => ({
  name: 'Accounts payable',
  company,
  address_line1: street,
  city,
  postal_code: postcode,
  country_code: 'GB',
});

const SHOP = address('Harbour Gifts Ltd', '12 Quay Street', 'Bristol', 'BS1 4DJ');
const header = {
  customer_identifiers: { sparklayer: CUSTOMER, sparklayer_impersonator: 'maria.lopez' },
  customer_reference: 'PO 4711',
  payment_method: 'on_account',
  purchase_identifiers: { visible: '#1042', platform: 'gid-5501' },
  billing_address: SHOP,
  dates: { placed_at: '2026-11-02T08:14:00Z' },
};
const shipping = {
  shipping_method: { name: 'Next day', line_total: { total_net: pounds(495) } },
  shipping_address: SHOP,
};

/** ERP-1: placed, shipped in part, and two lanterns refunded. */
async function storyOfErp1(service: Writer): Promise<void> {
  const put = (packages: readonly object[], more: object = {}): Promise<void> =>
    service.put('ERP-1', order(packages, { ...header, ...more }));
  await put([parcel('processing', [line(LANTERN, 6), line(CANDLE, 4), line(CLOCK, 2)], shipping)]);
  const shipped = parcel('shipment', [line(LANTERN, 6), line(CANDLE, 2)], {
    ...shipping,
    identifiers: { visible: 'S-1' },
    dates: { shipped_at: '2026-11-03T09:30:00Z' },
    shipments: [
      { carrier: 'DHL', tracking_number: 'JD014600003SE', tracking_url: 'https://example.com/track/JD014600003SE' },
    ],
    accounting_files: [
      {
        identifiers: { visible: 'Delivery note 881' },
        data: { type: 'uri', uri: 'https://example.com/notes/881.pdf' },
      },
    ],
  });
  await put([shipped, parcel('processing', [line(CANDLE, 2), line(CLOCK, 2)])]);
  await service.send('PUT', 'ERP-1', '/transactions', {
    platform_id: 'pay-1',
    total: pounds(7_500),
    apply_to_balance: true,
    status: 'settled',
  });
  await put([
    parcel('shipment', [line(LANTERN, 4), line(CANDLE, 2)], {
      ...shipping,
      identifiers: { visible: 'S-1' },
      dates: { shipped_at: '2026-11-03T09:30:00Z', delivered_at: '2026-11-04T13:05:00Z' },
      shipments: [
        { carrier: 'DHL', tracking_number: 'JD014600003SE', tracking_url: 'https://example.com/track/JD014600003SE' },
      ],
      accounting_files: [
        {
          identifiers: { visible: 'Delivery note 881' },
          data: { type: 'uri', uri: 'https://example.com/notes/881.pdf' },
        },
      ],
    }),
    parcel('refund', [line(LANTERN, 2)], {
      identifiers: { visible: 'R-1' },
      dates: { refunded_at: '2026-11-05T10:00:00Z' },
    }),
    parcel('processing', [line(CANDLE, 2), line(CLOCK, 2)]),
  ]);
  await service.send('PUT', 'ERP-1', '/transactions', {
    platform_id: 'refund-1',
    total: { number: '-8.14', currency: 'GBP' },
    apply_to_balance: true,
    status: 'settled',
  });
  await service.send('POST', 'ERP-1', '/history', {
    event_type: 'note',
    created_by: 'Maria',
    body: 'Two lanterns arrived with broken glass. Photos are in the ticket.',
  });
  await service.send('POST', 'ERP-1', '/history', {
    event_type: 'message',
    created_by: 'Maria',
    body: 'We have refunded the two broken lanterns. The rest follows this week.',
  });
}

/** A realistic site: purchases of every status and type, of several customers, written by a credential with the label "ERP". */
export async function storeDemoData(site: ConsoleUnderTest): Promise<void> {
  const erp = await site.issue(['write'], 'ERP');
  const service: Writer = {
    put: (identifier, body) => site.put(identifier, body, erp),
    send: (method, identifier, part, body) => site.send(method, identifier, part, body, erp),
  };
  const of = (customer: string, company: string, city: string, placed: string, reference: string): object => ({
    customer_identifiers: { sparklayer: customer },
    billing_address: address(company, '1 High Street', city, 'AB1 2CD'),
    customer_reference: reference,
    dates: { placed_at: placed },
  });
  const harbour = (placed: string, reference: string): object =>
    of(CUSTOMER, 'Harbour Gifts Ltd', 'Bristol', placed, reference);
  const fern = (placed: string, reference: string): object => of('17850', 'Fern & Fig', 'Leeds', placed, reference);
  await storyOfErp1(service);
  await service.put(
    'ERP-2',
    order([parcel('processing', [line(MUG, 36)])], harbour('2026-11-05T11:20:00Z', 'PO 4720')),
  );
  await service.put(
    'ERP-3',
    order(
      [
        parcel('shipment', [line(BAG, 100)], {
          identifiers: { visible: 'S-2' },
          dates: { shipped_at: '2026-11-04T08:00:00Z', delivered_at: '2026-11-05T15:40:00Z' },
        }),
      ],
      fern('2026-11-03T09:02:00Z', 'Autumn restock'),
    ),
  );
  await service.put(
    'ERP-4',
    order([parcel('on_hold', [line(CLOCK, 24)])], fern('2026-11-05T16:45:00Z', 'Credit check')),
  );
  await service.put(
    'ERP-5',
    order([parcel('cancelled', [line(CANDLE, 6)])], fern('2026-10-30T10:00:00Z', 'Sent twice')),
  );
  await service.put(
    'ERP-6',
    order([parcel('incoming', [line(LANTERN, 48)])], harbour('2026-11-06T07:30:00Z', 'PO 4731')),
  );
  await service.put(
    'Q-7',
    order([parcel('processing', [line(BAG, 500)])], { ...harbour('2026-11-06T08:00:00Z', 'Christmas'), type: 'quote' }),
  );
  await service.put(
    'A-8',
    order([parcel('processing', [line(MUG, 72)])], {
      ...harbour('2026-11-06T09:10:00Z', 'PO 4733'),
      type: 'awaiting_approval',
    }),
  );
}
