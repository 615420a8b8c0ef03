import { commands, ConfigurationTarget, l10n, window, workspace, type Disposable } from 'vscode';
import type { Claims } from '../claimFolder';
import { serverName, serverOf } from '../model/serverAddress';
import type { Session } from '../model/session';
import type { WindowActivitySource } from '../model/windowActivity';
import type { SessionManager } from '../sessionManager';
import { sessionUri } from '../sessionView/sessionUri';
import type { CommandId } from '../views/commandIds';
import { reasonsFor } from '../views/connectionPresentation';
import { messageText } from '../views/messageText';
import { sessionName } from '../views/sessionName';

export interface NotificationTargets {
  readonly manager: Pick<
    SessionManager,
    'status' | 'getAllSessions' | 'getSession' | 'onSessionsUpdate' | 'onNotification' | 'onConnectionUpdate'
  >;
  readonly windowActivity: Pick<WindowActivitySource, 'current'>;
  readonly claims: Claims;
  readonly serverUrl: () => string;
}

/** Each can be switched off by itself: the properties of the setting `codeMySpec.notifications`. */
export const NOTIFICATION_KINDS = ['asks', 'failed', 'finished', 'signInEnded'] as const;
type Kind = (typeof NOTIFICATION_KINDS)[number];

interface News {
  readonly kind: Kind;
  readonly text: string;
  readonly session?: Session;
}

/** What comes within this time is told as one. */
export const BATCH_MS = 1_000;
const MAX_NAMED = 3;
/** All windows hear of what has no time of its own within this. An end has one, and a window that polls hears of it late. */
const HEARD_WITHIN_MS = 10_000;

/** A message where somebody is needed and looks elsewhere: once on the machine, and many as one. */
export class Notifications implements Disposable {
  private readonly active = new Set<string>();
  private readonly unsubscribe: (() => void)[];
  private waiting: News[] = [];
  private timer: ReturnType<typeof setTimeout> | undefined;
  private isSignedIn = true;

  constructor(private readonly targets: NotificationTargets) {
    const { manager } = targets;
    this.unsubscribe = [
      manager.onNotification(({ sessionId, type, message = '' }) => this.noteAsk(sessionId, type, message)),
      manager.onSessionsUpdate((_, ids) => {
        for (const id of ids) this.follow(id);
      }),
      manager.onConnectionUpdate(() => this.followConnection()),
    ];
    for (const { id } of manager.getAllSessions()) this.follow(id);
    this.followConnection();
  }

  dispose(): void {
    clearTimeout(this.timer);
    for (const end of this.unsubscribe) end();
  }

  /** An end is news where it was seen to come. */
  private follow(id: string): void {
    const session = this.targets.manager.getSession(id);
    const isActive = session?.status === 'active' && !session.owner;
    const wasActive = this.active.delete(id);
    if (isActive) this.active.add(id);
    if (!session || isActive || !wasActive) return;
    const name = messageText(sessionName(session));
    const at = session.updated_at ?? '';
    if (session.status === 'failed')
      void this.note({ kind: 'failed', session, text: l10n.t('{0} has failed.', name) }, at);
    if (session.status === 'complete')
      void this.note({ kind: 'finished', session, text: l10n.t('{0} has finished.', name) }, at);
  }

  private noteAsk(id: string, type: string, message: string): void {
    const session = this.targets.manager.getSession(id);
    if (!session || session.owner) return;
    const name = messageText(sessionName(session));
    const text = message
      ? l10n.t('{0} asks: {1}', name, messageText(message))
      : l10n.t('{0} needs your input.', name);
    void this.note({ kind: 'asks', session, text }, `${type} ${message}`);
  }

  private followConnection(): void {
    const { status } = this.targets.manager;
    const wasSignedIn = this.isSignedIn;
    this.isSignedIn = status.state !== 'signedOut';
    if (!wasSignedIn || this.isSignedIn || !status.failure) return;
    const server = serverName(this.targets.serverUrl());
    const [reason = ''] = reasonsFor(status);
    const text = l10n.t('You are signed out of {0}. {1}', messageText(server), reason);
    void this.note({ kind: 'signInEnded', text }, '');
  }

  /** Another window may tell it; one that somebody works in need not. */
  private async note(news: News, what: string): Promise<void> {
    const { claims, serverUrl } = this.targets;
    const isEnd = news.kind === 'failed' || news.kind === 'finished';
    const thing = [serverOf(serverUrl()), news.kind, news.session?.id ?? '', what].join('\n');
    const isMine = await claims.claim(thing, isEnd ? undefined : HEARD_WITHIN_MS);
    if (!isMine || this.isSeen(news.kind) || settings()[news.kind] === false) return;
    // A message may come twice.
    const isSame = ({ text, session }: News) => text === news.text && session?.id === news.session?.id;
    if (!this.waiting.some(isSame)) this.waiting.push(news);
    this.timer ??= setTimeout(() => {
      const told = this.waiting;
      this.waiting = [];
      this.timer = undefined;
      void this.tell(told);
    }, BATCH_MS);
  }

  private isSeen(kind: Kind): boolean {
    const { focused, visible } = this.targets.windowActivity.current();
    if (kind === 'signInEnded') return false;
    return focused && (visible || kind !== 'asks');
  }

  private async tell(news: readonly News[]): Promise<void> {
    const [first] = news;
    if (!first) return;
    const { session } = first;
    const isOne = news.length === 1;
    const action = !isOne ? l10n.t('Show Sessions') : session ? l10n.t('Open Session') : l10n.t('Sign In');
    const never = l10n.t("Don't Show Again");
    const isBad = news.some(({ kind }) => kind === 'failed' || kind === 'signInEnded');
    const show = isBad ? window.showWarningMessage : window.showInformationMessage;
    const chosen = await show(isOne ? first.text : together(news), action, never);
    if (chosen === never) await switchOff(news);
    if (chosen !== action) return;
    if (!isOne) await commands.executeCommand('codeMySpec.sessions.focus');
    else if (session)
      await commands.executeCommand('vscode.open', sessionUri(this.targets.serverUrl(), session));
    else await commands.executeCommand('codeMySpec.signIn' satisfies CommandId);
  }
}

function together(news: readonly News[]): string {
  const named = news.slice(0, MAX_NAMED).map(({ text }) => text);
  const more = news.length - named.length;
  return [...named, ...(more > 0 ? [l10n.t('{0} more.', more)] : [])].join(' ');
}

const settings = (): Readonly<Record<string, unknown>> =>
  workspace.getConfiguration('codeMySpec').get<Record<string, unknown>>('notifications') ?? {};

async function switchOff(news: readonly News[]): Promise<void> {
  const off = Object.fromEntries(news.map(({ kind }) => [kind, false]));
  const next = { ...settings(), ...off };
  await workspace.getConfiguration('codeMySpec').update('notifications', next, ConfigurationTarget.Global);
}
