import { createActor, fromCallback, transition, type AnyStateNode } from 'xstate';
import { describe, expect, it } from 'vitest';
import {
  connectionMachine,
  type ConnectionEvent,
  type ConnectionMachine,
  type ConnectionSnapshot,
} from '../../machines/connectionMachine';
import { fullLinkName, fullStateName } from '../../machines/selectors';
import { Secret } from '../../src/model/secret';
import { startConnection } from '../unit/machines/connectionHarness';
import { actorsInMachine, handledIn, nameOf, REGION_STATES, unaskedInMachine } from './chart';
import { documented } from './document';
import {
  ACTORS,
  EVENTS_OF_ONE_REGION,
  FOLLOWED_BY,
  isWithin,
  outcomeIn,
  REGIONS,
  REPORTS,
  UNASKED,
  type Table,
} from './transitionTable';

const [OUTER, LINK, SYNC] = REGION_STATES;

const isIgnored = (outcome: string) => outcome.startsWith('· ');
const isImpossible = (outcome: string) => outcome === '–';
const cells = REGIONS.flatMap(({ table }, index) =>
  REGION_STATES[index]!.flatMap((state) =>
    Object.entries(table).map(([event, row]) => ({
      region: REGION_STATES[index]!,
      state,
      event: event as ConnectionEvent['type'],
      outcome: outcomeIn(row, nameOf(state)),
      whereItStays: isIgnored(outcomeIn(row, nameOf(state)))
        ? nameOf(state)
        : endsOf(table, event as ConnectionEvent['type'], nameOf(state)),
    })),
  ),
);
type Cell = (typeof cells)[number];
type Region = readonly AnyStateNode[];

describe('every state and every event', () => {
  it('is in the table', () => {
    expect(REGION_STATES.map((states) => states.map(nameOf))).toEqual(REGIONS.map(({ states }) => states));
    expect(cells.filter(({ outcome }) => outcome === '')).toEqual([]);
  });

  it('is handled as the table says, and in no other way', () => {
    const possible = cells.filter(({ outcome }) => !isImpossible(outcome));
    const list = (said: (cell: Cell) => string) =>
      possible.map((cell) => `${nameOf(cell.state)} on ${cell.event}: ${said(cell)}`);
    expect(list(({ state, event }) => handledIn(state, event))).toEqual(
      list(({ outcome }) => (isIgnored(outcome) ? '' : outcome)),
    );
  });

  it('ends where the table says, whichever guard holds', () => {
    const runs = cells
      .filter(({ outcome }) => !isImpossible(outcome))
      .flatMap((cell) => alternatives(cell.outcome).map((alternative) => ({ ...cell, ...alternative })));
    const list = (end: (run: (typeof runs)[number]) => string) =>
      runs.map(
        (run) => `${nameOf(run.state)} on ${run.event} where ${run.guard ?? 'none'} holds: ${end(run)}`,
      );
    expect(list(({ region, state, event, guard }) => endOf(region, state, event, guard))).toEqual(
      list(({ region, whereItStays, to = whereItStays }) => (to === 'active' ? beginningOf(region) : to)),
    );
  });

  it('is taken by one region alone where its type says so', () => {
    const { link, sync } = EVENTS_OF_ONE_REGION;
    const taken = ([...LINK, ...SYNC, ...OUTER] as const).flatMap((state) =>
      (LINK.includes(state) ? sync : SYNC.includes(state) ? link : [...link, ...sync])
        .filter((event) => handledIn(state, event) !== '')
        .map((event) => `${nameOf(state)} takes ${event}`),
    );
    expect(taken).toEqual([]);
  });

  it('cannot happen only where nothing runs that would report it', () => {
    const isReported = (event: ConnectionEvent['type']) => (state: AnyStateNode) =>
      Object.entries(ACTORS).some(
        ([outer, actors]) =>
          isInside(state, outer) && actors.some((actor) => REPORTS[actor]?.includes(event)),
      );
    const wrong = cells
      .filter(({ outcome }) => isImpossible(outcome))
      // What the other region's actors report can happen in every state of this one.
      .filter(
        ({ region, state, event }) =>
          isReported(event)(state) || (region !== OUTER && !region.some(isReported(event))),
      );
    expect(wrong.map(({ state, event }) => `${nameOf(state)} on ${event}`)).toEqual([]);
  });

  it('is joined by the timers and the actors that the table says', () => {
    expect(unaskedInMachine()).toEqual(UNASKED);
    expect(actorsInMachine()).toEqual(ACTORS);
  });

  it('is written in machines/README.md as decided (npm run chart)', () => {
    const { is, shouldBe } = documented();
    expect(is).toBe(shouldBe);
  });
});

