import { oneAtATime } from '../../../src/actors/oneAtATime';
import { createActor } from 'xstate';
import { freshnessOf, sessionsLogic } from '../../../machines/sessions';
import type { SessionSource } from '../../../src/actors/lookUp';
import { createLog } from '../../../src/log';
import { ok, type Result } from '../../../src/model/failure';
import type { SessionList, SessionUpdate } from '../../../src/model/parseSession';
import { mergeSession } from '../../../src/model/session';
import { RequestBudget } from '../../../src/actors/requestBudget';

const SILENT = createLog({ log: () => {} }, 'SessionState');

/** A sessions actor that is joined, a server that counts what it is asked for, and a clock that stands still. */
export function startAsking() {
  const sessions = createActor(sessionsLogic).start();
  sessions.send({ type: 'channel.joined' });
  const server = new Map<string, SessionUpdate>();
  const asked: string[] = [];
  const clock = { ms: 1_000_000 };
  const control: {
    get?: (id: string) => Result<SessionUpdate | undefined>;
    list?: Result<SessionList>;
    listed: string;
  } = {
    listed: 'A',
  };
  const source: SessionSource = {
    hasSingles: () => true,
    list: () => {
      asked.push('list');
      const rows = [...server.values()].filter(({ project_id }) => project_id === control.listed);
      return Promise.resolve(control.list ?? ok({ sessions: rows, malformed: 0 }));
    },
    get: (id) => {
      asked.push(id);
      return Promise.resolve(control.get?.(id) ?? ok(server.get(id)));
    },
  };
  const leaving = new AbortController();
  const state = () => sessions.getSnapshot().context;
  return {
    asking: {
      source,
      sessions,
      budget: new RequestBudget(() => clock.ms),
      underway: new Set<string>(),
      oneListAtATime: oneAtATime(),
      log: SILENT,
      clock: () => clock.ms,
      signal: leaving.signal,
    },
    leave: () => leaving.abort(),
    control,
    clock,
    /** What was asked for since the last look. */
    asked: () => asked.splice(0),
    state,
    freshness: (id: string) => freshnessOf(state(), id),
    /** The server has it; `told`: and the channel says so, in brief. */
    create: (id: string, fields: Partial<SessionUpdate> = {}, told = true) => {
      const project = { id: 'A', name: `Project of ${id}`, module_name: null, status: null };
      const session = mergeSession(undefined, { id, status: 'active', project_id: 'A', project, ...fields });
      server.set(id, session);
      const brief = Object.fromEntries(Object.entries(session).filter(([field]) => field !== 'project'));
      if (told) sessions.send({ type: 'session.upserted', update: brief as SessionUpdate, at: clock.ms });
    },
    remove: (id: string) => server.delete(id),
  };
}
