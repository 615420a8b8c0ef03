import { Disposable } from 'vscode';
import { loadedPart } from '../loadedPart';
import type { Log } from '../log';
import type { ConnectionStatus, SessionManager } from '../sessionManager';
import type { Notifications, NotificationTargets } from './notifications';

export interface NotificationOptions extends Omit<NotificationTargets, 'claims'> {
  readonly manager: SessionManager;
  /** Where the windows of this machine share files; undefined where they share none. */
  readonly folder: string | undefined;
  readonly log: Log;
}

/** Notifications, loaded once there is something that they could be of. */
export function registerNotifications({ folder, log, ...targets }: NotificationOptions): Disposable {
  const { manager } = targets;
  let started: Notifications | undefined;
  let isEnded = false;
  const start = async (): Promise<void> => {
    const part = await loadedPart(() =>
      Promise.all([
        import(/* webpackChunkName: "notifications" */ './notifications'),
        import(/* webpackChunkName: "notifications" */ '../claimFolder'),
      ]),
    );
    if (!part.ok || isEnded) return;
    const [notifications, { claimFolder }] = part.value;
    const claims = folder === undefined ? UNSHARED : claimFolder({ folder, log });
    started = new notifications.Notifications({ ...targets, claims });
  };
  const follow = ({ loaded, state, failure }: ConnectionStatus): void => {
    if (!loaded && !(state === 'signedOut' && failure)) return;
    unsubscribe();
    void start();
  };
  const unsubscribe = manager.onConnectionUpdate(follow);
  return new Disposable(() => {
    isEnded = true;
    unsubscribe();
    started?.dispose();
  });
}

const UNSHARED = { claim: () => Promise.resolve(true) };