it('[C16][R11] every state outside connected, polling and those that a user must end has a timer', () => {
  const bounded = (state: AnyStateNode | undefined): boolean =>
    state !== undefined && (state.after.length > 0 || bounded(state.parent));
  const unbounded = [...LINK, ...SYNC].filter((state) => !bounded(state)).map(nameOf);
  // A wait for a turn ends with `lists.free`, whose timer is the hold's own.
  expect(unbounded).toEqual(['polling.waiting', 'polling.paused']);
  const startsAnew = startConnection();
  startsAnew.send('connect');
  expect(startsAnew.running('fetchToken')).toBe(1);
});

it('every state says in one sentence what it is', () => {
  for (const state of REGION_STATES.flat()) expect(state.description).toMatch(/\.$/);
});

/** The state itself, unless another event follows there. */
function endsOf(table: Table, event: ConnectionEvent['type'], state: string): string {
  const next = FOLLOWED_BY[event];
  const row = next && table[next];
  const after = row && alternatives(outcomeIn(row, state)).find(({ guard }) => guard === undefined);
  return after?.to ?? state;
}

/** Each guard of an outcome alone true, and all false; `to` is undefined where it stays. */
function alternatives(outcome: string): { guard: string | undefined; to: string | undefined }[] {
  const said = isIgnored(outcome) || isImpossible(outcome) ? [] : outcome.split(' | ');
  const found = said.map((each) => {
    const [, guard, to] = /^(?:(\w+): )?(?:→ (.+)|stays)$/.exec(each)!;
    return { guard, to };
  });
  const isDecided = found.some(({ guard }) => guard === undefined);
  return isDecided ? found : [...found, { guard: undefined, to: undefined }];
}

/** Where the event leads if that guard alone holds. */
function endOf(region: Region, state: AnyStateNode, event: string, guard: string | undefined): string {
  const machine = machineWhere(guard);
  const [after] = transition(machine, snapshotIn(machine, region, state), eventOf(event)) as [
    ConnectionSnapshot,
    unknown,
  ];
  if (typeof after.value === 'string') return after.value;
  return region === LINK ? fullLinkName(after)! : fullStateName(after);
}

/** Outside of a connection its beginning is told by what is shown. */
const beginningOf = (region: Region) => (region === LINK ? 'authorizing' : 'authenticating');

const machines = new Map<string | undefined, ConnectionMachine>();
function machineWhere(guard: string | undefined): ConnectionMachine {
  const names = Object.keys(connectionMachine.implementations.guards);
  const guards = Object.fromEntries(names.map((name) => [name, () => name === guard]));
  const machine = machines.get(guard) ?? connectionMachine.provide({ guards });
  machines.set(guard, machine);
  return machine;
}

/** The machine in that state, the other region in one that takes no part. */
function snapshotIn(machine: ConnectionMachine, region: Region, state: AnyStateNode): ConnectionSnapshot {
  const nested = (path: readonly string[]): object | string =>
    path.length < 2 ? (path[0] ?? '') : { [path[0]!]: nested(path.slice(1)) };
  const inner = () => nested(state.path.slice(2));
  const regions =
    region === LINK ? { link: inner(), sync: 'reconnecting' } : { link: 'waiting', sync: inner() };
  const snapshot = machine.resolveState({
    value: (region === OUTER ? state.key : { active: regions }) as never,
    context: { ...createActor(machine).getSnapshot().context, token: new Secret('t') },
  });
  return Object.assign(snapshot, { children: { channel: createActor(fromCallback(() => {})) } });
}

function isInside(state: AnyStateNode, outer: string): boolean {
  return outer === 'active' ? state.path[0] === 'active' : isWithin(nameOf(state), outer);
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
