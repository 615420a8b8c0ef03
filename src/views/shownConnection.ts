import type {
  ConnectionListener,
  ConnectionState,
  ConnectionStatus,
  SessionManager,
} from '../sessionManager';

/** What follows "live" and passes sooner is not said. */
export const HELD_BACK_MS = 500;

/** They wait for a user. */
const LASTING: ReadonlySet<ConnectionState> = new Set([
  ...(['disconnected', 'signedOut', 'invalidServer', 'stopped'] as const),
]);

/**
 * The connection in the words that users read, and in nothing else: "live" waits until the rows that it speaks of are on
 * screen, and stays for `HELD_BACK_MS` in case that it comes back.
 */
export class ShownConnection implements Pick<SessionManager, 'status' | 'onConnectionUpdate'> {
  private readonly listeners = new Set<ConnectionListener>();
  private readonly unsubscribe: () => void;
  private current: ConnectionStatus;
  private waiting: ConnectionStatus | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    manager: Pick<SessionManager, 'status' | 'onConnectionUpdate'>,
    /** Resolves, and soon, once what has changed is drawn; undefined where nothing is to be drawn. */
    private readonly drawn: () => Promise<void> | undefined,
  ) {
    this.current = manager.status;
    this.unsubscribe = manager.onConnectionUpdate((status) => this.follow(status));
  }

  get status(): ConnectionStatus {
    return this.current;
  }

  onConnectionUpdate(listener: ConnectionListener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  dispose(): void {
    clearTimeout(this.timer);
    this.unsubscribe();
    this.listeners.clear();
  }

  private follow(next: ConnectionStatus): void {
    const [saysLive, isLive] = [this.current, next].map(({ tags }) => tags.includes('live'));
    const drawn = isLive && !saysLive ? this.drawn() : undefined;
    // Without a list there is nothing of which "live" could still be said.
    const mayPass = next.loaded && !LASTING.has(next.state);
    if (saysLive && !isLive && mayPass) {
      this.waiting = next;
      this.timer ??= setTimeout(() => this.waiting && this.tell(this.waiting), HELD_BACK_MS);
    } else if (drawn) {
      this.waiting = next;
      void drawn.then(() => this.waiting === next && this.tell(next));
    } else this.tell(next);
  }

  private tell(status: ConnectionStatus): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.waiting = undefined;
    this.current = status;
    const errors: unknown[] = [];
    for (const listener of [...this.listeners]) {
      try {
        listener(status);
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length > 0) throw new AggregateError(errors, 'a view could not show the connection');
  }
}
