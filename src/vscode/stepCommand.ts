import { l10n } from 'vscode';
import { err, ok, type Result } from '../model/failure';
import type { Interaction } from '../model/session';

/** What a step has run, and in what words it is shown: whole, and with nothing that cannot be seen. */
export type StepCommand = { readonly shown: string } & (
  | { readonly kind: 'shell'; readonly text: string }
  /** Started without a shell, whose quoting nothing has to trust. */
  | { readonly kind: 'claude'; readonly args: readonly string[] }
);

export const CONVERSATION_ID = /^[\dA-Za-z][\dA-Za-z-]{0,63}$/;

/** A key press in a terminal, or nothing that a program can be given. */
const KEYS = /[^\P{Cc}\n]|\p{Cs}/u;
const UNPRINTABLE = /[^\P{Cc}\n\t]|\p{Cs}/u;
/** What nobody sees, or sees as something else. */
const UNSEEN = /[^\P{C}\n]|[\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800]|[^\P{Zs} ]/gu;

/** The reason is for users. */
export function stepCommandOf({ command }: Interaction): Result<StepCommand, string> {
  const text = withNewlines(command?.command ?? '').trim();
  if (text === 'claude') return claudeCommand(command?.metadata);
  if (KEYS.test(text)) {
    return err(
      l10n.t(
        'its command contains control characters, which a terminal takes as key presses. Nothing was run.',
      ),
    );
  }
  return ok({ kind: 'shell', text, shown: visible(text) });
}

/** Every character that cannot be seen by its number. */
export const visible = (text: string): string =>
  withNewlines(text).replace(
    UNSEEN,
    (each) => `<U+${each.codePointAt(0)?.toString(16).toUpperCase().padStart(4, '0')}>`,
  );

const MAX_DIALOG_CHARS = 1_000;
const MAX_DIALOG_LINES = 20;

/** Whether a dialog shows it as it is: dialogs cut long texts, and some make one space of several. */
export const fitsDialog = (shown: string): boolean =>
  shown.length <= MAX_DIALOG_CHARS &&
  shown.split('\n').length <= MAX_DIALOG_LINES &&
  !/ {2}|\n |<U\+/.test(shown);

const withNewlines = (text: string): string => text.replace(/\r\n/g, '\n');

/** The prompt stands behind `--`, and values behind `=`: none of them becomes an option. */
function claudeCommand(metadata: unknown): Result<StepCommand, string> {
  const { prompt = '', args, options } = (metadata ?? {}) as Record<string, unknown>;
  const given = isRecord(options) ? optionsOf(options) : (args ?? []);
  if (typeof prompt !== 'string' || !isTexts(given) || resumesAnything(given)) {
    return err(l10n.t('its input for Claude cannot be read. Nothing was run.'));
  }
  const text = withNewlines(prompt);
  const all = [...given, ...(text === '' ? [] : ['--', text])];
  if (all.some((each) => UNPRINTABLE.test(each))) {
    return err(l10n.t('its input for Claude contains control characters. Nothing was run.'));
  }
  const line = [
    'claude',
    ...given.map((each) => (/^[\w=:,./@-]+$/.test(each) ? each : JSON.stringify(each))),
  ];
  const shown = text === '' ? line.join(' ') : `${line.join(' ')} --\n${text}`;
  return ok({ kind: 'claude', args: all, shown: visible(shown) });
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isTexts = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((each) => typeof each === 'string');

/** As servers name them; the folder is the user’s choice, and what is not known is not passed on. */
const VALUES: readonly (readonly [name: string, option: string])[] = [
  ['model', '--model'],
  ['max_turns', '--max-turns'],
  ['system_prompt', '--system-prompt'],
  ['permission_mode', '--permission-mode'],
  ['allowed_tools', '--allowedTools'],
  ['resume', '--resume'],
];

function optionsOf(options: Record<string, unknown>): readonly string[] {
  const valued = VALUES.flatMap(([name, option]) => {
    const value = options[name];
    const text = isTexts(value) ? value.join(',') : typeof value === 'number' ? String(value) : value;
    return typeof text === 'string' && text !== '' ? [`${option}=${text}`] : [];
  });
  return [
    ...valued,
    ...(options['continue'] === true ? ['--continue'] : []),
    ...(options['verbose'] === true ? ['--verbose'] : []),
  ];
}

/** A conversation to go on with that is none. */
const resumesAnything = (args: readonly string[]): boolean =>
  args.some((each, index) => {
    if (each.startsWith('--resume=')) return !CONVERSATION_ID.test(each.slice('--resume='.length));
    return (each === '--resume' || each === '-r') && !CONVERSATION_ID.test(args[index + 1] ?? '');
  });
