import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { diff } from '@app/purchase/diff/diff';
import { evolveAll } from '@app/purchase/evolve';
import { formatAmount } from '@app/purchase/money/money';
import type { LineItem, Package, Purchase } from '@app/purchase/purchase';
import { initialState, type LivePurchase, type PurchaseState } from '@app/purchase/state';
import { occurredAt } from '@app/purchase/occurred-at';
import { allInWords } from '@app/purchase/words/words';
import { DIFF_CASES, type DiffCase } from './diff-cases';

/** docs/diff.md is written from what the diff really tells (`UPDATE_DOCS=1` writes it anew). */
const PAGE = join(__dirname, '../../docs/diff.md');
const at = '2026-02-10T08:00:00.000Z';

function live(purchase: Purchase): LivePurchase {
  const state = evolveAll(initialState, diff(undefined, purchase, { at: '2026-02-01T08:00:00.000Z' }));
  if (state.phase !== 'live') throw new Error(state.phase);
  return state.purchase;
}

const lineText = ({ quantity, totals, details: { nameParent, nameChild } }: LineItem): string =>
  `${quantity} × ${[nameParent, nameChild].filter(Boolean).join(' ')} (${formatAmount(totals.gross, 'GBP')})`;

const datesText = (dates: Record<string, string | undefined>): string =>
  Object.entries(dates)
    .map(([name, date]) => (date === undefined ? '' : `, ${name} ${date.slice(0, 10)}`))
    .join('');

const packageText = ({ type, identifiers, dates, items }: Package): string =>
  `- **${[type, identifiers.visible].filter(Boolean).join(' ')}**${datesText({ ...dates })}: ${items.map(lineText).join(', ')}`;

const headerText = ({ type, identifiers, dates, revisionDate }: Purchase): string =>
  `- ${[type, ...Object.entries(identifiers).map(([kind, value]) => `${kind} ${value}`)].join(', ')}${datesText({ ...dates, revisionDate })}`;

const purchaseText = (purchase: Purchase | undefined): string[] =>
  purchase === undefined ? ['- nothing'] : [headerText(purchase), ...purchase.packages.map(packageText)];

function caseText({ title, says, before, after }: DiffCase, index: number): string {
  const state: PurchaseState = before === undefined ? initialState : { phase: 'live', purchase: live(before) };
  const events = diff(state.phase === 'live' ? state.purchase : undefined, after, { at });
  const words = allInWords(events, state);
  const times = occurredAt(events, state, evolveAll(state, events), at);
  const told = events.map((event, place) => {
    const time = times[place] ?? at;
    return `${place + 1}. \`${event.type}\`${time === at ? '' : ` (${time.slice(0, 10)})`}: ${words[place]}`;
  });
  return [
    `## ${index + 1}. ${title}`,
    says,
    ['Before:', '', ...purchaseText(before)].join('\n'),
    ['After:', '', ...purchaseText(after)].join('\n'),
    events.length === 0 ? 'Events: none.' : ['Events:', '', ...told].join('\n'),
  ].join('\n\n');
}

const page = (): string =>
  `${[
    '# What happened between two purchases',
    'Written by `test/specification/diff-page.spec.ts` from what the code tells: it cannot lie. Amounts are gross, in pounds; the PUT is sent on 2026-02-10; a day in brackets is when the event happened, where the body says so ([the rule](events.md#when-it-happened)). The rules behind it stand in [ADR 8](adr/0008-the-diff-matches-packages-then-lines-then-moves.md).',
    ...DIFF_CASES.map(caseText),
  ].join('\n\n')}\n`;

describe('docs/diff.md', () => {
  it('shows what the diff tells', () => {
    if (process.env.UPDATE_DOCS === '1') writeFileSync(PAGE, page());
    expect(readFileSync(PAGE, 'utf8')).toBe(page());
  });
});
