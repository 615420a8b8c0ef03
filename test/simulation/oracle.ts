import { BUDGET_WINDOW_MS } from '../../src/actors/requestBudget';
import type { ConnectionRef, ConnectionSnapshot } from '../../machines/connectionMachine';
import { GRACE_MS, TOKEN_TIMEOUT_MS } from '../../machines/delays';
import { stateName } from '../../machines/selectors';
import { equalJson, type Session } from '../../src/model/session';
import { SessionStateManager } from '../../src/sessionState';
import { SILENT_LOG } from './simulatedMachine';
import { CONFIRMED_FOR_MS } from '../../machines/sessions';
import type { RequestKind } from './simulatedNetwork';
import { channelUpdate, restUpdate, type Row } from './simulatedServer';
import type { TokenStore } from './tokenStore';
import type { World } from './world';

/** Longest stay outside `connected`, `polling` and the states that wait for a user. */
const WITHOUT_LIST_MS = TOKEN_TIMEOUT_MS + GRACE_MS;
const ON_THE_WAY: ReadonlySet<string> = new Set(['authenticating', 'loading', 'reconnecting', 'restarting']);

const MINUTE_MS = 60_000;
/**
 * Attempts, lists and probes in any minute. Waits of half 0.25, 0.5, 1 … 30 s on average make 9 attempts in the first
 * minute of a run of failures, rarely more than 15, each of them with a list; polls add 5 lists at most, and a list
 * is retried once.
 */
const REQUESTS_A_MINUTE = 60;
/**
 * The same where REST is asked for each list before the channel is, or a channel crashed: waits of half 0.25, 0.5 … 5 s
 * make some 27 attempts [C29], each with a list.
 */
const MORE_REQUESTS_A_MINUTE = 90;
/** Few, since there are few sessions that could be asked for. */
export const SIMULATED_BUDGET = 60;
/** Look-ups in any minute: what was saved up, a minute's own, and those that were seconds on their way. */
const LOOKUPS_A_MINUTE = 2 * SIMULATED_BUDGET + 12;
/** Under "live", what an event left out is asked for and here: a pause, a wait for the budget, one heartbeat that is not answered … */
const COMPLETED_WITHIN_MS = 20_000;
/** … and as many round trips as the look-ups of a snapshot need. */
const ROUND_TRIPS = 13;
/** What a user, a woken machine or a changed network may ask for beyond the schedule, each time. */
const REQUESTS_A_TRIGGER = 10;

/** What events have told of one session: how many, and how often of another component than the one shown. */
interface Told {
  readonly arrived: number;
  readonly moves: number;
}

/** Looks at the client after everything that happens, and reports the first promise that is broken. */
export class Oracle {
  readonly sessions: SessionStateManager;
  readonly peak = { requests: 0, allowed: 0, wayMs: 0 };
  private readonly requests: number[] = [];
  private readonly lookups: number[] = [];
  /** The last look-up of each session that was answered: when, and what could have been missed or left out by then. */
  private readonly lookedUp = new Map<string, { at: number; gap: number; moves: number }>();
  /** Sessions whose look-up is neither answered nor given up. */
  private readonly underway = new Set<string>();
  private readonly events = new Map<string, Told>();
  private gap = 0;
  private readonly incompleteFrom = new Map<string, number>();
  private readonly triggers: number[] = [];
  private readonly told = new Map<string, Session | undefined>();
  private toldAll: readonly Session[] = [];
  private readonly onceShown = new Set<string>();
  private readonly verified = new WeakMap<Session, Row>();
  private state = 'disconnected';
  private wayFrom: number | undefined;
  private attemptAt = -1;

  constructor(
    private readonly world: World,
    connection: ConnectionRef,
    private readonly tokens: TokenStore,
  ) {
    const { context } = connection.getSnapshot();
    this.sessions = new SessionStateManager(context.sessions, SILENT_LOG);
    this.sessions.subscribeAll((sessions, changed) => {
      // An array that is looked at later is of later too.
      this.toldAll = [...sessions];
      for (const id of changed) if (this.sessions.get(id)) this.onceShown.add(id);
    });
    for (let id = 1; id <= 6; id += 1) {
      const wireId = String(world.server.wireId(id));
      this.sessions.subscribe(wireId, (session) => this.told.set(wireId, session));
    }
    this.attach(connection);
    world.network.onRequest = (kind, token) => this.count(kind, token);
    world.network.onDelivered = (event) => {
      if (event.type === 'session.malformed') this.gap += 1;
      else if (event.type === 'session.upserted') this.follows(event.update.id, event.update.component_id);
    };
    world.network.onLookup = (id, answered) => this.countLookup(id, answered);
  }

