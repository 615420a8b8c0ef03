import { createActor, fromCallback, SimulatedClock, transition, type AnyStateNode } from 'xstate';
import { describe, expect, it } from 'vitest';
import {
  connectionMachine,
  type ConnectionEvent,
  type ConnectionSnapshot,
} from '../../machines/connectionMachine';
import { IMPULSES_AT_ONCE } from '../../machines/delays';
import { fullLinkName, fullStateName } from '../../machines/selectors';
import { Secret } from '../../src/model/secret';
import { startConnection } from '../unit/machines/connectionHarness';
import { EVENTS, LINK_STATES, nameOf, outcomes, OUTER_STATES, SCREEN_STATES } from './chart';
import { cellOf, DECISIONS } from './decisions';
import { documented } from './document';

const STATES = [...OUTER_STATES, ...LINK_STATES, ...SCREEN_STATES];
const cells = STATES.flatMap((state) => EVENTS.map((event) => ({ state, event })));

describe('every state and every event', () => {
  it('is decided', () => {
    const open = cells.filter(({ state, event }) => !cellOf(state, event));
    expect(open.map(({ state, event }) => `${nameOf(state)} on ${event}`)).toEqual([]);
  });

  it('has no decision that nothing needs', () => {
    const used = new Set(cells.map(({ state, event }) => cellOf(state, event)?.decision));
    expect(DECISIONS.filter((decision) => !used.has(decision))).toEqual([]);
  });

  it('does what the table says', () => {
    for (const { state, event } of cells) {
      const cell = cellOf(state, event);
      if (cell?.verdict === 'impossible') continue;
      const before = snapshotIn(state);
      const [after] = transition(connectionMachine, before, eventOf(event)) as [ConnectionSnapshot, unknown];
      expect([nameOf(state), event, whereIs(state, after)]).toEqual([
        nameOf(state),
        event,
        cell?.verdict !== 'moves' && lostItsLink(state, after)
          ? 'reconnecting'
          : expectedAfter(state, event, before),
      ]);
    }
  });

  it('is written in machines/README.md as the machine has it (npm run chart)', () => {
    const { is, shouldBe } = documented();
    expect(is).toBe(shouldBe);
  });
});

it('[C16][R11] every state outside connected, polling and those that a person must end has a timer', () => {
  const bounded = (state: AnyStateNode | undefined): boolean =>
    state !== undefined && (state.after.length > 0 || bounded(state.parent));
  const unbounded = [...LINK_STATES, ...SCREEN_STATES].filter((state) => !bounded(state)).map(nameOf);
  // A wait for a turn ends with `lists.free`, whose timer is the hold's own.
  expect(unbounded).toEqual(['polling.waiting', 'polling.paused']);
  const startsAnew = startConnection();
  startsAnew.send('connect');
  expect(startsAnew.running('fetchToken')).toBe(1);
});

it('every state says in one sentence what it is', () => {
  for (const state of STATES) expect(state.description).toMatch(/\.$/);
});

/** The machine in that state, the other region in one that fits. */
function snapshotIn(state: AnyStateNode): ConnectionSnapshot {
  const { context } = createActor(connectionMachine, { clock: new SimulatedClock() }).getSnapshot();
  const nested = (path: readonly string[]): object | string =>
    path.length === 1 ? path[0]! : { [path[0]!]: nested(path.slice(1)) };
  const inner = state.path.slice(2);
  const value = OUTER_STATES.includes(state)
    ? state.key
    : LINK_STATES.includes(state)
      ? {
          active: {
            link: nested(inner),
            screen: inner.includes('joined') ? { connected: { live: { settled: 'quiet' } } } : 'reconnecting',
          },
        }
      : {
          active: {
            link: inner[0] === 'connected' ? { open: { joined: 'serving' } } : 'waiting',
            screen: nested(inner),
          },
        };
  const snapshot = connectionMachine.resolveState({
    value: value as never,
    context: {
      ...context,
      token: new Secret('t'),
      // What follows an impulse at once is in the row of `impulse`.
      impulses: IMPULSES_AT_ONCE,
      ...(['polling.waiting', 'polling.paused'].includes(nameOf(state)) && {
        listsHeld: 'asked' as const,
        away: true,
      }),
    },
  });
  return Object.assign(snapshot, { children: { channel: createActor(fromCallback(() => {})) } });
}

/** What the link does with the event takes the join, and with it the screen, along. */
function lostItsLink(state: AnyStateNode, after: ConnectionSnapshot): boolean {
  return nameOf(state).startsWith('connected.') && fullLinkName(after)?.startsWith('open.joined') === false;
}

function eventOf(type: string): ConnectionEvent {
  return {
    type,
    token: new Secret('t'),
    userId: '1',
    failure: { kind: 'closed', detail: 'table' },
    at: 0,
    focused: true,
    visible: true,
  } as never;
}

function whereIs(state: AnyStateNode, snapshot: ConnectionSnapshot): string {
  if (typeof snapshot.value === 'string') return snapshot.value;
  return LINK_STATES.includes(state) ? fullLinkName(snapshot)! : fullStateName(snapshot);
}

/** Where the first handler leads whose guard holds; states with children lead to their first. */
function expectedAfter(state: AnyStateNode, event: string, snapshot: ConnectionSnapshot): string {
  const guards = connectionMachine.implementations.guards as Record<
    string,
    (args: unknown, params: unknown) => boolean
  >;
  const args = { context: snapshot.context, event: eventOf(event) };
  const taken = outcomes(state, event).find((outcome) =>
    outcome.guards.every((name) => guards[name]!(args, outcome.paramsOf(args))),
  );
  let target = taken?.target;
  if (!target) return nameOf(state);
  if (target.path.length === 1 && target.key === 'active') {
    return LINK_STATES.includes(state) ? 'authorizing' : 'authenticating';
  }
  while (Object.keys(target.states).length > 0) target = target.initial.target[0] as AnyStateNode;
  return nameOf(target);
}
