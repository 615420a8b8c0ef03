import type { ConnectionState } from '../machines/selectors';

type Delay = number | ((args: never) => number);

/** What a state waits for; of several the last one counts. */
const WAITS_OF: Partial<Record<ConnectionState, readonly string[]>> = {
  invalidServer: ['recheck'],
  reconnecting: ['backoff'],
  'connected.retryWait': ['syncBackoff', 'askedListWait', 'listSlot', 'pollSlot'],
  'polling.waiting': ['askedListWait', 'listSlot', 'pollSlot'],
  'polling.fresh': ['pollInterval'],
  'polling.offline': ['offlineRetry'],
  restarting: ['restart'],
  stopped: ['recheck'],
};

/** Waits that may be over before their time: a command or a list ends them. */
const HOLDS: ReadonlySet<string> = new Set(['askedListWait', 'listSlot', 'pollSlot']);

/** When the waits of the machines end, for users: the machines themselves know no clock. */
export class Waits {
  private readonly ends = new Map<string, number>();

  constructor(private readonly now: () => number = Date.now) {}

  /** The same delays, the end of each noted as it begins. */
  noting<T extends Record<string, Delay>>(delays: T): T {
    const noted = Object.entries(delays).map(([name, delay]) => [
      name,
      (args: never) => {
        const ms = typeof delay === 'number' ? delay : delay(args);
        this.ends.set(name, this.now() + ms);
        return ms;
      },
    ]);
    return Object.fromEntries(noted) as T;
  }

  /** When what that state waits for ends, in ms since the epoch; undefined where it waits for nothing. */
  endIn(state: ConnectionState, listsHeld: boolean): number | undefined {
    const names = (WAITS_OF[state] ?? []).filter((name) => listsHeld || !HOLDS.has(name));
    const ends = names.map((name) => this.ends.get(name) ?? 0);
    const end = Math.max(0, ...ends);
    return end > this.now() ? end : undefined;
  }
}
