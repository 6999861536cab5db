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
});
