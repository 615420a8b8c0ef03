import type { Freshness, Session } from '../model/session';
import type { SessionManager } from '../sessionManager';
import type { Asked, Attention, Need } from '../views/attention';
import { LiveOutput } from './liveOutput';
import { serverOf } from '../model/serverAddress';
import type { SessionRef } from './sessionUri';

/** What is asked of the rest of the extension to show sessions. */
export interface SessionSource {
  readonly manager: Pick<
    SessionManager,
    'getSession' | 'getFreshness' | 'onSessionUpdate' | 'onSessionOutput' | 'followSession' | 'whyNot'
  >;
  /** In the words that users read of it. */
  readonly connection: Pick<SessionManager, 'status' | 'onConnectionUpdate'>;
  readonly attention: Pick<Attention, 'needOf' | 'askedOf' | 'onChange' | 'markEndSeen'>;
  readonly serverUrl: () => string;
}

export type Standing =
  | 'here'
  /** No list has arrived yet. */
  | 'waiting'
  /** It is not among those that the server has for this user. */
  | 'gone'
  | 'signedOut'
  /** The settings name another server than its own. */
  | 'elsewhere';

/** At most so often are its listeners told, the first time at once. */
const UPDATE_INTERVAL_MS = 250;

/** One session for as long as somebody looks at it: what is known of it, and how it stands. */
export class FollowedSession {
  private readonly unsubscribe: readonly (() => void)[];
  private timer: ReturnType<typeof setTimeout> | undefined;
  private isBehind = false;
  private last: Session | undefined;
  private readonly live = new LiveOutput();

  constructor(
    private readonly ref: SessionRef,
    private readonly source: SessionSource,
    private readonly changed: () => void,
  ) {
    const tell = () => this.tell();
    this.unsubscribe = [
      source.manager.onSessionUpdate(ref.id, tell),
      source.connection.onConnectionUpdate(tell),
      source.attention.onChange((ids) => ids.includes(ref.id) && tell()),
      source.manager.onSessionOutput(ref.id, (output) => {
        this.live.add(output, this.session);
        tell();
      }),
      source.manager.followSession(ref.id),
    ];
  }

  get standing(): Standing {
    const { manager, connection, serverUrl } = this.source;
    if (serverOf(serverUrl()) !== this.ref.server) return 'elsewhere';
    const session = manager.getSession(this.ref.id);
    if (session && (this.ref.account === '' || session.account_id === this.ref.account)) return 'here';
    if (connection.status.state === 'signedOut') return 'signedOut';
    return connection.status.loaded ? 'gone' : 'waiting';
  }

  /** As it is, or as it was last; nothing of whoever is signed out. */
  get session(): Session | undefined {
    const { standing } = this;
    if (standing === 'here') this.last = this.source.manager.getSession(this.ref.id);
    if (standing === 'signedOut' || standing === 'elsewhere') this.last = undefined;
    return this.last;
  }

  /** What its agent has reported of the step that runs. */
  get liveOutput(): string {
    return this.live.textFor(this.session);
  }

  get freshness(): Freshness | undefined {
    return this.standing === 'here' ? this.source.manager.getFreshness(this.ref.id) : undefined;
  }

  get need(): Need | undefined {
    const { session } = this;
    return session && this.standing === 'here' ? this.source.attention.needOf(session) : undefined;
  }

  get asked(): Asked | undefined {
    return this.source.attention.askedOf(this.ref.id);
  }

  dispose(): void {
    clearTimeout(this.timer);
    for (const end of this.unsubscribe) end();
  }

  private tell(): void {
    this.isBehind = true;
    if (this.timer === undefined) this.catchUp();
  }

  private catchUp(): void {
    this.timer = undefined;
    if (!this.isBehind) return;
    this.isBehind = false;
    this.timer = setTimeout(() => this.catchUp(), UPDATE_INTERVAL_MS);
    this.changed();
  }
}
