import { compareDocuments } from './compare-documents';

describe('the comparison of two documents', () => {
  it('takes arrays of any name, those of Object.prototype too', () => {
    const document = (value: number): object =>
      JSON.parse(
        `{"full_transaction":{"constructor":[${value}],"toString":[[${value}]],"__proto__":[${value}]}}`,
      ) as object;
    expect(compareDocuments(document(1), document(2))).toEqual(
      ['constructor/0', 'toString/0/0', '__proto__/0'].map((path) => ({
        path: `/full_transaction/${path}`,
        before: 1,
        after: 2,
      })),
    );
  });

  it('tells empty values apart where they are stored as sent', () => {
    const paid = (full_transaction: object): object => ({ transactions: [{ platform_id: 'T-1', full_transaction }] });
    const path = '/transactions/T-1/full_transaction/refunds';
    expect(compareDocuments(paid({ id: 1 }), paid({ id: 1, refunds: [] }))).toEqual([{ path, after: [] }]);
    expect(compareDocuments(paid({ id: 1, refunds: {} }), paid({ id: 1, refunds: [] }))).toEqual([
      { path, before: {}, after: [] },
    ]);
    expect(compareDocuments(paid({ refunds: [{}] }), paid({ refunds: [] }))).toEqual([
      { path, after: [] },
      { path: `${path}/0`, before: {} },
    ]);
  });

  it('takes an empty element of an array, and no empty part of a purchase', () => {
    const sent = (shipments: object[], accounting_files: object[]): object => ({ shipments, accounting_files });
    const file = { identifiers: { visible: undefined }, file_type: undefined };
    expect(compareDocuments(sent([], []), sent([{}], [file]))).toEqual([
      { path: '/shipments/0', after: {} },
      { path: '/accounting_files/0', after: file },
    ]);
    expect(compareDocuments({}, { ...sent([], []), dates: {} })).toEqual([]);
  });

  it('cuts a name between characters', () => {
    const name = `${'a'.repeat(99)}😀b`;
    expect(compareDocuments({}, { metadata: [{ value: '1', name }] })).toMatchObject([
      { path: `/metadata/${name.slice(0, -1)}/value` },
      { path: `/metadata/${name.slice(0, -1)}/name` },
    ]);
  });
});
