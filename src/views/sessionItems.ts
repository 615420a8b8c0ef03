import {
  env,
  FileDecoration,
  l10n,
  MarkdownString,
  ThemeColor,
  ThemeIcon,
  TreeItem,
  TreeItemCollapsibleState,
  Uri,
  type FileDecorationProvider,
} from 'vscode';
import { instantOf } from '../model/instant';
import { plainText } from '../model/plainText';
import { isByHand, isEnded, pendingInteraction, type Session } from '../model/session';
import { clockTime } from './clockTime';
import type { CommandId } from './commandIds';
import { elapsed, elapsedInWords, seconds } from './elapsed';
import { markdownText } from './markdownText';
import { kindOf, sessionName, stepName } from './sessionName';
import type { GroupRow, MoreRow, Row, SessionRow, StepRow } from './sessionRows';
import {
  modeText,
  needPresentation,
  needText,
  resultPresentation,
  sessionPresentation,
  type StatusPresentation,
} from './sessionStatus';

const { Collapsed, Expanded, None } = TreeItemCollapsibleState;

/** Of the resources of rows that are marked. */
const UNSEEN = Uri.parse('codemyspec-row:/unseen');

/** Marks what has ended since somebody looked. */
export const UNSEEN_MARKS: FileDecorationProvider = {
  provideFileDecoration: ({ scheme }) =>
    scheme === UNSEEN.scheme
      ? new FileDecoration('●', l10n.t('New since you last looked'), new ThemeColor('textLink.foreground'))
      : undefined,
};

/** How a row is drawn, without its tooltip: that is made when somebody points at it. `now` in ms since the epoch. */
export function itemOf(row: Row, now = Date.now()): TreeItem {
  switch (row.kind) {
    case 'group':
      return groupItem(row);
    case 'session':
      return sessionItem(row, now);
    case 'step':
      return stepItem(row);
    case 'more':
      return moreItem(row);
  }
}

export function tooltipOf(row: Row): MarkdownString | undefined {
  switch (row.kind) {
    case 'group':
    case 'more':
      return undefined;
    case 'session':
      return sessionTooltip(row);
    case 'step':
      return stepTooltip(row);
  }
}

function groupItem({ id, group, rows }: GroupRow): TreeItem {
  const item = new TreeItem(group.label(), group.startsCollapsed ? Collapsed : Expanded);
  const held = rows.reduce((sum, row) => sum + 1 + row.rows.length, 0);
  item.id = id;
  item.description = count(held);
  item.contextValue = 'group';
  // An empty tooltip: otherwise the label is repeated.
  item.tooltip = '';
  const spoken =
    held === 1 ? l10n.t('{0}, 1 session', group.label()) : l10n.t('{0}, {1} sessions', group.label(), held);
  item.accessibilityInformation = { label: spoken };
  return item;
}

function moreItem(row: MoreRow): TreeItem {
  const { id, parent } = row;
  const label = l10n.t('{0} more…', count(parent.rows.length - parent.shown));
  const item = new TreeItem(label, None);
  item.id = id;
  item.contextValue = 'more';
  item.tooltip = '';
  item.command = { command: 'codeMySpec.showMore' satisfies CommandId, title: label, arguments: [row] };
  return item;
}

function sessionItem(row: SessionRow, now: number): TreeItem {
  const { id, session, rows } = row;
  const look = row.need ? needPresentation(row.need) : sessionPresentation(session.status);
  const { label, rest } = wordsOf(row);
  const item = new TreeItem(label, session.interactions.length + rows.length > 0 ? Collapsed : None);
  item.id = id;
  const marks = [markOf(row), leftOutOf(session)];
  item.description = joined([...whatHappens(row, now), ...marks], ' · ');
  item.iconPath = iconOf(look, row);
  item.contextValue = contextOf(row);
  if (row.isUnseen) item.resourceUri = UNSEEN;
  item.accessibilityInformation = {
    label: joined(
      [
        label,
        row.isUnseen ? l10n.t('new') : '',
        look.label,
        rest,
        ownerOf(session),
        modeText(session.execution_mode),
        ...inWords(row, now),
        ...marks,
      ],
      ', ',
    ),
  };
  return item;
}

/** The label is what tells the session from others; with others of its name, what kind it is too. */
function wordsOf({ session, namesakes }: SessionRow): { label: string; rest: string } {
  const [name, kind] = [sessionName(session), kindOf(session)];
  if (name === kind) return { label: kind, rest: '' };
  if (namesakes.size <= 1) return { label: name, rest: kind };
  return session.component?.name
    ? { label: l10n.t('{0}, {1}', name, kind), rest: '' }
    : { label: kind, rest: name };
}

/** The short changing value first: where room is short the constant part goes. */
function whatHappens(row: SessionRow, now: number): string[] {
  const { session, need, asked } = row;
  const { execution_mode, inserted_at, updated_at, interactions } = session;
  const [step] = interactions;
  const isPlaced = Boolean(session.component?.name ?? session.project?.name);
  const ended = isEnded(session);
  const at = ended ? timeOf(updated_at) : elapsed(inserted_at, now);
  const happens = need ? needText(need, session, asked) : ended || !step ? '' : stepName(step);
  // While the details are on their way it is not said that there are none.
  const unplaced = row.freshness?.kind === 'incomplete' ? '…' : `#${plainText(session.id, 12)}`;
  const mode = ended ? '' : modeText(execution_mode);
  return [at ?? '', happens, ownerOf(session), isPlaced ? wordsOf(row).rest : unplaced, mode];
}

