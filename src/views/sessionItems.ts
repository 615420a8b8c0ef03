import { env, l10n, MarkdownString, ThemeColor, ThemeIcon, TreeItem, TreeItemCollapsibleState } from 'vscode';
import { instantOf } from '../model/instant';
import type { Freshness, Interaction, Session } from '../model/session';
import { clockTime } from './clockTime';
import { markdownText } from './markdownText';
import { plainText } from '../model/plainText';
import type { GroupRow, Row, SessionRow, StepRow } from './sessionRows';
import { resultPresentation, sessionPresentation, type StatusPresentation } from './sessionStatus';

const { Collapsed, Expanded, None } = TreeItemCollapsibleState;

/** How a row is drawn, without its tooltip: that is made when somebody points at it. */
export function itemOf(row: Row): TreeItem {
  switch (row.kind) {
    case 'group':
      return groupItem(row);
    case 'session':
      return sessionItem(row);
    case 'step':
      return stepItem(row);
  }
}

export function tooltipOf(row: Row): MarkdownString | undefined {
  switch (row.kind) {
    case 'group':
      return undefined;
    case 'session':
      return sessionTooltip(row);
    case 'step':
      return stepTooltip(row);
  }
}

function groupItem({ id, status, rows }: GroupRow): TreeItem {
  const { label } = sessionPresentation(status);
  const ended = ['complete', 'failed', 'cancelled'].includes(status);
  const item = new TreeItem(label, ended ? Collapsed : Expanded);
  item.id = id;
  item.description = String(rows.length);
  item.contextValue = 'group';
  // An empty tooltip: otherwise the label is repeated.
  item.tooltip = '';
  item.accessibilityInformation = { label: l10n.t('{0}, {1} sessions', label, rows.length) };
  return item;
}

function sessionItem({ id, session, freshness, group }: SessionRow): TreeItem {
  const look = sessionPresentation(session.status);
  const label = sessionName(session);
  const item = new TreeItem(label, session.interactions.length > 0 ? Collapsed : None);
  item.id = id;
  const mode = shown(session.execution_mode);
  const mark = markOf(freshness);
  item.description = joined([placeOf(session, freshness), mode, mark, leftOutOf(session)], ' · ');
  item.iconPath = iconOf(look);
  item.contextValue = `session.${group.status}`;
  item.accessibilityInformation = {
    label: joined([label, look.label, placeOf(session), mode, mark], ', '),
  };
  return item;
}

function stepItem({ id, interaction, parent }: StepRow): TreeItem {
  const look = resultPresentation(interaction.result?.status ?? null, parent.session.status);
  const label = stepName(interaction);
  const item = new TreeItem(label, None);
  item.id = id;
  item.description = firstLine(interaction.command?.command) ?? look.label;
  item.iconPath = iconOf(look);
  item.contextValue = interaction.result ? 'interaction.done' : 'interaction.pending';
  item.accessibilityInformation = { label: joined([label, look.label], ', ') };
  return item;
}

function sessionTooltip({ session, freshness }: SessionRow): MarkdownString {
  return table(sessionName(session), [
    [l10n.t('Status'), sessionPresentation(session.status).label],
    [l10n.t('Mode'), session.execution_mode],
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
    [l10n.t('Result'), resultPresentation(result?.status ?? null, parent.session.status).label],
    [l10n.t('Error'), result?.error_message],
    [l10n.t('Exit code'), result?.code?.toString()],
    [
      l10n.t('Duration'),
      result?.duration_ms == null ? null : l10n.t('{0} s', (result.duration_ms / 1000).toFixed(1)),
    ],
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

function iconOf({ icon, color }: StatusPresentation): ThemeIcon {
  return color === undefined ? new ThemeIcon(icon) : new ThemeIcon(icon, new ThemeColor(color));
}

/** `ContextSpecSessions` reads `Context Spec`. */
export function sessionName({ display_name, type }: Session): string {
  const readable = type && spaced(type.replace(/Sessions?$/, ''));
  return (
    plainText(display_name ?? '') || plainText(readable ?? '') || plainText(type ?? '') || l10n.t('Session')
  );
}

/** While the details are on their way it is not said that there are none. */
function placeOf({ component, project, id }: Session, freshness?: Freshness): string {
  const place = shown(component?.name) || shown(project?.name);
  return place || (freshness?.kind === 'incomplete' ? '…' : `#${plainText(id, 12)}`);
}

/** How old a row is that is not as live as the others. */
function markOf(freshness: Freshness | undefined): string {
  return freshness?.kind === 'stale' ? l10n.t('as of {0}', clockTime(freshness.confirmedAt)) : '';
}

/** What is not shown because the server sends too much. */
function leftOutOf({ leftOut, interactions: { length } }: Session): string {
  if (!leftOut) return '';
  return leftOut.interactions > 0
    ? l10n.t('{0} of {1} interactions shown', count(length), count(length + leftOut.interactions))
    : l10n.t('not all of its data is shown');
}

const count = (value: number): string => value.toLocaleString(env.language);

export function stepName({ step_name, command }: Interaction): string {
  const module = spaced(command?.module?.slice(command.module.lastIndexOf('.') + 1) ?? '');
  return plainText(step_name ?? '') || plainText(module) || l10n.t('Step');
}

function firstLine(text: string | null | undefined): string | undefined {
  return plainText(text?.trimStart().slice(0, 1000).split('\n', 1)[0] ?? '') || undefined;
}

function timeOf(time: string | null): string | null {
  const at = instantOf(time);
  return Number.isNaN(at) ? time : clockTime(at);
}

/** `RunAPITests` reads `Run API Tests`. */
function spaced(name: string): string {
  return name.slice(0, 200).replace(/([a-z\d])(?=[A-Z])|([A-Z])(?=[A-Z][a-z])/g, '$1$2 ');
}

const shown = (text: string | null | undefined): string => plainText(text ?? '', 60);
const joined = (parts: readonly string[], by: string): string => parts.filter(Boolean).join(by);
