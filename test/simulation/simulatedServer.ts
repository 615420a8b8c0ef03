import { Secret } from '../../src/model/secret';
import { parseSession, type SessionUpdate } from '../../src/model/parseSession';
import type { SimulatedTime } from './simulatedTime';

/** The server as it was first, and one that lists over its channel alone. */
export type SimulatedGeneration = '1' | '3';

type WireId = number | string;

/** A session as the server holds it; replaced by each change, never mutated. */
export interface Row {
  readonly id: number;
  readonly wireId: WireId;
  readonly project_id: number;
  readonly status: string;
  readonly revision: number;
  readonly parent: number | null;
  readonly component: number | null;
  readonly insertedAt: string;
  readonly updatedAt: string;
}

/** What the server pushes: a session as it is, or the id of one that is gone. */
export type Push = { readonly row: Row; readonly created?: boolean } | { readonly deleted: WireId };

/** The server's half of a joined channel. */
export interface Subscriber {
  push(push: Push, misordered: boolean): void;
}

const STATUSES = ['active', 'complete', 'failed', 'cancelled'];
const PROJECTS = [101, 102] as const;
/** Longer lists are folded in slices, which are turns of the real clock. */
const SESSIONS_AT_MOST = 180;

/** A CodeMySpec server: the truth, and who may see what of it. */
export class SimulatedServer {
  readonly rows = new Map<number, Row>();
  readonly subscribers = new Set<Subscriber>();
  running = true;
  activeProject: number = PROJECTS[0];
  /** The project that the last list showed that reached the client. */
  listedProject: number = PROJECTS[0];
  doubling = false;
  /** Changes that are made and not yet told. */
  untold = 0;
  /** Every version of a session that there ever was, the deleted ones too. */
  readonly versions = new Map<number, Row[]>();
  private lastId = 0;
  private revision = 0;
  private readonly tokens = new Map<string, number>();
  private issued = 0;

  constructor(
    private readonly time: SimulatedTime,
    private readonly tokenLifeMs: number,
    readonly generation: SimulatedGeneration = '1',
  ) {}

  get listsOverChannel(): boolean {
    return this.generation === '3';
  }

  get topic(): string {
    return this.listsOverChannel ? 'vscode:user' : 'vscode:user:1';
  }

  /** No number where it would say that the session is of the server before. */
  wireId(id: number): WireId {
    return this.listsOverChannel ? `s${id}` : id;
  }

  rowId(wireId: string): number {
    return Number(wireId.replace('s', ''));
  }

  create(project: 0 | 1): Row {
    const row = this.newRow(PROJECTS[project]);
    this.broadcast({ row, created: true });
    return row;
  }

  update(id: number): void {
    this.broadcast({ row: this.nextRow(id) });
  }

  flood(project: 0 | 1, count: number): void {
    const room = SESSIONS_AT_MOST - this.rows.size;
    for (let n = 0; n < Math.min(count, room); n += 1) this.create(project);
  }

  /** A change by a machine whose clock is far ahead. */
  skew(id: number): void {
    const row = this.put({ ...this.nextRow(id), updatedAt: '2999-12-31T23:59:59Z' });
    this.broadcast({ row });
  }

  /** A change and its undoing, which leave no trace but in `updated_at`. */
  undo(id: number): void {
    const before = this.rows.get(id)!;
    const changed = this.nextRow(id);
    this.broadcast({ row: changed });
    this.broadcast({ row: this.put({ ...before, updatedAt: changed.updatedAt }) });
  }

  /** One command that changes the session twice, with an event for each change. */
  submit(id: number): void {
    this.update(id);
    this.update(id);
  }

  /** `late`: the event of an earlier change comes after that of the deletion. */
  delete(id: number, late: boolean): void {
    const row = this.rows.get(id)!;
    this.rows.delete(id);
    this.broadcast({ deleted: this.wireId(id) }, late);
    if (late) this.broadcast({ row }, true);
  }

  /** The event of the creation comes more than a second late, after that of an update. */
  updateBeforeCreate(project: 0 | 1): void {
    const created = this.newRow(PROJECTS[project]);
    this.untold += 1;
    this.time.schedule('world', 1_200, () => {
      this.untold -= 1;
      if (!this.rows.has(created.id)) return;
      this.broadcast({ row: this.nextRow(created.id) }, true);
      this.broadcast({ row: created, created: true }, true);
    });
  }

  switchProject(): void {
    this.activeProject = this.activeProject === PROJECTS[0] ? PROJECTS[1] : PROJECTS[0];
  }

