import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import ts from 'typescript';
import { STATUS_TABLE } from '@app/purchase/status';
import { SETTINGS } from '@app/settings/settings';

/**
 * The README's tables are what the code says. `UPDATE_DOCS=1 npx jest test/specification/readme && npm run format`
 * writes them.
 */
const root = resolve(__dirname, '../..');
const README = resolve(root, 'README.md');

/** Every event of the union in events.ts with its doc line, in the order of the source. */
function eventCatalogue(): { type: string; means: string }[] {
  const file = resolve(root, 'libs/purchase/src/events.ts');
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.ES2022, true);
  const union = source.statements
    .filter(ts.isTypeAliasDeclaration)
    .find((statement) => statement.name.text === 'PurchaseEvent');
  if (union === undefined || !ts.isUnionTypeNode(union.type)) throw new Error('PurchaseEvent is no union');
  return union.type.types.map((member) => {
    const type = /^Event<\s*'(\w+)'/.exec(member.getText())?.[1];
    const before = source.text.slice(member.getFullStart(), member.getStart());
    const means = [...(source.text.slice(0, member.getStart()) + before).matchAll(/\/\*\* (.*?) \*\//gs)].at(-1)?.[1];
    if (type === undefined || means === undefined) throw new Error(`no doc line: ${member.getText()}`);
    return { type, means };
  });
}

const row = (...cells: string[]): string => `| ${cells.join(' | ')} |`;
const table = (head: string[], rows: string[][]): string =>
  [row(...head), row(...head.map(() => '---')), ...rows.map((cells) => row(...cells))].join('\n');

const tables: Record<string, () => string> = {
  events: () =>
    table(
      ['event', 'what happened'],
      eventCatalogue().map(({ type, means }) => [`\`${type}\``, means]),
    ),
  settings: () =>
    table(
      ['setting', 'default', 'means'],
      SETTINGS.map((s) => [`\`${s.name}\``, s.default === '' ? '' : `\`${s.default}\``, s.meaning]),
    ),
  status: () =>
    table(
      ['status', 'holds when'],
      STATUS_TABLE.map(({ status, means }) => [`\`${status}\``, means]),
    ),
};

const marks = (name: string): [string, string] => [`<!-- ${name}: begin -->`, `<!-- ${name}: end -->`];

/** What stands between the marks of a table. */
function between(readme: string, name: string): { from: number; to: number } {
  const [begin, end] = marks(name);
  const [from, to] = [readme.indexOf(begin) + begin.length, readme.indexOf(end)];
  if (from < begin.length || to < from) throw new Error(`README.md has no place for the table of ${name}`);
  return { from, to };
}

/** A table without the padding that the formatter gives it. */
const plain = (text: string): string[] =>
  text
    .trim()
    .split('\n')
    .filter((line) => !/^[|\s-]+$/.test(line))
    .map((line) => line.replace(/\s*\|\s*/g, '|'));

describe('the README', () => {
  it.each(Object.entries(tables))('has the table of %s that the code has', (name, make) => {
    const readme = readFileSync(README, 'utf8');
    const { from, to } = between(readme, name);
    if (process.env.UPDATE_DOCS === '1')
      writeFileSync(README, `${readme.slice(0, from)}\n\n${make()}\n\n${readme.slice(to)}`);
    else expect(plain(readme.slice(from, to))).toEqual(plain(make()));
  });

  it('lists every event once', () => {
    const types = eventCatalogue().map(({ type }) => type);
    expect(new Set(types).size).toBe(types.length);
    expect(types.length).toBeGreaterThan(40);
  });
});
