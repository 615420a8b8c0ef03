import { vi } from 'vitest';
import { createCore, type CoreOptions } from '../../src/core';
import type { Transition } from '../../src/transitionLog';
import { ok } from '../../src/model/failure';
import { Secret } from '../../src/model/secret';
import type { Backend } from '../backend/backend';
import { keepTrace } from '../traces';

/** The real core over real sockets, signed in with a token of the embedded server, and what came of it. */
export function startCore(
  backend: Pick<Backend, 'url' | 'issueToken'>,
  options: Partial<CoreOptions> & { token?: string } = {},
) {
  const { token = backend.issueToken({ userId: 1 }), ...rest } = options;
  const transitions: Transition[] = [];
  const links: Transition[] = [];
  const lines: string[] = [];
  const core = createCore({
    serverUrl: () => backend.url,
    tokens: { get: () => Promise.resolve(ok({ token: new Secret(token) })) },
    sink: {
      log: (level, line) => {
        lines.push(`${level} ${line}`);
        keepTrace(line);
      },
    },
    onTransition: (transition) => transitions.push(transition),
    onLinkTransition: (transition) => links.push(transition),
    ...rest,
  });
  core.initialize();
  return {
    core,
    transitions,
    links,
    lines,
    states: () => transitions.map(({ to }) => to),
    /** What is shown, as `id:status`, sorted. */
    shown: () =>
      core
        .getAllSessions()
        .map(({ id, status }) => `${id}:${status ?? '-'}`)
        .sort(),
    reach: (state: string, timeout = 10_000) =>
      vi.waitFor(
        () => {
          if (core.status.state !== state) throw new Error(`${core.status.state} instead of ${state}`);
        },
        { timeout, interval: 5 },
      ),
  };
}

export function truth(backend: Backend, userId = 1): string[] {
  return backend.control
    .dump(userId)
    .sessions.map(({ id, status }) => `${String(id)}:${String(status)}`)
    .sort();
}