  /** The body of the list's answer. */
  list(project = this.activeProject): string {
    const rows = [...this.rows.values()].filter(({ project_id }) => project_id === project);
    return `{"data":[${rows.map(restJson).join()}]}`;
  }

  /** The body of one session's answer. */
  get(id: string): string | undefined {
    const row = this.rows.get(Number(id));
    return row && `{"data":${restJson(row)}}`;
  }

  issueToken(): { token: Secret; issuedAt: number; expiresAt: number } {
    const value = `token-${(this.issued += 1)}`;
    const expiresAt = this.time.now + this.tokenLifeMs;
    this.tokens.set(value, expiresAt);
    return { token: new Secret(value), issuedAt: this.time.now, expiresAt };
  }

  accepts(token: string): boolean {
    return this.time.now < (this.tokens.get(token) ?? 0);
  }

  revokeTokens(): void {
    this.tokens.clear();
  }

  private newRow(project: number): Row {
    const revision = (this.revision += 1);
    const at = this.nowInSeconds();
    return this.put({
      id: (this.lastId += 1),
      wireId: this.wireId(this.lastId),
      project_id: project,
      status: 'active',
      revision,
      parent: this.lastId % 3 === 0 ? 1 : null,
      component: componentOf(revision),
      insertedAt: at,
      updatedAt: at,
    });
  }

  private put(row: Row): Row {
    this.rows.set(row.id, row);
    this.versions.set(row.id, [...(this.versions.get(row.id) ?? []), row]);
    return row;
  }

  private nextRow(id: number): Row {
    const revision = (this.revision += 1);
    const status = STATUSES[revision % STATUSES.length]!;
    const before = this.rows.get(id)!;
    const component = revision % 4 === 0 ? componentOf(revision) : before.component;
    return this.put({ ...before, status, revision, component, updatedAt: this.nowInSeconds() });
  }

  private broadcast(push: Push, misordered = false): void {
    for (const subscriber of this.subscribers) {
      subscriber.push(push, misordered);
      if (this.doubling) subscriber.push(push, misordered);
    }
  }

  /** One time has many forms. */
  private nowInSeconds(): string {
    const second = Math.floor(this.time.now / 1000);
    const text = (offsetS: number) => {
      const pad = (value: number) => String(value).padStart(2, '0');
      const local = second + offsetS;
      return `2026-01-01T${pad(Math.floor(local / 3600))}:${pad(Math.floor(local / 60) % 60)}:${pad(local % 60)}`;
    };
    const forms = [`${text(0)}Z`, `${text(0)}.000000Z`, text(0), `${text(3600)}+01:00`];
    return forms[this.revision % forms.length]!;
  }
}

const componentOf = (revision: number): number | null => revision % 3 || null;

/** What a REST answer says of a row: it has the project and the component, and lacks the parent. */
export const restJson = memoized((row) => {
  const project = { id: row.project_id, name: `P${row.project_id}`, module_name: 'P', status: 'active' };
  const component = row.component && {
    id: row.component,
    name: `C${row.component}`,
    type: 'context',
    module_name: 'C',
  };
  return JSON.stringify({ ...fields(row), type: 'ContextSpecSessions', project, component });
});

/** What the channel says of it: it has the parent, and lacks the project and the component. */
export const channelJson = memoized((row) =>
  JSON.stringify({
    ...fields(row),
    type: 'Elixir.CodeMySpec.ContextSpecSessions',
    session_id: row.parent,
  }),
);

export const restUpdate = memoized((row) => parsed(restJson(row)));
export const channelUpdate = memoized((row) => parsed(channelJson(row)));

function fields(row: Row) {
  return {
    id: row.wireId,
    agent: 'claude_code',
    environment: 'vscode',
    execution_mode: 'manual',
    status: row.status,
    state: { revision: row.revision },
    project_id: row.project_id,
    account_id: 11,
    user_id: 1,
    component_id: row.component,
    external_conversation_id: null,
    interactions: [],
    inserted_at: row.insertedAt,
    updated_at: row.updatedAt,
  };
}

function memoized<T>(make: (row: Row) => T): (row: Row) => T {
  const memo = new WeakMap<Row, T>();
  return (row) => {
    const known = memo.get(row) ?? make(row);
    memo.set(row, known);
    return known;
  };
}

function parsed(json: string): SessionUpdate {
  const update = parseSession(JSON.parse(json));
  if (!update) throw new Error('the simulated server wrote a session that cannot be read');
  return Object.fromEntries(Object.entries(update).filter(([, told]) => told !== undefined)) as SessionUpdate;
}
