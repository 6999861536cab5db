import { problemOfText, TEXT_PROBLEMS } from './text';

describe('problemOfText', () => {
  it.each(['', 'a', 'tab\tand\r\nbreaks', 'Ünïcödé', '😀', '\u200b\u2028\ufeff', 'e\u0301', '☃\ufe0f', '\uffff'])(
    'accepts %j',
    (text) => {
      expect(problemOfText(text)).toBeUndefined();
    },
  );

  it.each([
    ['a\u0000b', 'control-character'],
    ['\u000b', 'control-character'],
    ['\u001b[31m', 'control-character'],
    ['\u007f', 'control-character'],
    ['\u0085', 'control-character'],
    ['\u009f', 'control-character'],
    ['\ud83d', 'lone-surrogate'],
    ['x\ude00y', 'lone-surrogate'],
    ['\ude00\ud83d', 'lone-surrogate'],
  ])('refuses %j as %s', (text, problem) => {
    expect(problemOfText(text)).toBe(problem);
  });
});

it('a text that is refused has a message for its sender', () => {
  expect(TEXT_PROBLEMS).toEqual({
    'control-character': 'has a control character other than tab, line feed and carriage return',
    'lone-surrogate': 'has half of a surrogate pair, which is not Unicode text',
  });
});
