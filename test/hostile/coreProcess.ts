import { setFlagsFromString } from 'node:v8';
import { createCore } from '../../src/core';
import { ok } from '../../src/model/failure';
import { Secret } from '../../src/model/secret';
import type { SessionManager } from '../../src/sessionManager';
import { seededRandom } from '../faults/seededRandom';
import type { Answers, Ask, Reply } from './coreMessages';
import { runOAuthSteps } from './oauthSteps';
import { StallMeter } from './stallMeter';

// Cores that meet hostile servers, in a process of their own: nothing else is measured with them.

interface Running {
  readonly core: SessionManager;
  readonly states: string[];
  readonly lines: string[];
  token: string;
}

const LINES_KEPT = 30;
const running = new Map<number, Running>();
let meter: StallMeter | undefined;

const send = (reply: Reply) => process.send?.(reply);
process.on('uncaughtException', (error) =>
  send({ bug: `uncaught exception: ${error.stack ?? error.message}` }),
);
process.on('unhandledRejection', (reason) => send({ bug: `unhandled rejection: ${String(reason)}` }));
process.on('disconnect', () => process.exit());

process.on('message', ({ number, ask }: { number: number; ask: Ask }) => {
  void answerTo(ask).then((answer) => {
    // Whole sessions cost more to send than the core takes to hold them.
    if (meter) meter.without(() => send({ number, answer }));
    else send({ number, answer });
  });
});

async function answerTo(ask: Ask): Promise<Answers[Ask['kind']]> {
  switch (ask.kind) {
    case 'measure':
      collectGarbage();
      meter = new StallMeter();
      return null;
    case 'measured': {
      meter?.end();
      const measured = { stallMs: meter?.worstMs ?? 0, heapBytes: meter?.worstHeapBytes ?? 0 };
      meter = undefined;
      return measured;
    }
    case 'oauth':
      return runOAuthSteps(ask.url);
    case 'start':
      running.set(ask.core, start(ask.start));
      return null;
    default:
  }
  const held = running.get(ask.core);
  if (!held) throw new Error(`no core ${ask.core}`);
  const { core, states, lines } = held;
  switch (ask.kind) {
    case 'command':
      core.send(ask.command);
      return null;
    case 'token':
      held.token = ask.token;
      return null;
    case 'look': {
      const { state, failure } = core.status;
      return {
        state,
        failure: failure?.kind,
        detail: failure?.detail,
        held: core.getAllSessions().length,
        states: [...states],
      };
    }
    case 'sessions':
      return core.getAllSessions().map((session) => [session, core.getFreshness(session.id)] as const);
    case 'stop':
      core.dispose();
      running.delete(ask.core);
      return lines;
  }
}

function start({ url, token, seed, renewInMs }: Extract<Ask, { kind: 'start' }>['start']): Running {
  const states: string[] = [];
  const lines: string[] = [];
  const core = createCore({
    serverUrl: () => url,
    tokens: {
      get: () =>
        Promise.resolve(
          ok({
            token: new Secret(held.token),
            ...(renewInMs !== undefined && { renewInMs }),
          }),
        ),
    },
    sink: {
      log: (level, line) => {
        lines.push(`${level} ${line}`);
        if (lines.length > LINES_KEPT) lines.shift();
      },
    },
    random: seededRandom(seed),
    onTransition: ({ to }) => states.push(to),
  });
  const held: Running = { core, states, lines, token };
  core.initialize();
  return held;
}

/** So that each input's heap is its own. */
function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  (globalThis as { gc?: () => void }).gc?.();
}
