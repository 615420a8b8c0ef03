import type { Memento } from 'vscode';
import { instantOf } from '../model/instant';
import { lightSession } from '../model/lightSession';
import { parseSession } from '../model/parseSession';
import { mergeSession, type Session } from '../model/session';
import type { SessionManager } from '../sessionManager';
import { serverOf } from '../model/serverAddress';
import type { LastPicture, Picture } from '../views/lastPicture';

export interface PictureTargets {
  readonly manager: Pick<
    SessionManager,
    'status' | 'getAllSessions' | 'onSessionsUpdate' | 'onConnectionUpdate'
  >;
  readonly picture: Pick<LastPicture, 'show'>;
  readonly memory: Pick<Memento, 'get' | 'update'>;
  readonly serverUrl: () => string;
  /** Of the account that is kept for this server; another with each sign-in. Undefined where there is none. */
  readonly accountId: () => Promise<string | undefined>;
}

/** As it is kept: of one server and account, the last that was followed. */
interface Kept {
  readonly server: string;
  readonly account: string;
  readonly at: number;
  readonly sessions: readonly unknown[];
}

const KEY = 'codeMySpec.lastPicture';
export const MAX_KEPT_SESSIONS = 500;
/** At most once in this time. */
export const WRITE_AFTER_MS = 30_000;

/** Keeps summaries of the sessions for the next start, and has them shown there. Gone with the account. */
export class PictureKeeper {
  private readonly unsubscribe: (() => void)[];
  private timer: ReturnType<typeof setTimeout> | undefined;
  private server: string | undefined;
  /** Whose sessions are followed, from the first list on. */
  private account: string | undefined;
  private isLoaded = false;

  constructor(private readonly targets: PictureTargets) {
    const { manager } = targets;
    this.unsubscribe = [
      manager.onSessionsUpdate(() => this.schedule()),
      manager.onConnectionUpdate(() => void this.follow()),
    ];
    void this.follow();
  }

  dispose(): void {
    for (const end of this.unsubscribe) end();
    if (this.timer !== undefined) this.write();
    clearTimeout(this.timer);
  }

  /** As accounts are kept: however the address is written. */
  private get serverNow(): string {
    return serverOf(this.targets.serverUrl());
  }

  private async follow(): Promise<void> {
    const { manager, memory, accountId } = this.targets;
    const { state, loaded } = manager.status;
    if (loaded !== this.isLoaded) {
      this.isLoaded = loaded;
      this.account = undefined;
      if (!loaded) this.cancel();
      else this.account = await accountId();
      this.schedule();
    }
    if (state === 'signedOut') {
      this.cancel();
      if (memory.get<Partial<Kept>>(KEY)?.server === this.serverNow) await memory.update(KEY, undefined);
    } else if (this.server !== this.serverNow) await this.show();
  }

  private async show(): Promise<void> {
    const { memory, picture, accountId } = this.targets;
    const server = this.serverNow;
    this.server = server;
    picture.show(undefined);
    const kept = memory.get<Partial<Kept>>(KEY);
    if (kept?.server !== server || kept.account !== (await accountId()) || server !== this.serverNow) return;
    picture.show(pictureOf(kept));
  }

  private schedule(): void {
    if (!this.isLoaded) return;
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      void this.targets.accountId().then((id) => id === this.account && this.write());
    }, WRITE_AFTER_MS);
  }

  private cancel(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  private write(): void {
    const { manager, memory } = this.targets;
    const { loaded, tags, syncedAt } = manager.status;
    const server = this.serverNow;
    if (!loaded || this.account === undefined || server !== this.server) return;
    const at = tags.includes('live') ? Date.now() : (syncedAt ?? Date.now());
    const sessions = manager
      .getAllSessions()
      .filter(({ owner }) => !owner)
      .map((session) => ({ session, activeAt: instantOf(session.updated_at) || 0 }))
      .sort((one, other) => other.activeAt - one.activeAt)
      .slice(0, MAX_KEPT_SESSIONS)
      .map(({ session }) => summaryOf(session));
    void memory.update(KEY, { server, account: this.account, at, sessions } satisfies Kept);
  }
}

/** What tells sessions apart, how they stand, and when; nothing that was commanded, printed or prompted. */
function summaryOf(session: Session): object {
  const { id, type, display_name, status, execution_mode, session_id, ...light } = lightSession(session);
  const { project_id, component_id, project, component, inserted_at, updated_at } = light;
  return {
    ...{ id, type, display_name, status, execution_mode, session_id, inserted_at, updated_at },
    ...{ project_id, component_id },
    project: project && { id: project.id, name: project.name },
    component: component && { id: component.id, name: component.name },
  };
}

/** Read as what a server says is read: another version may have written it. */
function pictureOf({ at, sessions }: Partial<Kept>): Picture | undefined {
  if (typeof at !== 'number' || !Array.isArray(sessions)) return undefined;
  const updates = (sessions as unknown[]).slice(0, MAX_KEPT_SESSIONS).map(parseSession);
  return { at, sessions: updates.flatMap((update) => (update ? [mergeSession(undefined, update)] : [])) };
}
