import type { SessionDelta } from '../../machines/sessionsEvents';
import { SESSION_PUSHES, type SessionPushName } from '../channel/channelPushes';
import type { FollowedSessions } from '../followedSessions';
import type { Log } from '../log';
import type { SessionOutput } from '../model/sessionOutput';
import { plainText } from '../model/plainText';
import type { PhoenixChannelClient } from '../phoenixChannel';

/** After the crash of a topic, and twice that after the next one. */
export const FIRST_REJOIN_MS = 1_000;
const LONGEST_REJOIN_MS = 30_000;
/** A topic that was joined for so long begins anew. */
const HELD_MS = 30_000;

const EVENTS = Object.keys(SESSION_PUSHES) as SessionPushName[];

export interface SessionTopicsOptions {
  readonly followed: FollowedSessions;
  readonly log: Log;
  readonly monotonic: () => number;
  readonly onDelta: (delta: SessionDelta) => void;
  readonly onOutput: (output: Omit<SessionOutput, 'at'>) => void;
  /** An exception that nobody would catch. */
  readonly onBug: (error: unknown) => void;
}

/**
 * [S15] Holds the topics of the sessions that are followed joined on the socket that there is. The server may refuse
 * them, which is right: the topic of the user tells enough.
 */
export class SessionTopics {
  private client: Pick<PhoenixChannelClient, 'joinTopic'> | undefined;
  /** What ends each, be it joined or waiting to be joined again. */
  private readonly ends = new Map<string, () => void>();
  private readonly refused = new Set<string>();
  private readonly unsubscribe: () => void;
  private skipped = 0;

  constructor(private readonly options: SessionTopicsOptions) {
    this.unsubscribe = options.followed.subscribe(() => this.update());
  }

  /** From now on this socket, whose user's topic is joined; none while there is no such socket. */
  use(client: Pick<PhoenixChannelClient, 'joinTopic'> | undefined): void {
    this.client = undefined;
    this.update();
    this.refused.clear();
    this.client = client;
    this.update();
  }

  close(): void {
    this.unsubscribe();
    this.use(undefined);
  }

  private update(): void {
    const wanted = this.client ? this.options.followed.ids : [];
    for (const [id, end] of this.ends) {
      if (wanted.includes(id)) continue;
      this.ends.delete(id);
      end();
    }
    for (const id of wanted) if (!this.ends.has(id) && !this.refused.has(refusedWith(id))) this.join(id, 0);
  }

  private join(id: string, crashes: number): void {
    const { log, monotonic, onBug } = this.options;
    const joinedAt = monotonic();
    const leave = this.client?.joinTopic(`session:${id}`, {
      events: EVENTS,
      onEvent: (event, payload) => this.take(id, event as SessionPushName, payload),
      onEnded: ({ kind, detail }) => {
        log.info(detail);
        if (kind === 'joinRefused') {
          this.ends.delete(id);
          this.refused.add(refusedWith(id));
          return;
        }
        const counted = monotonic() - joinedAt < HELD_MS ? crashes : 0;
        const rejoin = () => {
          try {
            this.join(id, counted + 1);
          } catch (error) {
            onBug(error);
          }
        };
        const timer = setTimeout(rejoin, Math.min(FIRST_REJOIN_MS * 2 ** counted, LONGEST_REJOIN_MS));
        this.ends.set(id, () => clearTimeout(timer));
      },
    });
    if (leave) this.ends.set(id, leave);
  }

  private take(id: string, event: SessionPushName, payload: unknown): void {
    const { log, onDelta, onOutput } = this.options;
    const push = SESSION_PUSHES[event](payload, id);
    if (!push) {
      this.skipped += 1;
      const topic = plainText(`session:${id}`, 128);
      log.warn(`ignored ${topic} ${event}: unreadable payload, ${this.skipped} on topics of sessions so far`);
    } else if (push.type === 'output') onOutput(push.output);
    else onDelta(push);
  }
}

/** What is not tried again on this socket: a server whose topics take integers refuses all other ids alike. */
const refusedWith = (id: string): string => (/^\d+$/.test(id) ? id : 'no integer');
