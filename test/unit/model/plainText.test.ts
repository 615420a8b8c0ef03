import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { oneLine, plainText } from '../../../src/model/plainText';

describe('[X4] text of a server', () => {
  it.each([
    ['line breaks', 'a\nb\r\nc\u0085d\u2028e\u2029f\vg', 'a b c d e f g'],
    ['escapes of a terminal', '\u001b[31mred\u001b]0;title\u0007 \u009b2J', '[31mred ]0;title 2J'],
    ['marks that turn the direction', 'a\u202egnp.exe\u2066\u200f\u061cb', 'a gnp.exe b'],
    ['halves of characters', '\ud83da\udc69', 'a'],
    ['what nobody sees', 'pass\u200bword\u00ad\u2060\ufeff\u3164\u115f\u2800\u{e0041}\ufff9x', 'pass word x'],
    ['joiners that join nothing', 'pass\u200dword \u200d\u200c e\u0301\u200dx', 'pass word e\u0301 x'],
    ['selectors that select nothing', 'a\ufe0f\u{e0100}b', 'a b'],
    ['nothing but that', '\u200b\u200d\ufe0f \u202e\u0000', ''],
  ])('loses %s', (_, text, line) => {
    expect(oneLine(text)).toBe(line);
  });

  it.each(['👩‍👩‍👧', '🏳️‍🌈', '❤️', '👩🏽‍💻', 'می‌خواهم', 'क्‍ष', 'Zoë e\u0301', '日本語', 'a – “b”'])(
    'keeps %s as it is written',
    (text) => {
      expect([oneLine(text), plainText(text)]).toEqual([text, text]);
    },
  );

  it.each([
    ['a long name', 'abcdefghijkl', 'abcdefghi…'],
    ['an emoji of five parts', 'abcdef👩‍👩‍👧', 'abcdef…'],
    ['an accent', 'abcdefghe\u0301xyz', 'abcdefgh…'],
    ['a flag', 'abcdefgh🇩🇪🇫🇷', 'abcdefgh…'],
    ['a word', 'abc defg hijk', 'abc defg…'],
    ['nothing else', `x${'\u0301'.repeat(1_000)}`, '…'],
  ])('is cut before %s that would not fit whole', (_, text, line) => {
    expect(plainText(text, 10)).toBe(line);
  });

  it('is one well-formed line that fits, whatever it was', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', maxLength: 200 }),
        fc.integer({ min: 1, max: 60 }),
        (text, max) => {
          const line = plainText(text, max);
          expect(line.length).toBeLessThanOrEqual(max);
          expect(line).not.toMatch(/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}]/u);
          expect(oneLine(line)).toBe(line);
        },
      ),
    );
  });
});
