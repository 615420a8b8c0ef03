import type { ConnectionState } from '../machines/selectors';
import type { SessionsRef } from '../machines/sessions';
import type { Log } from './log';
import { ok, err, type Failure, type Result } from './model/failure';
import type { SessionUpdate } from './model/parseSession';
import { plainText } from './model/plainText';
import { isEnded, type Freshness, type Session } from './model/session';
import {
  fateOf,
  type CommandName,
  type CommandOutcome,
  type CommandReply,
  type Fate,
  type SessionCommand,
} from './model/sessionCommand';

/** One server as one account may command it. */
export interface CommandApi {
  /** Its base address. */
  readonly base: string;
  /** Once, over the channel or by REST: whatever comes of it, the server does it at most once. */
  send(command: SessionCommand, signal: AbortSignal): Promise<CommandReply>;
  /** Undefined where the server does not have it. */
  get(id: string, signal: AbortSignal): Promise<Result<SessionUpdate | undefined>>;
}

/** The way to the server as it is set now. */
export interface CommandAccess {
  /** A failure without an address or a token. */
  api(): Result<CommandApi>;
  /** Undefined while that is not known. */
  takes(base: string, command: CommandName): boolean | undefined;
  /** The server has turned out to lack it. */
  lacks(base: string, command: CommandName): void;
  /** Who owns the sessions; nobody while a connection that failed has no successor. */
  sessions(): SessionsRef | undefined;
}

interface Status {
  readonly state: ConnectionState;
  readonly failure: Failure | undefined;
  readonly syncedAt: number | undefined;
}

/** What is shown. */
export interface CommandHost {
  readonly status: Status;
  getSession(id: string): Session | undefined;
  getFreshness(id: string): Freshness | undefined;
  onConnectionUpdate(listener: (status: Status) => void): () => void;
  send(command: 'refresh'): void;
}

/** How long the fate of a lost command may wait for a list. */
export const FATE_TIMEOUT_MS = 60_000;

const OF_ACTIVE_SESSIONS: ReadonlySet<CommandName> = new Set(['next', 'cancel', 'mode']);

const SIGNED_OUT: Failure = { kind: 'signedOut', detail: 'signed out' };
const NOT_CONNECTED: Failure = { kind: 'notConnected', detail: 'not connected' };
const NOT_FOUND: Failure = { kind: 'sessionNotFound', detail: 'the server does not have this session' };
const UNSUPPORTED: Failure = { kind: 'unsupported', detail: 'this server does not take this command' };
const READ_ONLY: Failure = { kind: 'readOnly', detail: 'the session is of another user' };
const UNDERWAY: Failure = { kind: 'commandUnderway', detail: 'the same command has not been settled yet' };

/** Commands to sessions: each is given once, and where its answer is lost, its fate is looked up instead. */
export class SessionCommands {
  private readonly underway = new Set<string>();
  private readonly leaving = new AbortController();

  constructor(
    private readonly access: CommandAccess,
    private readonly host: CommandHost,
    private readonly log: Log,
    private readonly wall: () => number,
  ) {}

  /** Why the command cannot be given now. */
  whyNot(command: CommandName, id?: string): Failure | undefined {
    const { state, failure } = this.host.status;
    if (state === 'signedOut') return failure ?? SIGNED_OUT;
    if (!reaches(state)) return failure ?? NOT_CONNECTED;
    const api = this.access.api();
    if (!api.ok) return api.failure;
    const takes = this.access.takes(api.value.base, command);
    if (takes === undefined) return NOT_CONNECTED;
    if (!takes) return UNSUPPORTED;
    if (command !== 'start') {
      const session = id === undefined ? undefined : this.host.getSession(id);
      if (!session) return NOT_FOUND;
      if (session.owner) return READ_ONLY;
      if (OF_ACTIVE_SESSIONS.has(command) && isEnded(session)) {
        return { kind: 'sessionFinished', detail: `the session is ${session.status ?? 'finished'}` };
      }
    }
    return this.underway.has(keyOf(command, id)) ? UNDERWAY : undefined;
  }

  /** A failure surely had no effect. */
  async send(command: SessionCommand): Promise<Result<CommandOutcome>> {
    const id = idOf(command);
    const reason = this.whyNot(command.name, id);
    if (reason) return err(reason);
    const api = this.access.api();
    if (!api.ok) return api;
    const key = keyOf(command.name, id);
    const free = () => void this.underway.delete(key);
    this.underway.add(key);
    try {
      const result = await this.sendOnce(command, api.value);
      // Whoever asks again before the fate is known might have it done twice.
      if (result.ok && result.value.outcome === 'unknown') void result.value.settled.then(free, free);
      else free();
      return result;
    } catch (error) {
      free();
      throw error;
    }
  }

  /** What is on its way is given up; the server may do it all the same. */
  dispose(): void {
    this.leaving.abort();
  }

