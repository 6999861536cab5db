import fc from 'fast-check';
import type { IdentifierKind } from './purchase';
import { normaliseIdentifier } from './identifier-value';
import { identifierStream } from '@app/stored-events/streams';

const valueOf = (sent: string, kind: IdentifierKind = 'visible'): string => {
  const normalised = normaliseIdentifier(kind, sent);
  return normalised.ok ? normalised.value : `no identifier: ${normalised.problem}`;
};
const id = '63428136-658f-48a6-beb7-7f333dfd9686';

const UNSEEN = 'has characters that nobody can see or that Unicode does not assign';

describe('an identifier', () => {
  it.each([
    ['composed and decomposed letters', 'Caf\u00e9', 'Cafe\u0301'],
    ['Hangul syllables and their parts', '\uac00', '\u1100\u1161'],
    ['the sign of ohm and the letter', '\u2126', '\u03a9'],
    ['marks in another order', 'a\u0323\u0302', 'a\u0302\u0323'],
    ['spaces around it', 'A-1', '  A-1 '],
    ['any white space around it', 'A-1', '\t\u00a0\u2003\u3000\u2028\u0085A-1\r\n'],
    ['a byte order mark before it', 'A-1', '\ufeffA-1'],
  ])('is the same despite %s', (_what, one, other) => {
    expect(valueOf(other)).toBe(valueOf(one));
    expect(valueOf(one)).not.toMatch(/^no identifier/);
  });

  it.each([
    ['case', 'a-1', 'A-1'],
    ['a full-width letter', 'A1', '\uff211'],
    ['a ligature', 'fi', '\ufb01'],
    ['a superscript', 'x2', 'x\u00b2'],
    ['a space inside', 'A 1', 'A1'],
    ['two spaces inside', 'A 1', 'A  1'],
    ['a no-break space inside', 'A 1', 'A\u00a01'],
    ['a look-alike of another script', 'A1', '\u04101'],
    ['a leading zero', '1', '01'],
    ['a slash', 'a/b', 'ab'],
    ['a percent-encoded slash', 'a/b', 'a%2Fb'],
  ])('is another one because of %s', (_what, one, other) => {
    expect(valueOf(other)).not.toBe(valueOf(one));
    expect(`${valueOf(one)} ${valueOf(other)}`).not.toMatch(/no identifier/);
  });

  it.each([
    ['is empty', ''],
    ['is empty', ' \u2003\ufeff'],
    [UNSEEN, 'A\u200b1'],
    [UNSEEN, 'A1\u200b'],
    [UNSEEN, 'A\u00ad1'],
    [UNSEEN, 'A\u200d1'],
    [UNSEEN, '\u202eA1'],
    [UNSEEN, 'A\t1'],
    [UNSEEN, 'A\n1'],
    [UNSEEN, 'A\u20281'],
    [UNSEEN, 'A\u00001'],
    [UNSEEN, 'A\ud8001'],
    [UNSEEN, 'A\u03781'],
    [UNSEEN, 'A\uffff1'],
    ['is a dot segment, which no URL can name', '.'],
    ['is a dot segment, which no URL can name', ' .. '],
    ['has more than 1,000 characters', 'x'.repeat(1_001)],
    ['has more than 1,000 characters', `x${' '.repeat(1_000_000)}x`],
    ['has more than 1,000 characters', '😀'.repeat(1_001)],
    ['has more than 1,000 characters', '\u0958'.repeat(501)],
  ])('is refused if it %s', (problem, sent) => {
    expect(normaliseIdentifier('visible', sent)).toEqual({ ok: false, problem });
  });

  it('may have 1,000 code points after normalisation and trimming', () => {
    for (const sent of ['x'.repeat(1_000), '😀'.repeat(1_000), `  ${'e\u0301'.repeat(1_000)} `])
      expect([...valueOf(sent)]).toHaveLength(1_000);
  });

  it('of kind sparklayer is a UUID in upper or lower case', () => {
    expect(valueOf(` ${id.toUpperCase()} `, 'sparklayer')).toBe(id);
    for (const sent of ['E1', id.slice(1), `x${id}`, `${id}x`, `{${id}}`, id.replaceAll('-', '')])
      expect(valueOf(sent, 'sparklayer')).toBe('no identifier: is no UUID');
  });

  it('is unchanged by a second normalisation and fits into a path', () => {
    const anyText = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme' }), fc.string());
    fc.assert(
      fc.property(anyText, (sent) => {
        const normalised = normaliseIdentifier('visible', sent);
        if (!normalised.ok) return;
        const { value } = normalised;
        expect(valueOf(value)).toBe(value);
        const { pathname } = new URL(`http://localhost/visible/${encodeURIComponent(value)}`);
        expect(decodeURIComponent(pathname.slice('/visible/'.length))).toBe(value);
      }),
      { numRuns: Number(process.env.PROPERTY_RUNS ?? 2_000) },
    );
  });

  it('has a stream name of fixed length, different for each site, kind and value', () => {
    const streams = [
      identifierStream('one', 'visible', 'a'),
      identifierStream('two', 'visible', 'a'),
      identifierStream('one', 'internal', 'a'),
      identifierStream('one', 'visible', 'x'.repeat(1_000)),
      identifierStream('one', 'visible', '","a'),
    ];
    expect(new Set(streams).size).toBe(streams.length);
    expect(new Set(streams.map(({ length }) => length)).size).toBe(1);
  });
});
