import { expect, test } from 'vitest';
import type { Interaction } from '../../../src/model/session';
import { fitsDialog, stepCommandOf, visible } from '../../../src/vscode/stepCommand';

test('[U12] a command is run as it is shown', () => {
  const text = 'echo "[a](command:b)" $(id) `ls`; true';
  expect(stepCommandOf(step(`${text}\r\n`))).toEqual({
    ok: true,
    value: { kind: 'shell', text, shown: text },
  });
});

test.each(['\t', '\u0003', '\u001b[A', '\r', '\u007f', '\u0085', '\u0000', '\ud800'])(
  '[U12] a command with the key %j is refused',
  (key) => expect(stepCommandOf(step(`echo ${key}id`))).toMatchObject({ ok: false }),
);

test('[U12] what nobody sees is shown by its number', () => {
  expect(visible('a\u202eb\u200bc\u00a0d\u2028e\u{e0041}f\nä 漢')).toBe(
    'a<U+202E>b<U+200B>c<U+00A0>d<U+2028>e<U+E0041>f\nä 漢',
  );
});

test.each<[boolean, string]>([
  [true, 'mix test\nmix format'],
  [false, 'x'.repeat(1_001)],
  [false, 'x\n'.repeat(20)],
  [false, 'echo  two spaces'],
  [false, 'if true\n then'],
  [false, 'a<U+202E>b'],
])('[U12] it is %s that a dialog shows %j as it is', (fits, text) => {
  expect(fitsDialog(text)).toBe(fits);
});

test.each<[string, unknown, readonly string[]]>([
  ['nothing', {}, []],
  ['no metadata', null, []],
  ['a prompt like an option', { prompt: '--help' }, ['--', '--help']],
  [
    'arguments',
    { prompt: 'Go', args: ['--verbose', '-r', 'abc-1'] },
    ['--verbose', '-r', 'abc-1', '--', 'Go'],
  ],
  [
    'options, of which those are passed that are known',
    {
      prompt: 'Go',
      args: ['--allowedTools', "'Read,Write'"],
      options: {
        ...{
          model: '--help',
          max_turns: 3,
          system_prompt: 'Be "brief"',
          allowed_tools: ['Read', 'Bash(mix:*)'],
        },
        ...{ permission_mode: 'plan', resume: 'abc-1', continue: true, verbose: true, cwd: '/etc', other: 1 },
      },
    },
    [
      ...['--model=--help', '--max-turns=3', '--system-prompt=Be "brief"', '--permission-mode=plan'],
      ...['--allowedTools=Read,Bash(mix:*)', '--resume=abc-1', '--continue', '--verbose', '--', 'Go'],
    ],
  ],
])('[U15] Claude is given %s', (_, metadata, args) => {
  expect(stepCommandOf(step('claude', metadata))).toMatchObject({
    ok: true,
    value: { kind: 'claude', args },
  });
});

test.each<[string, unknown]>([
  ['an id that is none', { options: { resume: '--help' } }],
  ['an id that is none among arguments', { args: ['--resume', '$(id)'] }],
  ['no id at all', { args: ['-r'] }],
  ['arguments that are no texts', { args: ['--verbose', 1] }],
  ['a prompt that is no text', { prompt: { text: 'Go' } }],
  ['an escape', { prompt: 'Go\u001b[2J' }],
  ['a zero', { args: ['a\u0000b'] }],
])('[U15] Claude is not started with %s', (_, metadata) => {
  expect(stepCommandOf(step('claude', metadata))).toMatchObject({ ok: false });
});

test('[U15] all that Claude is given is shown, its prompt as it is', () => {
  const metadata = { prompt: 'Do $(this)\nthen `that`', options: { system_prompt: 'a\n-- b' } };
  const command = stepCommandOf(step('claude', metadata));
  expect(command.ok && command.value.shown).toBe(
    'claude "--system-prompt=a\\n-- b" --\nDo $(this)\nthen `that`',
  );
});

function step(command: string, metadata: unknown = {}): Interaction {
  const rest = { id: null, module: null, pipe: null, timestamp: null };
  return {
    id: 'i1',
    step_name: null,
    command: { ...rest, command, metadata },
    result: null,
    completed_at: null,
  };
}