  private async sendOnce(command: SessionCommand, api: CommandApi): Promise<Result<CommandOutcome>> {
    const id = idOf(command);
    const before = id === undefined ? undefined : this.host.getSession(id);
    const folding = this.foldingOf(api.base);
    const reply = await api.send(command, this.leaving.signal);
    this.note(command, reply);
    switch (reply.kind) {
      case 'done': {
        const { session } = reply;
        // The answer to a start does not tell all; an event, or the next list, does where this does not.
        if (id === undefined) await this.lookUp(session.id, api);
        else if (session.id === id) folding(session);
        return ok({ outcome: 'done', session });
      }
      case 'refused':
        if (reply.failure.kind === 'unauthorized') this.host.send('refresh');
        return err(reply.failure);
      case 'notFound':
        return err(await this.whatIsMissing(command, reply, api));
      case 'lost': {
        const settled = this.settle(command, before, api).then((fate) => {
          this.log.info(`${describe(command)}: ${FATES[fate]}`);
          return fate;
        });
        return ok({ outcome: 'unknown', failure: reply.failure, settled });
      }
    }
  }

  /** A session that is there has shown that the command is not. */
  private async whatIsMissing(
    command: SessionCommand,
    { isSaid, failure }: CommandReply & { kind: 'notFound' },
    api: CommandApi,
  ): Promise<Failure> {
    const id = idOf(command);
    const found = id === undefined ? undefined : await this.lookUp(id, api);
    if (found && !found.ok) return failure;
    if (found && !found.value) return { ...NOT_FOUND, detail: failure.detail };
    if (isSaid) return failure;
    this.access.lacks(api.base, command.name);
    return { ...UNSUPPORTED, detail: failure.detail };
  }

  private async settle(command: SessionCommand, before: Session | undefined, api: CommandApi): Promise<Fate> {
    const id = idOf(command);
    if (id === undefined) return 'unknown';
    const lostAt = this.wall();
    const found = await this.lookUp(id, api);
    if (found.ok) return fateOf(command, before, found.value);
    if (!(await this.listAfter(lostAt)) || this.base() !== api.base) return 'unknown';
    return fateOf(command, before, this.host.getFreshness(id) ? undefined : this.host.getSession(id));
  }

  /** Resolves once a list that was asked for later than that is folded; with false where none comes. */
  private listAfter(at: number): Promise<boolean> {
    const { host, leaving } = this;
    return new Promise((resolve) => {
      const end = (came: boolean) => {
        clearTimeout(timer);
        unsubscribe();
        leaving.signal.removeEventListener('abort', giveUp);
        resolve(came);
      };
      const giveUp = () => end(false);
      const look = ({ syncedAt = -Infinity }: Status) => syncedAt > at && end(true);
      const timer = setTimeout(giveUp, FATE_TIMEOUT_MS);
      const unsubscribe = host.onConnectionUpdate(look);
      leaving.signal.addEventListener('abort', giveUp);
      if (leaving.signal.aborted) giveUp();
      else look(host.status);
    });
  }

  private async lookUp(id: string, api: CommandApi): Promise<Result<SessionUpdate | undefined>> {
    const folding = this.foldingOf(api.base, id);
    const found = await api.get(id, this.leaving.signal);
    if (found.ok && found.value?.id === id) folding(found.value);
    return found;
  }

  /**
   * Begun before a request, it folds the answer as one of that time: newer events win. It folds nothing where the
   * sessions have another owner, or another server, by then. Only a session that is held is folded, except `newId`.
   */
  private foldingOf(base: string, newId?: string): (update: SessionUpdate) => void {
    const sessions = this.access.sessions();
    const requestedAt = sessions?.getSnapshot().context.arrivals ?? 0;
    const at = this.wall();
    return (update) => {
      const isHeld = this.host.getSession(update.id) !== undefined || update.id === newId;
      if (!isHeld || this.access.sessions() !== sessions || this.base() !== base) return;
      sessions?.send({ type: 'lookup.arrived', requestedAt, at, id: update.id, update });
    };
  }

  private base(): string | undefined {
    const api = this.access.api();
    return api.ok ? api.value.base : undefined;
  }

  private note(command: SessionCommand, reply: CommandReply): void {
    if (reply.kind === 'done') this.log.info(`${describe(command)}: done`);
    else if (reply.kind === 'lost')
      this.log.warn(`${describe(command)}: the answer was lost; ${reply.failure.detail}`);
    else this.log.warn(`${describe(command)}: without effect; ${reply.failure.detail}`);
  }
}

const FATES: Record<Fate, string> = {
  happened: 'it happened',
  didNotHappen: 'it did not happen',
  unknown: 'it may have happened',
};

/** States in which requests may arrive, be the channel joined or not. */
function reaches(state: ConnectionState): boolean {
  return state !== 'polling.offline' && /^(connected|polling|reconnecting)/.test(state);
}

const idOf = (command: SessionCommand) => (command.name === 'start' ? undefined : command.id);
const keyOf = (name: CommandName, id = '') => `${name} ${id}`;

function describe(command: SessionCommand): string {
  const id = idOf(command);
  return id === undefined ? command.name : `${command.name} of session ${plainText(id)}`;
}
