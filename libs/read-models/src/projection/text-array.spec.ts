import { Client } from 'pg';
import { createDatabase } from '../../../../test/postgres';
import { textArray } from './text-array';

describe('texts as a binary array', () => {
  let database: Awaited<ReturnType<typeof createDatabase>>;
  let client: Client;

  beforeAll(async () => {
    database = await createDatabase();
    client = new Client({ connectionString: database.url });
    await client.connect();
  });
  afterAll(async () => {
    await client.end();
    await database.drop();
  });

  it.each([
    ['no element', []],
    ['NULL alone', [null]],
    ['text and NULL', ['a', null, '', 'NULL', '{}', 'b']],
    ['quotes and backslashes', ['{"a":"\\"b\\\\c\\u0000"}', "it's"]],
    ['characters of one to four bytes', ['a\u00e9\u20ac\u{1f600}', 'x'.repeat(100_000)]],
  ])('reads back: %s', async (_, texts) => {
    const { rows } = await client.query('select $1::text[] as texts', [textArray(texts)]);
    expect(rows).toEqual([{ texts }]);
  });

  it('lets Postgres refuse a NUL as it refuses one in text', async () => {
    const refused = client.query('select $1::text[]', [textArray(['a\0b'])]);
    await expect(refused).rejects.toMatchObject({ code: '22021' });
  });

  it('refuses more bytes than a message can have', () => {
    const text = 'x'.repeat(2 ** 26);
    expect(() => textArray(Array.from({ length: 8 }, () => text))).toThrow(RangeError);
  });
});
