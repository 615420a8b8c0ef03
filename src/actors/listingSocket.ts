import { JOIN_TIMEOUT_MS } from '../../machines/delays';
import type { Failure, Result } from '../model/failure';
import type { SessionList } from '../model/parseSession';
import type { Secret } from '../model/secret';
import type { PhoenixChannelClient } from '../phoenixChannel';
import type { ChannelListRequest } from './sessionSource';

export type Ended = (end: 'lost' | 'refused', failure: Failure) => void;

export interface ListingSocketOptions {
  readonly token: Secret;
  /** Makes a socket that is not open yet. */
  readonly connect: (
    token: Secret,
    onJoined: (topic: string) => void,
    onEnded: Ended,
  ) => PhoenixChannelClient;
  readonly monotonic: () => number;
  readonly onJoined: (topic: string) => void;
  /** The end of the socket that there is; what becomes of the next before its time concerns nobody. */
  readonly onEnded: Ended;
  /** Another socket is joined, and asked for the list now. */
  readonly onListing: (client: PhoenixChannelClient) => void;
  /** That one is closed, and the first goes on. */
  readonly onGivenUp: () => void;
  /** Another socket, joined and listed, has taken the place of the first. */
  readonly onReplaced: (client: PhoenixChannelClient) => void;
  /** An exception that nobody would catch. */
  readonly onBug: (error: unknown) => void;
}

/**
 * The socket of one attempt. A socket lists the project that was active when it was opened: where that is too long ago,
 * another one is opened beside it, and takes its place once it has listed.
 */
export class ListingSocket {
  private current: PhoenixChannelClient;
  private next: PhoenixChannelClient | undefined;
  private openedAt: number;

  constructor(private readonly options: ListingSocketOptions) {
    const { connect, token, monotonic, onJoined, onEnded } = options;
    this.openedAt = monotonic();
    this.current = connect(token, onJoined, onEnded);
  }

  get client(): PhoenixChannelClient {
    return this.current;
  }

  open(): void {
    this.current.open();
  }

  async list({ signal, maxAgeMs, token }: ChannelListRequest): Promise<Result<SessionList>> {
    const { monotonic, onListing, onGivenUp, onReplaced } = this.options;
    const isGivenUp = () => signal.aborted;
    const now = monotonic();
    if (isGivenUp() || now - this.openedAt <= maxAgeMs) return this.current.listSessions();
    const next = await this.openNext(token, signal);
    if (!next || isGivenUp()) return this.current.listSessions();
    onListing(next);
    const listed = await next.listSessions();
    if (isGivenUp()) return listed;
    if (!listed.ok) {
      this.leaveNext();
      onGivenUp();
      return listed;
    }
    // What fails to close is closed with the rest.
    this.next = this.current;
    this.current = next;
    this.openedAt = now;
    this.leaveNext();
    onReplaced(next);
    return listed;
  }

  close(): void {
    this.leaveNext();
    this.current.close();
  }

  /** Undefined where it is not joined in time; where it is given up later, it is closed all the same. */
  private openNext(token: Secret, signal: AbortSignal): Promise<PhoenixChannelClient | undefined> {
    const { connect, onEnded, onGivenUp, onBug } = this.options;
    return new Promise((resolve) => {
      // One that failed to close.
      this.leaveNext();
      const settle = (joined?: PhoenixChannelClient) => {
        clearTimeout(late);
        resolve(joined);
      };
      const opening = connect(
        token,
        () => settle(opening),
        (end, failure) => {
          if (this.current === opening) onEnded(end, failure);
          else settle();
        },
      );
      const giveUp = () => {
        settle();
        try {
          if (this.next !== opening) return;
          this.leaveNext();
          onGivenUp();
        } catch (error) {
          onBug(error);
        }
      };
      const late = setTimeout(giveUp, JOIN_TIMEOUT_MS);
      signal.addEventListener('abort', giveUp);
      this.next = opening;
      opening.open();
    });
  }

  private leaveNext(): void {
    this.next?.close();
    this.next = undefined;
  }
}
