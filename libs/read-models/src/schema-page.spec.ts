import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createDatabase } from '../../../test/postgres';
import { createDataSource, migrate } from './database';
import { LIVE } from './tables';

const PAGE = readFileSync(join(__dirname, '../../../docs/schema.md'), 'utf8');

/** The columns of the page by table: name, type, and whether null is allowed. @throws Error for a column without a meaning */
function described(): Record<string, string[]> {
  const sections = PAGE.split(/^### /m).slice(1);
  return Object.fromEntries(
    sections.map((section) => {
      const rows = [...section.matchAll(/^\| `(\w+)` *\| ([\w ]+?) *\| (yes|no) *\| (.*?) *\|$/gm)];
      const columns = rows.map(([, name, type, nullable, meaning]) => {
        if (meaning === '') throw new Error(`docs/schema.md does not say what ${name} means`);
        return `${name} ${type} ${nullable}`;
      });
      return [section.slice(0, section.indexOf('\n')).trim(), columns];
    }),
  );
}

describe('docs/schema.md', () => {
  it('has every table and column of a migrated database, with type and meaning, and each table in the diagram', async () => {
    const database = await createDatabase();
    const dataSource = await createDataSource(database.url).initialize();
    await migrate(dataSource);
    const columns = await dataSource.query<{ table: string; column: string }[]>(
      `select table_name as table, column_name || ' ' || data_type || ' ' || lower(is_nullable) as column
       from information_schema.columns where table_schema in ($1, 'purchasing') order by ordinal_position`,
      [LIVE],
    );
    await dataSource.destroy();
    await database.drop();
    const tables: Record<string, string[]> = {};
    for (const { table, column } of columns) (tables[table] ??= []).push(column);
    expect(described()).toEqual(tables);
    const [, diagram = ''] = /```mermaid\n(.*?)```/s.exec(PAGE) ?? [];
    for (const table of Object.keys(tables)) expect(diagram).toMatch(new RegExp(`\\b${table}\\b`));
  });
});
