import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import ts from 'typescript';
import { STATUS_TABLE } from '@app/purchase/status';
import { SETTINGS } from '@app/settings/setting-table';

/**
 * The generated parts of the documentation match the code. `UPDATE_DOCS=1 npx jest test/specification/documentation && npm run format` updates them.
 */
const root = resolve(__dirname, '../..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const parse = (path: string): ts.SourceFile => ts.createSourceFile(path, read(path), ts.ScriptTarget.ES2022, true);

/** Every event of the union in events.ts with its doc comment, in source order. */
function eventCatalogue(): { type: string; means: string }[] {
  const source = parse('libs/purchase/src/events.ts');
  const union = source.statements
    .filter(ts.isTypeAliasDeclaration)
    .find((statement) => statement.name.text === 'PurchaseEvent');
  if (union === undefined || !ts.isUnionTypeNode(union.type)) throw new Error('PurchaseEvent is no union');
  return union.type.types.map((member) => {
    const type = /^Event<\s*'(\w+)'/.exec(member.getText())?.[1];
    const text = source.text.slice(0, member.getStart());
    const comment = [...text.matchAll(/\/\*\*\s(.*?)\s\*\//gs)].at(-1)?.[1];
    const means = comment?.replace(/^\s*\* /gm, '').replaceAll('\n', ' ');
    if (type === undefined || means === undefined) throw new Error(`no doc line: ${member.getText()}`);
    return { type, means };
  });
}

interface Route {
  call: string;
  scope: string;
  summary: string;
}

/** The first argument of the decorator with this name, as text: '' without arguments, undefined without the decorator. */
function decoratorArgument(node: ts.HasDecorators, name: string): string | undefined {
  for (const { expression } of ts.getDecorators(node) ?? []) {
    if (!ts.isCallExpression(expression) || expression.expression.getText() !== name) continue;
    const [argument] = expression.arguments;
    return argument === undefined ? '' : ts.isStringLiteralLike(argument) ? argument.text : argument.getText();
  }
  return undefined;
}

/** The summary of a route in the OpenAPI document, otherwise the first sentence of its doc comment. */
function summaryOf(method: ts.MethodDeclaration): string {
  const decorators = ['Describe', 'ApiOperation'].map((name) => decoratorArgument(method, name) ?? '');
  const described = /summary:\s*(['"`])(.*?)\1/s.exec(decorators.join(' '))?.[2];
  const [doc] = ts.getJSDocCommentsAndTags(method);
  const text = described ?? (doc && ts.getTextOfJSDocComment(doc.comment)) ?? '';
  return text.replace(/\s+/g, ' ').replace(/[.;:] .*$|\.$/, '');
}

const METHODS = ['Get', 'Put', 'Post', 'Delete', 'Patch', 'Head'];

function routesOf(controller: ts.ClassDeclaration): Route[] {
  const prefix = decoratorArgument(controller, 'Controller') ?? '';
  return controller.members.filter(ts.isMethodDeclaration).flatMap((method) =>
    METHODS.flatMap((verb): Route[] => {
      const path = decoratorArgument(method, verb);
      if (path === undefined) return [];
      const url = `/${[prefix, path].filter(Boolean).join('/')}`.replace(/:(\w+)/g, '{$1}');
      const scope = decoratorArgument(method, 'Needs') ?? '';
      return [{ call: `${verb.toUpperCase()} ${url}`, scope, summary: summaryOf(method) }];
    }),
  );
}

/** Every route of the controllers of the API. */
function routes(): Route[] {
  const files = readdirSync(join(root, 'apps/api/src'), { recursive: true, encoding: 'utf8' });
  return files
    .filter((file) => file.endsWith('.controller.ts'))
    .flatMap((file) => parse(join('apps/api/src', file)).statements.filter(ts.isClassDeclaration).flatMap(routesOf))
    .sort((a, b) => (pathOf(a) < pathOf(b) ? -1 : 1));
}
const pathOf = ({ call }: Route): string => call.split(' ').reverse().join(' ');

const row = (...cells: string[]): string => `| ${cells.join(' | ')} |`;
const table = (head: string[], rows: string[][]): string =>
  [row(...head), row(...head.map(() => '---')), ...rows.map((cells) => row(...cells))].join('\n');
const code = (text: string): string => (text === '' ? '' : `\`${text}\``);

/** The generated lists and tables: the page and the function that generates the text. */
const TABLES: Record<string, { page: string; make: () => string }> = {
  events: {
    page: 'docs/events.md',
    make: () =>
      table(
        ['event', 'what happened'],
        eventCatalogue().map(({ type, means }) => [code(type), means]),
      ),
  },
  settings: {
    page: 'docs/configuration.md',
    make: () =>
      table(
        ['setting', 'default', 'means'],
        SETTINGS.map((each) => [code(each.name), code(each.default), each.meaning]),
      ),
  },
  status: {
    page: 'docs/status-and-totals.md',
    make: () =>
      table(
        ['status', 'holds when'],
        STATUS_TABLE.map(({ status, means }) => [code(status), means]),
      ),
  },
  decisions: {
    page: 'docs/adr/README.md',
    make: () =>
      readdirSync(join(root, 'docs/adr'))
        .filter((file) => /^\d{4}-/.test(file))
        .sort()
        .map((file) => `- [${/^# (.*)$/m.exec(read(`docs/adr/${file}`))?.[1]}](${file})`)
        .join('\n'),
  },
  routes: {
    page: 'docs/http-api.md',
    make: () =>
      routes()
        .map(({ call, scope, summary }) => `- ${code(call)}${scope && ` (${code(scope)})`}: ${summary}`)
        .join('\n'),
  },
};

/** The position of the table with this name in a page. */
function between(page: string, name: string): { from: number; to: number } {
  const [begin, end] = [`<!-- ${name}: begin -->`, `<!-- ${name}: end -->`];
  const [from, to] = [page.indexOf(begin) + begin.length, page.indexOf(end)];
  if (from < begin.length || to < from) throw new Error(`no place for the table of ${name}`);
  return { from, to };
}

/** A table without the padding that Prettier adds. */
const plain = (text: string): string[] =>
  text
    .trim()
    .split('\n')
    .filter((line) => !/^[|\s-]+$/.test(line))
    .map((line) => line.replace(/\s*\|\s*/g, '|'));

const PAGES = [
  'README.md',
  'CONTRIBUTING.md',
  ...['docs', 'docs/adr', 'bench', 'data', 'libs/embedded'].flatMap((folder) =>
    readdirSync(join(root, folder))
      .filter((file) => file.endsWith('.md'))
      .map((file) => `${folder}/${file}`),
  ),
];

/** The anchor of a heading on a rendered page. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[^\w\s-]/g, '')
    .trim()
    .replace(/\s/g, '-');

/** The links of a page whose target does not exist in this repository. */
function brokenLinks(page: string): string[] {
  const targets = [...read(page).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => target ?? '');
  return targets.filter((target) => {
    if (/^https?:/.test(target)) return false;
    const [path, anchor] = target.split('#');
    const file = path ? join(dirname(page), path) : page;
    if (!existsSync(join(root, file))) return true;
    const headings = anchor === undefined ? [] : [...read(file).matchAll(/^#+ (.+)$/gm)];
    return anchor !== undefined && !headings.some(([, heading]) => anchorOf(heading ?? '') === anchor);
  });
}

/** The files of a PUT in order: the first file that each item of the numbered list in CONTRIBUTING.md names. */
const writePath = (): string[] =>
  [...read('CONTRIBUTING.md').matchAll(/^\d+\. `([^`]+)`/gm)].map(([, file]) => file ?? '');

/** The files of the repository that a file imports as `./…`, `../…` or `@app/…`. */
const importsOf = (file: string): string[] =>
  ts.preProcessFile(read(file)).importedFiles.flatMap(({ fileName }) => {
    if (fileName.startsWith('.')) return [`${join(dirname(file), fileName)}.ts`];
    return fileName.startsWith('@app/') ? [`${fileName.replace(/^@app\/([^/]+)\//, 'libs/$1/src/')}.ts`] : [];
  });

/** Every mention of a decision in a page or a source file: "ADR 12", "adr/0012". */
function decisionsMentioned(): { file: string; number: string }[] {
  const sources = ['apps', 'libs', 'test', 'bench', 'tools'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => /\.(tsx?|mjs|cjs)$/.test(file))
      .map((file) => `${folder}/${file}`),
  );
  return [...PAGES, ...sources].flatMap((file) =>
    [...read(file).matchAll(/\bADRs? (\d+)|\badr\/(\d{4})/g)].map(([, name, path]) => ({
      file,
      number: (name ?? path ?? '').padStart(4, '0'),
    })),
  );
}

describe('the documentation', () => {
  it.each(Object.entries(TABLES))('lists the %s of the code', (name, { page, make }) => {
    const text = read(page);
    const { from, to } = between(text, name);
    if (process.env.UPDATE_DOCS === '1')
      writeFileSync(join(root, page), `${text.slice(0, from)}\n\n${make()}\n\n${text.slice(to)}`);
    else expect(plain(text.slice(from, to))).toEqual(plain(make()));
  });

  it('lists every event once, with a description of its own, and every route', () => {
    const types = eventCatalogue().map(({ type }) => type);
    expect(new Set(types).size).toBe(types.length);
    expect(new Set(eventCatalogue().map(({ means }) => means)).size).toBe(types.length);
    expect(types.length).toBeGreaterThan(40);
    expect(routes().length).toBeGreaterThan(10);
  });

  it.each(PAGES)('%s has no broken link', (page) => {
    expect(brokenLinks(page)).toEqual([]);
  });

  it.each(PAGES)('%s names existing files only', (page) => {
    const named = [...read(page).matchAll(/`((?:apps|libs|test|tools|docs|bench|data|docker)\/[\w./-]+)`/g)].map(
      ([, path = '']) => path,
    );
    expect(named.filter((path) => !existsSync(join(root, path)))).toEqual([]);
  });

  it('mentions existing decisions only', () => {
    const existing = new Set(readdirSync(join(root, 'docs/adr')).map((file) => file.slice(0, 4)));
    const mentioned = decisionsMentioned();
    expect(mentioned.length).toBeGreaterThan(20);
    expect(mentioned.filter(({ number }) => !existing.has(number))).toEqual([]);
  });

  it('titles each decision "# N. Decision" with the number of its file', () => {
    const decisions = PAGES.filter((page) => /\/\d{4}-/.test(page));
    const wrong = decisions.filter((page) => !read(page).startsWith(`# ${Number(/\d{4}/.exec(page)?.[0])}. `));
    expect(wrong).toEqual([]);
  });

  it('lists every page of docs in the index', () => {
    const index = read('docs/README.md');
    const pages = PAGES.filter((page) => /^docs\/[^/]+$/.test(page)).map((page) => relative('docs', page));
    expect(pages.filter((page) => page !== 'README.md' && !index.includes(`](${page})`))).toEqual([]);
  });

  it('lists at most 9 files of a PUT, each imported by an earlier one and importing none of them', () => {
    const path = writePath();
    const isNext = (file: string, index: number): boolean => {
      const earlier = path.slice(0, index);
      return (
        earlier.some((each) => importsOf(each).includes(file)) &&
        !importsOf(file).some((each) => earlier.includes(each))
      );
    };
    expect(path.length).toBeGreaterThan(5);
    expect(path.length).toBeLessThanOrEqual(9);
    expect(new Set(path).size).toBe(path.length);
    expect(path.filter((file, index) => index > 0 && !isNext(file, index))).toEqual([]);
    expect(read(path.at(-1) ?? '')).toContain('this.store.append(');
  });

  it('keeps the README within 150 lines', () => {
    expect(read('README.md').split('\n').length).toBeLessThanOrEqual(151);
  });

  it('names entry files in nest-cli.json that exist', () => {
    const { projects } = JSON.parse(read('nest-cli.json')) as {
      projects: Record<string, { sourceRoot: string; entryFile: string }>;
    };
    const missing = Object.values(projects)
      .map(({ sourceRoot, entryFile }) => `${sourceRoot}/${entryFile}.ts`)
      .filter((file) => !existsSync(join(root, file)));
    expect(missing).toEqual([]);
  });
});
