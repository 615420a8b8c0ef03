import { env, l10n, window, type QuickPickItem } from 'vscode';
import { plainText } from '../model/plainText';
import type { CommandResult } from '../model/sessionCommand';
import { pickText } from '../views/messageText';

/** What is known of a command that has ended. */
export interface StepSeen {
  readonly code?: number | undefined;
  readonly stdout?: string;
  readonly durationMs?: number;
}

/** OK only where the exit code says so. All that was printed is `stdout`: a terminal has one stream. */
export function resultOf({ code, stdout = '', durationMs }: StepSeen): CommandResult {
  return {
    status: code === 0 ? 'ok' : 'error',
    ...{ stdout, stderr: '' },
    ...(code !== undefined && { code }),
    ...(durationMs !== undefined && { duration_ms: durationMs }),
  };
}

/** Asks for the exit code, and for the output where that is not known either; undefined on Escape. */
export async function enterResult(name: string, seen: StepSeen): Promise<CommandResult | undefined> {
  const title = l10n.t('Result of {0}', name);
  const typed = await window.showInputBox({
    ...{ title, ignoreFocusOut: true },
    prompt: l10n.t('The exit code that you see in the terminal; empty where there is none'),
    validateInput: (text) => (/^-?\d{0,9}$/.test(text) ? undefined : l10n.t('A whole number')),
  });
  if (typed === undefined) return undefined;
  const code = /\d/.test(typed) ? Number(typed) : undefined;
  if (seen.stdout !== undefined) return resultOf({ ...seen, code });
  const prompt = l10n.t('The output to submit to the server; may be empty');
  const stdout = await window.showInputBox({ title, ignoreFocusOut: true, prompt });
  return stdout === undefined ? undefined : resultOf({ ...seen, code, stdout });
}

/** The result to submit, under a status that can be another; undefined on Escape. */
export async function reviewResult(
  name: string,
  result: CommandResult,
): Promise<CommandResult | 'discard' | undefined> {
  const labels = new Map([
    ['ok', l10n.t('Submit as OK')],
    ['warning', l10n.t('Submit as Warning')],
    ['error', l10n.t('Submit as Error')],
  ]);
  const statuses = [result.status, ...[...labels.keys()].filter((status) => status !== result.status)];
  const items: (QuickPickItem & { chosen: CommandResult | 'discard' })[] = [
    ...statuses.map((status) => ({
      ...{ label: labels.get(status) ?? status, chosen: { ...result, status } },
      ...(status === result.status && { description: outcomeOf(result), detail: lastLineOf(result) }),
    })),
    {
      ...{ label: l10n.t('Discard'), chosen: 'discard' },
      description: l10n.t('nothing is submitted, and the step can be run again'),
    },
  ];
  const chosen = await window.showQuickPick(items, {
    ...{ title: l10n.t('Result of {0}', name), ignoreFocusOut: true },
    placeHolder: l10n.t('Look at the terminal, then choose'),
  });
  return chosen?.chosen;
}

function outcomeOf({ code, duration_ms, stdout = '' }: CommandResult): string {
  const lines = stdout.trim() === '' ? 0 : stdout.trim().split('\n').length;
  return [
    code === undefined ? l10n.t('no exit code') : l10n.t('exit {0}', code),
    duration_ms === undefined ? '' : l10n.t('{0} s', (duration_ms / 1000).toLocaleString(env.language)),
    lines === 1 ? l10n.t('1 line') : l10n.t('{0} lines', lines.toLocaleString(env.language)),
  ]
    .filter(Boolean)
    .join(' · ');
}

const lastLineOf = ({ stdout = '' }: CommandResult): string =>
  pickText(plainText(stdout.trimEnd().split('\n').at(-1) ?? ''));