  /** From now on this one, another having failed. */
  attach(connection: ConnectionRef): void {
    this.sessions.follow(connection.getSnapshot().context.sessions);
    connection.subscribe({ next: (snapshot) => this.follow(snapshot), error: () => {} });
    // The bound is each connection's own; how long a bug holds up the next one is V2's.
    if (this.wayFrom !== undefined) this.wayFrom = this.world.time.awakeMs;
  }

  /** Something beyond the schedule may ask for requests now. */
  trigger(): void {
    this.triggers.push(this.world.time.now);
  }

  look(): void {
    const { world } = this;
    const { time, network } = world;
    const atMost = world.server.listsOverChannel ? 2 : 1;
    if (network.sockets.size > atMost) world.fail(`${network.sockets.size} sockets at once`);
    if (this.wayFrom !== undefined) {
      const way = time.awakeMs - this.wayFrom;
      this.peak.wayMs = Math.max(this.peak.wayMs, way);
      if (way > WITHOUT_LIST_MS) world.fail(`${this.state} and its like for ${Math.round(way / 1000)} s`);
    }
    this.lookForIncomplete();
    if (this.quiet) this.compare(world.server.listedProject);
  }

  /** Sessions that are shown as of an earlier time than this, though the server can be asked for them. */
  staleSince(time: number): number {
    const { listsOverChannel, listedProject, rows } = this.world.server;
    // An empty list does not say of which project it is.
    const isTold = [...rows.values()].some(({ project_id }) => project_id === listedProject);
    return this.sessions.getAll().filter(({ id, project_id }) => {
      if (listsOverChannel && !(isTold && project_id === String(listedProject))) return false;
      const freshness = this.sessions.freshness(id);
      return freshness?.kind === 'stale' && freshness.confirmedAt < time;
    }).length;
  }

  private lookForIncomplete(): void {
    const { time, network } = this.world;
    const { awakeMs } = time;
    const within = COMPLETED_WITHIN_MS + ROUND_TRIPS * 2 * network.longestDelayMs;
    if (this.state !== 'connected.live' || this.incomplete.size === 0) this.incompleteFrom.clear();
    else {
      for (const id of this.incompleteFrom.keys())
        if (!this.incomplete.has(id)) this.incompleteFrom.delete(id);
      for (const id of this.incomplete) {
        const from = this.incompleteFrom.get(id) ?? awakeMs;
        this.incompleteFrom.set(id, from);
        if (awakeMs - from > within)
          this.world.fail(
            `session ${id} is live and incomplete for ${Math.round((awakeMs - from) / 1000)} s`,
          );
      }
    }
  }

  private get incomplete(): ReadonlySet<string> {
    return (
      this.world.connection?.getSnapshot().context.sessions.getSnapshot().context.incomplete ?? new Set()
    );
  }

  /** Live, and nothing on its way that could change the list. */
  get quiet(): boolean {
    if (this.state !== 'connected.live' || this.world.server.untold > 0) return false;
    const sockets = [...this.world.network.sockets];
    return sockets.length > 0 && sockets.every(({ quiet }) => quiet);
  }

  /** What is shown against what the server holds. */
  compare(project: number): void {
    const { server } = this.world;
    const shown = this.sessions.getAll();
    for (const session of shown) {
      const row = server.rows.get(server.rowId(session.id));
      const freshness = this.sessions.freshness(session.id);
      if (freshness?.kind === 'stale') {
        const versions = server.versions.get(server.rowId(session.id)) ?? [];
        if (!versions.some((version) => difference(session, version, true) === undefined))
          this.world.fail(`${this.state} shows session ${session.id} as it never was`);
      } else if (row && freshness) {
        const differs = difference(session, row, true);
        if (differs) this.world.fail(`${this.state} shows session ${session.id} with another ${differs}`);
      } else if (!row)
        this.world.fail(`${this.state} shows session ${session.id}, which the server does not have`);
      else if (this.verified.get(session) !== row) {
        const differs = difference(session, row);
        if (differs) this.world.fail(`${this.state} shows session ${session.id} with another ${differs}`);
        this.verified.set(session, row);
      }
    }
    for (const row of server.rows.values()) {
      const id = String(row.wireId);
      if (this.sessions.get(id)) continue;
      if (row.project_id === project) this.world.fail(`${this.state} lacks session ${id}`);
      else if (this.onceShown.has(id)) this.world.fail(`${this.state} has lost session ${id}`);
    }
    if (this.toldAll.length !== shown.length || this.toldAll.some((session, n) => session !== shown[n]))
      this.world.fail('a subscriber to all was not told the last value');
    for (const [id, session] of this.told) {
      if (session !== this.sessions.get(id))
        this.world.fail(`a subscriber to session ${id} was not told the last value`);
    }
  }

