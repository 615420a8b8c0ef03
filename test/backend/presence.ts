import { randomBytes } from 'node:crypto';

/**
 * What a join tells of who is there. `on`: a diff with oneself in it, then the state. `diff`: never a state. `state`:
 * the diff comes too early to be heard. `late`: the diff, and the state once it is released. `off`: nothing, of nobody.
 */
export type PresenceMode = 'on' | 'diff' | 'state' | 'late' | 'off';

/** A channel of the topic that all users share. */
export interface Present {
  readonly userId: number;
  /** `own` events bear the join_ref of the channel; broadcasts bear none. */
  tellPresence(event: string, payload: unknown, own: boolean): void;
}

type Meta = Record<string, unknown>;
type Entry = readonly [key: string, meta: Meta];

/** Who is on the topic that all users share. */
export class Presence {
  private readonly channels = new Map<Present, Entry>();
  private readonly waiting = new Set<Present>();
  /** Users without a socket here, such as those that another node serves. */
  private guests: Entry[] = [];

  constructor(public mode: PresenceMode) {}

  join(channel: Present): void {
    if (this.mode === 'off') return;
    const { userId } = channel;
    const entry: Entry = [`user:${userId}`, made({ user_id: userId })];
    this.channels.set(channel, entry);
    this.tellDiff([entry], [], this.mode === 'state' ? channel : undefined);
    if (this.mode === 'on' || this.mode === 'state') this.tellState(channel);
    if (this.mode === 'late') this.waiting.add(channel);
  }

  leave(channel: Present): void {
    const entry = this.channels.get(channel);
    this.channels.delete(channel);
    this.waiting.delete(channel);
    if (entry) this.tellDiff([], [entry]);
  }

  guestJoins(key: string, meta: Meta = {}): void {
    const entry: Entry = [key, made(meta)];
    this.guests.push(entry);
    this.tellDiff([entry], []);
  }

  /** All that is known under the key leaves, but those who have a socket here. */
  guestLeaves(key: string): void {
    const leaving = this.guests.filter(([each]) => each === key);
    this.guests = this.guests.filter(([each]) => each !== key);
    if (leaving.length > 0) this.tellDiff([], leaving);
  }

  /** Sends the state to those who joined while it was `late`. */
  releaseStates(): void {
    for (const channel of this.waiting) this.tellState(channel);
    this.waiting.clear();
  }

  private tellState(channel: Present): void {
    channel.tellPresence('presence_state', byKey([...this.guests, ...this.channels.values()]), true);
  }

  private tellDiff(joins: Entry[], leaves: Entry[], deaf?: Present): void {
    if (this.mode === 'off') return;
    const diff = { joins: byKey(joins), leaves: byKey(leaves) };
    for (const channel of this.channels.keys()) {
      if (channel !== deaf) channel.tellPresence('presence_diff', diff, false);
    }
  }
}

function made(meta: Meta): Meta {
  const online_at = String(Math.floor(Date.now() / 1000));
  return { online_at, phx_ref: randomBytes(12).toString('base64url'), ...meta };
}

function byKey(entries: Entry[]): Record<string, { metas: Meta[] }> {
  const keys = new Set(entries.map(([key]) => key));
  const metasOf = (key: string) => entries.filter(([each]) => each === key).map(([, meta]) => meta);
  return Object.fromEntries([...keys].map((key) => [key, { metas: metasOf(key) }]));
}
