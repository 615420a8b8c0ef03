import { describe, expect, it } from 'vitest';
import { parseAnsi, withoutAnsi, withVisibleControls } from '../../../src/sessionView/ansi';
import { elapsedMs, expectLinearTime } from '../../linearTime';

const looks = (text: string) => parseAnsi(text).map((span) => [span.look, span.text]);

describe('[U2] the output of a terminal', () => {
  it.each<[string, string, string[][]]>([
    ['plain', 'one\ntwo', [['', 'one\ntwo']]],
    [
      'colours',
      '\u001b[31mred\u001b[0m, \u001b[92mgreen\u001b[39m.',
      [
        ['fg-1', 'red'],
        ['', ', '],
        ['fg-10', 'green'],
        ['', '.'],
      ],
    ],
    [
      'several at once',
      '\u001b[1;4;33;44mx\u001b[22;24my',
      [
        ['bold underlined fg-3 bg-4', 'x'],
        ['fg-3 bg-4', 'y'],
      ],
    ],
    [
      'an empty reset',
      '\u001b[31ma\u001b[mb',
      [
        ['fg-1', 'a'],
        ['', 'b'],
      ],
    ],
    [
      'the 16 of 256',
      '\u001b[38;5;9ma\u001b[48;5;2mb',
      [
        ['fg-9', 'a'],
        ['fg-9 bg-2', 'b'],
      ],
    ],
    [
      'others of 256 and true colours',
      '\u001b[38;5;200;1ma\u001b[38;2;1;2;3;4mb',
      [
        ['bold', 'a'],
        ['bold underlined', 'b'],
      ],
    ],
    [
      'other escapes',
      '\u001b[2J\u001b]0;title\u0007a\u001b]8;;http://x\u001b\\b\u001b(Bc\u001b[?25l\u009b1mD',
      [['', 'abcD']],
    ],
    ['an escape without its end', 'a\u001b[31', [['', 'a']]],
    ['a title without its end', 'a\u001b]0;left', [['', 'a0;left']]],
    ['a bar that is drawn over', '10%\r50%\r100%\r\nnext', [['', '100%\nnext']]],
    ['bells and nulls', 'a\u0007\u0000b\tc', [['', 'ab\tc']]],
    ['what turns the direction', 'a\u202eb', [['', 'ab']]],
  ])('%s', (_, text, expected) => {
    expect(looks(text)).toEqual(expected);
    expect(withoutAnsi(text)).toBe(expected.map(([, piece]) => piece).join(''));
  });

  const PIECES = [
    '\u001b',
    '\u001b[',
    '\u001b[1;',
    '\u001b[31m',
    '\u001b]',
    '\u001b]0;',
    '\r',
    'a\r\n',
    '\u009b',
    'x\u202e',
  ];
  it.each(PIECES)('[H3] %j again and again takes time in proportion to its length', async (piece) => {
    const text = (length: number) => piece.repeat(length / piece.length);
    await expectLinearTime((length) => elapsedMs(() => withoutAnsi(text(length))), 500);
    // The page is told no more of an output.
    const shown = text(64 * 1024);
    expect(Math.min(...Array.from({ length: 5 }, () => elapsedMs(() => parseAnsi(shown))))).toBeLessThan(100);
  });
});

it('[U2] a command shows what nobody would see', () => {
  expect(withVisibleControls('a\u001b[31m\u0000\r\nb\u202e\u007f')).toBe('a␛[31m␀\nb<U+202E><U+007F>');
});
