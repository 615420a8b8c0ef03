export interface UpgradeRecord {
  at: number;
  status: number;
  token: string | null;
  userId: number | null;
}

export interface JoinRecord {
  at: number;
  topic: string;
  userId: number;
  /** `ok` or the reason of the refusal. */
  answer: string;
}

export interface CallRecord {
  at: number;
  topic: string;
  event: string;
  payload: unknown;
  userId: number;
}

export interface RequestRecord {
  at: number;
  /** Method and pattern, such as `GET /api/sessions/:id`. */
  route: string;
  url: string;
  status: number | 'reset' | 'hang';
  token: string | null;
}

/** What clients asked of the server, in order; `at` is milliseconds since the epoch. */
export class Stats {
  readonly upgrades: UpgradeRecord[] = [];
  readonly joins: JoinRecord[] = [];
  /** What clients asked on a channel that they had joined. */
  readonly calls: CallRecord[] = [];
  readonly requests: RequestRecord[] = [];
  heartbeats = 0;
  private readonly waiting = new Set<() => void>();

  upgraded(record: Omit<UpgradeRecord, 'at'>): void {
    this.upgrades.push({ at: Date.now(), ...record });
    this.changed();
  }

  joined(record: Omit<JoinRecord, 'at'>): void {
    this.joins.push({ at: Date.now(), ...record });
    this.changed();
  }

  called(record: Omit<CallRecord, 'at'>): void {
    this.calls.push({ at: Date.now(), ...record });
    this.changed();
  }

  requested(record: Omit<RequestRecord, 'at'>): void {
    this.requests.push({ at: Date.now(), ...record });
    this.changed();
  }

  beat(): void {
    this.heartbeats += 1;
    this.changed();
  }

  /** Looks again whenever something is recorded or a socket closes. */
  changed(): void {
    for (const look of this.waiting) look();
  }

  until(reached: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = () => {
        if (!reached()) return;
        this.waiting.delete(look);
        resolve();
      };
      this.waiting.add(look);
      look();
    });
  }

  snapshot() {
    return {
      upgrades: [...this.upgrades],
      joins: [...this.joins],
      calls: [...this.calls],
      requests: [...this.requests],
      heartbeats: this.heartbeats,
      counts: {
        upgrades: this.upgrades.length,
        joins: countBy(this.joins.map((join) => join.topic)),
        calls: countBy(this.calls.map((call) => call.event)),
        requests: countBy(this.requests.map((request) => request.route)),
      },
    };
  }
}

function countBy(names: string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}
