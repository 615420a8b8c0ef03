import {
  l10n,
  MarkdownString,
  StatusBarAlignment,
  ThemeColor,
  window,
  type Disposable,
  type StatusBarItem,
} from 'vscode';
import type { ConnectionStatus, SessionManager } from '../sessionManager';
import { serverName } from '../model/serverAddress';
import type { Attention } from './attention';
import { clockTime, clockTimeInSeconds } from './clockTime';
import type { CommandId } from './commandIds';
import {
  offlineSince,
  reasonsFor,
  shownStatus,
  presentationOf,
  type ConnectionPresentation,
} from './connectionPresentation';
import { markdownText } from './markdownText';
import { needingText } from './sessionStatus';

const STATUS_BAR_ID = 'codeMySpec.connection';
const PRIORITY = 50;

/**
 * Names the state of the connection and counts what waits for the user; its click tells what can be done. Stays away
 * until somebody has signed in or looked at the view.
 */
export class StatusBar implements Disposable {
  private readonly item: StatusBarItem;
  private readonly unsubscribe: (() => void)[];
  private shown: ConnectionStatus | undefined;
  private wanted = false;

  constructor(
    private readonly manager: Pick<SessionManager, 'status' | 'onConnectionUpdate'>,
    private readonly attention: Pick<Attention, 'count' | 'onCount'>,
    private readonly serverUrl: () => string,
  ) {
    this.item = window.createStatusBarItem(STATUS_BAR_ID, StatusBarAlignment.Left, PRIORITY);
    this.item.name = 'CodeMySpec';
    this.item.command = 'codeMySpec.showStatusMenu' satisfies CommandId;
    this.unsubscribe = [
      manager.onConnectionUpdate((status) => this.update(status)),
      attention.onCount(() => this.update(this.manager.status)),
    ];
    this.update(manager.status);
  }

  /** Somebody is interested: the item stays from now on. */
  reveal(): void {
    if (this.wanted) return;
    this.wanted = true;
    this.item.show();
  }

  /** The server of the settings is another one now. */
  serverChanged(): void {
    this.update(this.manager.status);
  }

  dispose(): void {
    for (const end of this.unsubscribe) end();
    this.item.dispose();
  }

  private update(next: ConnectionStatus): void {
    const status = shownStatus(this.shown, next);
    this.shown = status;
    const presentation = presentationOf(status);
    const { count } = this.attention;
    const waiting = count > 0 ? ` $(bell-dot) ${count}` : '';
    this.item.text = `$(${presentation.icon}) CodeMySpec: ${textOf(status, presentation)}${waiting}`;
    this.item.tooltip = tooltipOf(status, presentation, serverName(this.serverUrl()), count);
    this.item.backgroundColor = presentation.needsUser
      ? new ThemeColor('statusBarItem.warningBackground')
      : undefined;
    this.item.accessibilityInformation = {
      label: accessibleLabel(status, presentation, count),
      role: 'button',
    };
    if (!presentation.showBeforeFirstUse) this.reveal();
  }
}

const textOf = ({ state, since }: ConnectionStatus, { text }: ConnectionPresentation): string =>
  state === 'polling.offline' ? offlineSince(text, since) : text;

const needing = (count: number): string[] => (count > 0 ? [`${needingText(count)}.`] : []);

function accessibleLabel(
  status: ConnectionStatus,
  presentation: ConnectionPresentation,
  count: number,
): string {
  const label = l10n.t('CodeMySpec: {0}. {1}', presentation.text, presentation.explanation);
  return [label, ...reasonsFor(status), ...needing(count)].join(' ');
}

function tooltipOf(
  status: ConnectionStatus,
  presentation: ConnectionPresentation,
  server: string,
  count: number,
): MarkdownString {
  const lines = [
    `**${markdownText(`CodeMySpec: ${presentation.text}`)}**`,
    markdownText(presentation.explanation),
    markdownText(l10n.t('Server: {0}', server)),
    markdownText(l10n.t('Since {0}.', clockTime(status.since))),
  ];
  for (const reason of reasonsFor(status)) lines.push(markdownText(l10n.t('Reason: {0}', reason)));
  if (status.nextTryAt !== undefined) {
    lines.push(markdownText(l10n.t('The next attempt is at {0}.', clockTimeInSeconds(status.nextTryAt))));
  }
  if (!status.tags.includes('live') && status.syncedAt !== undefined) {
    lines.push(markdownText(l10n.t('The sessions shown were complete at {0}.', clockTime(status.syncedAt))));
  }
  for (const text of needing(count)) lines.push(markdownText(text));
  lines.push(`_${markdownText(l10n.t('Click for actions.'))}_`);
  return new MarkdownString(lines.join('\n\n'));
}
