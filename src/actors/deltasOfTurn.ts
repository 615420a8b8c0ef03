import type { SessionsRef } from '../../machines/sessions';
import type { SessionDelta, SessionsEvent } from '../../machines/sessionsEvents';
import type { Clocks } from '../model/clocks';

/**
 * The way to the sessions actor: the deltas of one turn of the event loop reach it as one event, in their order and
 * before whatever is sent after them, since to send an event costs as much as to fold one.
 */
export class DeltasOfTurn {
  private waiting: SessionDelta[] = [];

  constructor(
    private readonly sessions: Pick<SessionsRef, 'send'>,
    private readonly clocks: Pick<Clocks, 'wall'>,
    private readonly onBug: (error: unknown) => void,
  ) {}

  get size(): number {
    return this.waiting.length;
  }

  add(delta: SessionDelta): void {
    if (this.waiting.push(delta) > 1) return;
    queueMicrotask(() => {
      try {
        this.flush();
      } catch (error) {
        this.onBug(error);
      }
    });
  }

  send(event: SessionsEvent): void {
    this.flush();
    this.sessions.send(event);
  }

  flush(): void {
    const { waiting } = this;
    if (waiting.length === 0) return;
    this.waiting = [];
    this.sessions.send({ type: 'deltas.arrived', deltas: waiting, at: this.clocks.wall() });
  }

  /** What waits is let go: no list that is asked for later lacks it. */
  close(): void {
    this.waiting = [];
  }
}
