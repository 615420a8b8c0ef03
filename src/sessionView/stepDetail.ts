import { env, l10n } from 'vscode';
import { pendingInteraction, type Interaction, type Session } from '../model/session';
import { clockTime, clockTimeInSeconds } from '../views/clockTime';
import { stepName } from '../views/sessionName';
import { withVisibleControls } from './ansi';
import type { OutputShown, StepDetail } from './pageModel';
import { interactionsOf, lookOf, outcomeOf, timesOf } from './steps';
import { durationText } from './timeline';

const MAX_OUTPUT_CHARS = 64 * 1024;
const MAX_OUTPUT_LINES = 200;
const MAX_COMMAND_CHARS = 16 * 1024;
const MAX_ERROR_CHARS = 4 * 1024;
const MAX_METADATA = 50;
const MAX_METADATA_CHARS = 500;
const DAY_MS = 86_400_000;

/** All that is shown of one step; what is longer is cut, and can be opened whole. */
export function stepDetail(session: Session, key: string, liveOutput = ''): StepDetail | null {
  const interaction = interactionsOf(session).get(key);
  if (!interaction) return null;
  const { command, result } = interaction;
  const look = lookOf(interaction, session);
  return {
    ...{ key, look, name: stepName(interaction), outcome: outcomeOf(interaction, look) },
    times: timesText(interaction),
    errorMessage: withVisibleControls(cut(result?.error_message ?? '', MAX_ERROR_CHARS)),
    command: withVisibleControls(cut(commandText(interaction), MAX_COMMAND_CHARS)),
    outputs: [
      outputShown(
        'live',
        l10n.t('Output so far'),
        pendingInteraction(session) === interaction ? liveOutput : '',
      ),
      outputShown('stdout', l10n.t('Output'), result?.stdout),
      outputShown('stderr', l10n.t('Error output'), result?.stderr),
    ].filter((output) => output !== undefined),
    metadata: [
      ...(command?.module ? [[l10n.t('Module'), cut(command.module, MAX_METADATA_CHARS)] as const] : []),
      ...(command?.pipe ? [[l10n.t('Pipe'), cut(command.pipe, MAX_METADATA_CHARS)] as const] : []),
      ...valuesOf(command?.metadata),
      ...valuesOf(result?.data),
    ].slice(0, MAX_METADATA),
  };
}

/** As the server sent it. */
export function commandText({ command }: Interaction): string {
  return command?.command ?? '';
}

function timesText(interaction: Interaction): string {
  const { start, end } = timesOf(interaction);
  const at = end ?? start;
  if (at === null) return '';
  const clock = Math.abs(Date.now() - at) < DAY_MS ? clockTimeInSeconds(at) : clockTime(at);
  return start === null || end === null || end === start
    ? clock
    : `${durationText(end - start, env.language)} · ${clock}`;
}

function outputShown(
  part: OutputShown['part'],
  label: string,
  text: string | null | undefined,
): OutputShown | undefined {
  if (!text?.trim()) return undefined;
  const whole = text.trimEnd();
  const shown = endOf(whole);
  const lines = linesIn(whole);
  const note =
    shown.length === whole.length
      ? lines === 1
        ? l10n.t('1 line')
        : l10n.t('{0} lines', number(lines))
      : l10n.t('last {0} of {1} lines', number(linesIn(shown)), number(lines));
  return { part, label, note, text: shown };
}

/** The last lines that are shown. */
function endOf(text: string): string {
  let from = text.length;
  for (let lines = 0; lines < MAX_OUTPUT_LINES && from > 0; lines += 1) {
    from = text.lastIndexOf('\n', from - 1);
  }
  const tail = text.slice(Math.max(from + 1, text.length - MAX_OUTPUT_CHARS));
  if (tail.length < MAX_OUTPUT_CHARS) return tail;
  // Not from the middle of a line, where the line is not all there is.
  const begin = tail.indexOf('\n') + 1;
  return tail.slice(begin === tail.length ? 0 : begin);
}

function linesIn(text: string): number {
  let lines = 1;
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) lines += 1;
  return lines;
}

function valuesOf(value: unknown): (readonly [string, string])[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [];
  return Object.entries(value)
    .slice(0, MAX_METADATA)
    .map(([name, each]) => [cut(name, 80), valueText(each)] as const);
}

/** What has parts is told by their number: the whole may hold megabytes, and can be opened as JSON. */
function valueText(value: unknown): string {
  if (typeof value === 'string') return withVisibleControls(cut(value, MAX_METADATA_CHARS));
  if (Array.isArray(value)) return `[${number(value.length)}]`;
  return typeof value === 'object' && value !== null
    ? `{${number(Object.keys(value).length)}}`
    : String(value);
}

const number = (value: number): string => value.toLocaleString(env.language);
const cut = (text: string, maxLength: number): string =>
  text.length <= maxLength ? text : `${text.slice(0, maxLength)}…`;