function inWords(row: SessionRow, now: number): string[] {
  const { session, asked, need } = row;
  const time = isEnded(session) ? timeOf(session.updated_at) : elapsedInWords(session.inserted_at, now);
  return [need === 'asks' ? shown(asked?.message) : '', time ?? ''];
}

/** Words that menus go by; nothing can be had of sessions of other users. */
function contextOf({ session, asked, isUnseen }: SessionRow): string {
  if (session.owner) return 'session readOnly';
  const { status, execution_mode, external_conversation_id } = session;
  const known = (value: string | null, all: readonly string[]) => (value && all.includes(value) ? value : '');
  return joined(
    [
      'session',
      known(status, ['active', 'complete', 'failed', 'cancelled']),
      known(execution_mode, ['manual', 'auto', 'agentic']),
      asked || isUnseen ? 'unseen' : '',
      pendingInteraction(session) ? 'pending' : '',
      external_conversation_id ? 'conversation' : '',
    ],
    ' ',
  );
}

function stepItem({ id, interaction, parent }: StepRow): TreeItem {
  const { result, command } = interaction;
  const look = resultPresentation(result?.status ?? null, parent.session);
  const label = stepName(interaction);
  const item = new TreeItem(label, None);
  const took = result?.duration_ms == null ? '' : seconds(result.duration_ms);
  const code = result?.code ? l10n.t('exit {0}', result.code) : '';
  item.id = id;
  item.description = joined([took, code, firstLine(command?.command) ?? look.label], ' · ');
  item.iconPath = iconOf(look, parent);
  const waits = isByHand(parent.session) && !result;
  item.contextValue = joined(
    ['step', result ? '' : 'pending', command?.command ? 'command' : '', waits ? 'waits' : ''],
    ' ',
  );
  item.accessibilityInformation = { label: joined([label, look.label, code, took], ', ') };
  return item;
}

function sessionTooltip(row: SessionRow): MarkdownString {
  const { session, freshness, asked } = row;
  return table(sessionName(session), [
    [l10n.t('Status'), sessionPresentation(session.status).label],
    [l10n.t('Asks'), asked && (asked.message ?? l10n.t('for your input'))],
    [l10n.t('Owner'), session.owner && l10n.t('{0}, read-only', session.owner.name)],
    [l10n.t('Kind'), kindOf(session)],
    [l10n.t('Mode'), modeText(session.execution_mode)],
    [l10n.t('Project'), session.project?.name],
    [l10n.t('Component'), session.component?.name],
    [l10n.t('Agent'), session.agent],
    [l10n.t('Environment'), session.environment],
    [l10n.t('Started'), timeOf(session.inserted_at)],
    [l10n.t('Updated'), timeOf(session.updated_at)],
    [l10n.t('Session'), session.id],
    [l10n.t('Last confirmed'), freshness?.kind === 'stale' ? clockTime(freshness.confirmedAt) : null],
    [l10n.t('Left out'), leftOutOf(session)],
  ]);
}

function stepTooltip({ interaction, parent }: StepRow): MarkdownString {
  const { command, result } = interaction;
  return table(stepName(interaction), [
    [l10n.t('Result'), resultPresentation(result?.status ?? null, parent.session).label],
    [l10n.t('Error'), result?.error_message],
    [l10n.t('Exit code'), result?.code?.toString()],
    [l10n.t('Duration'), result?.duration_ms == null ? null : seconds(result.duration_ms)],
    [l10n.t('Command'), command?.command],
    [l10n.t('Module'), command?.module],
    [l10n.t('Completed'), timeOf(interaction.completed_at)],
  ]);
}

function table(title: string, lines: readonly [string, string | null | undefined][]): MarkdownString {
  const written = lines
    .filter((line): line is [string, string] => Boolean(line[1]))
    .map(([name, value]) => `${markdownText(name)}: ${markdownText(value)}`);
  const tooltip = new MarkdownString([`**${markdownText(title)}**`, written.join('  \n')].join('\n\n'));
  tooltip.isTrusted = false;
  tooltip.supportHtml = false;
  return tooltip;
}

/** What runs turns only while that is known to be so. */
function iconOf({ icon, color }: StatusPresentation, { isStill, freshness }: SessionRow): ThemeIcon {
  const shownIcon = isStill || freshness?.kind === 'stale' ? icon.replace(/~spin$/, '') : icon;
  return new ThemeIcon(shownIcon, color === undefined ? undefined : new ThemeColor(color));
}

const ownerOf = ({ owner }: Session): string => (owner ? l10n.t('of {0}', owner.name) : '');

/** How old a row is that is not as live as the others, or a question that may be answered. */
function markOf({ freshness, need, asked }: SessionRow): string {
  if (freshness?.kind === 'stale') return l10n.t('as of {0}', clockTime(freshness.confirmedAt));
  return asked && need !== 'asks' ? l10n.t('asked at {0}', clockTime(asked.at)) : '';
}

/** What is not shown because the server sends too much. */
function leftOutOf({ leftOut, interactions: { length } }: Session): string {
  if (!leftOut) return '';
  return leftOut.interactions > 0
    ? l10n.t('{0} of {1} interactions shown', count(length), count(length + leftOut.interactions))
    : l10n.t('not all of its data is shown');
}

const count = (value: number): string => value.toLocaleString(env.language);

function firstLine(text: string | null | undefined): string | undefined {
  return plainText(text?.trimStart().slice(0, 1000).split('\n', 1)[0] ?? '') || undefined;
}

function timeOf(time: string | null): string | null {
  const at = instantOf(time);
  return Number.isNaN(at) ? time : clockTime(at);
}

const shown = (text: string | null | undefined): string => plainText(text ?? '', 60);
const joined = (parts: readonly string[], by: string): string => parts.filter(Boolean).join(by);