  private follow(snapshot: ConnectionSnapshot): void {
    this.enter(stateName(snapshot));
  }

  /** The state of the whole, as users see it. */
  enter(state: string): void {
    if (state === this.state) return;
    if (state.startsWith('connected') !== this.state.startsWith('connected')) this.gap += 1;
    this.state = state;
    if (!ON_THE_WAY.has(state)) this.wayFrom = undefined;
    else this.wayFrom ??= this.world.time.awakeMs;
    if (state === 'signedOut') {
      this.onceShown.clear();
      this.gap += 1;
      if (this.world.server.accepts(this.tokens.token.reveal()))
        this.world.fail('signed out with a good token');
    }
  }

  /** Nothing is asked for twice at once; what was answered is asked for again only after a gap, a field left out, or a long time. */
  private countLookup(id: string, answered: Promise<boolean>): void {
    const { time } = this.world;
    const last = this.lookedUp.get(id);
    const asked = { at: time.now, gap: this.gap, moves: this.toldOf(id).moves };
    if (last?.gap === asked.gap && last.moves === asked.moves && asked.at - last.at < CONFIRMED_FOR_MS)
      this.world.fail(`session ${id} was looked up again, though it was confirmed`);
    if (this.underway.has(id)) this.world.fail(`session ${id} was looked up twice at once`);
    this.underway.add(id);
    const { arrived } = this.toldOf(id);
    void answered.then((got) => {
      this.underway.delete(id);
      // An event that came after the request may know better than its answer.
      if (got && arrived === this.toldOf(id).arrived) this.lookedUp.set(id, asked);
    });
  }

  private toldOf(id: string): Told {
    return this.events.get(id) ?? { arrived: 0, moves: 0 };
  }

  private follows(id: string, component: string | null | undefined): void {
    const { arrived, moves } = this.toldOf(id);
    const moved = this.sessions.get(id)?.component_id !== component;
    this.events.set(id, { arrived: arrived + 1, moves: moves + Number(moved) });
  }

  private count(kind: RequestKind, token: string | undefined): void {
    const { now } = this.world.time;
    const { server, network } = this.world;
    const isSecond = server.listsOverChannel && network.sockets.size > 1;
    if (kind === 'upgrade' && token !== undefined && !isSecond) {
      if ((this.tokens.handedOutAt.get(token) ?? -1) <= this.attemptAt)
        this.world.fail('an attempt with a token that was not asked for');
      this.attemptAt = now;
    }
    if (kind === 'list' && !this.state.startsWith('connected')) this.gap += 1;
    if (kind === 'token') return;
    if (kind === 'lookup') {
      this.lookups.push(now);
      while (this.lookups[0]! <= now - BUDGET_WINDOW_MS) this.lookups.shift();
      if (this.lookups.length > LOOKUPS_A_MINUTE)
        this.world.fail(`${this.lookups.length} look-ups in a minute`);
      return;
    }
    this.requests.push(now);
    while (this.requests[0]! <= now - MINUTE_MS) this.requests.shift();
    while (this.triggers.length > 0 && this.triggers[0]! <= now - MINUTE_MS) this.triggers.shift();
    const more = server.listsOverChannel || now - network.crashedAt < MINUTE_MS;
    const regular = more ? MORE_REQUESTS_A_MINUTE : REQUESTS_A_MINUTE;
    const allowed = regular + REQUESTS_A_TRIGGER * this.triggers.length;
    if (this.requests.length / allowed > this.peak.requests / (this.peak.allowed || 1))
      Object.assign(this.peak, { requests: this.requests.length, allowed });
    if (this.requests.length > allowed)
      this.world.fail(`${this.requests.length} requests within a minute, ${allowed} are allowed`);
  }
}

/**
 * The first field in which a held session is not what the server would send. REST does not tell the parent, so that it
 * is null until an event does; `partly`: nor need the project and the component be known.
 */
function difference(session: Session, row: Row, partly = false): string | undefined {
  for (const [name, value] of Object.entries(restUpdate(row))) {
    const own = session[name as keyof Session];
    if (partly && own === null && (name === 'project' || name === 'component')) continue;
    if (!equalJson(own, value)) return name;
  }
  const parent = channelUpdate(row).session_id ?? null;
  return session.session_id !== null && session.session_id !== parent ? 'parent' : undefined;
}
