import type { ConnectionListener, ConnectionStatus, SessionManager } from '../sessionManager';

/** The connection as users are told of it: "live" waits until the rows that it speaks of are on screen. */
export class ShownConnection implements Pick<SessionManager, 'status' | 'onConnectionUpdate'> {
  private readonly listeners = new Set<ConnectionListener>();
  private readonly unsubscribe: () => void;
  private current: ConnectionStatus;
  private waiting: ConnectionStatus | undefined;

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
    this.unsubscribe();
    this.listeners.clear();
  }

  private follow(next: ConnectionStatus): void {
    const becomesLive = next.tags.includes('live') && !this.current.tags.includes('live');
    const drawn = becomesLive ? this.drawn() : undefined;
    this.waiting = drawn && next;
    if (!drawn) this.tell(next);
    else void drawn.then(() => this.waiting === next && this.tell(next));
  }

  private tell(status: ConnectionStatus): void {
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
