import type { AnyStateNode } from 'xstate';
import { LINK_STATES, nameOf, outcomes, OUTER_STATES, SCREEN_STATES } from './chart';

/** Which actor reports which facts; in a state without that actor they cannot happen. */
const REPORTS: Record<string, readonly string[]> = {
  fetchToken: ['token.granted', 'token.missing', 'token.unreachable'],
  identifyUser: ['user.identified', 'user.unknown'],
  openChannel: [
    ...['channel.joined', 'channel.lost', 'channel.refused', 'channel.doubted'],
    ...['channel.active', 'channel.alive'],
  ],
  verifyToken: ['probe.valid', 'probe.unauthorized', 'probe.unreachable'],
  syncSessions: ['snapshot.folded', 'snapshot.failed'],
  watchHost: ['clock.jumped', 'clock.stalled', 'network.changed', 'attention.changed'],
};

/** Raised within a connection alone. */
const OWN_EVENTS = ['link.up', 'link.down', 'impulse', 'check.expired', 'lists.free', 'attention.lapsed'];

/** Why an event that can happen in a state, and that nothing handles there, is rightly ignored. */
interface Decision {
  readonly events: readonly string[];
  readonly states: readonly AnyStateNode[];
  readonly because: string;
}

const named = (states: readonly AnyStateNode[], ...names: string[]) =>
  states.filter((state) => names.includes(nameOf(state)));
const except = (states: readonly AnyStateNode[], ...names: string[]) =>
  states.filter((state) => !names.includes(nameOf(state)));

export const DECISIONS: readonly Decision[] = [
  { events: ['connect'], states: [...LINK_STATES, ...SCREEN_STATES], because: 'a picture is wanted already' },
  {
    events: ['reconnect'],
    states: except(SCREEN_STATES, 'polling.waiting'),
    because: 'the link’s; `link.down` follows',
  },
  {
    events: ['refresh'],
    states: named(SCREEN_STATES, 'authenticating', 'loading', 'connected.syncing'),
    because: 'a list is on its way or comes next',
  },
  { events: ['refresh'], states: LINK_STATES, because: 'the screen’s' },
  {
    events: ['refresh'],
    states: named(OUTER_STATES, 'disconnected', 'signedOut'),
    because: 'nothing may be asked; the command is disabled',
  },
  {
    events: ['clock.jumped'],
    states: [
      ...named(OUTER_STATES, 'refused'),
      ...named(SCREEN_STATES, 'authenticating', 'loading', 'reconnecting'),
    ],
    because: 'nothing shown depends on it; the link makes itself anew',
  },
  {
    events: ['clock.stalled', 'check.expired'],
    states: [
      ...named(OUTER_STATES, 'refused'),
      ...except(LINK_STATES, 'open.joined.serving', 'open.joined.renewing'),
      ...SCREEN_STATES,
    ],
    because: 'only an open link could have died of it, and is asked',
  },
  {
    events: ['impulse'],
    states: [
      ...except(LINK_STATES, 'waiting'),
      ...except(SCREEN_STATES, 'connected.resting', 'polling.fresh', 'polling.offline'),
    ],
    because: 'no wait to end; a dead link is found by its heartbeat',
  },
  {
    events: ['channel.active'],
    states: [
      ...named(LINK_STATES, 'open.joining', 'open.joined.serving', 'open.joined.renewing'),
      ...except(SCREEN_STATES, 'connected.live.settled.quiet'),
    ],
    because: 'only a quiet live picture waits for its next list',
  },
  {
    events: ['channel.alive'],
    states: [...named(LINK_STATES, 'open.joining'), ...SCREEN_STATES],
    because: 'the link’s, once it is joined',
  },
  {
    events: ['token.granted', 'token.unreachable', 'user.identified', 'user.unknown', 'token.refused'],
    states: SCREEN_STATES,
    because: 'the link’s',
  },
  {
    events: ['probe.valid', 'probe.unauthorized', 'probe.unreachable'],
    states: SCREEN_STATES,
    because: 'the link’s',
  },
  {
    events: ['channel.joined', 'channel.lost', 'channel.refused'],
    states: SCREEN_STATES,
    because: 'the link’s; `link.up` or `link.down` follows',
  },
  {
    events: ['channel.doubted'],
    states: [
      ...SCREEN_STATES,
      ...named(LINK_STATES, 'open.joining', 'open.joined.serving', 'open.joined.renewing'),
    ],
    because: 'a snapshot comes before live anyway, or the screen takes it',
  },
  {
    events: ['channel.joined'],
    states: named(LINK_STATES, 'open.joined.serving', 'open.joined.renewing'),
    because: 'a join is answered once',
  },
  { events: ['snapshot.folded', 'snapshot.failed'], states: LINK_STATES, because: 'the screen’s' },
  { events: ['link.up', 'link.down'], states: LINK_STATES, because: 'raised here' },
  { events: ['link.down'], states: SCREEN_STATES, because: 'follows a join only' },
];

export type Verdict = 'moves' | 'stays' | 'ignored' | 'impossible';
export interface Cell {
  readonly verdict: Verdict;
  readonly text: string;
  readonly decision?: Decision;
}

/** What an event does in a state; undefined where nobody has decided. */
export function cellOf(state: AnyStateNode, event: string): Cell | undefined {
  if (cannotHappen(state, event)) return { verdict: 'impossible', text: '–' };
  const handled = outcomes(state, event);
  if (handled.length > 0) {
    const texts = handled.map(({ guards, target }) => {
      const condition = guards.length > 0 ? `${guards.join(' and ')}: ` : '';
      return condition + (target ? `→ ${nameOf(target)}` : 'stays');
    });
    return { verdict: handled.some(({ target }) => target) ? 'moves' : 'stays', text: texts.join('<br>') };
  }
  const index = DECISIONS.findIndex(({ events, states }) => events.includes(event) && states.includes(state));
  const decision = DECISIONS[index];
  return decision && { verdict: 'ignored', text: `· <sup>${index + 1}</sup>`, decision };
}

function cannotHappen(state: AnyStateNode, event: string): boolean {
  const reporter = Object.keys(REPORTS).find((actor) => REPORTS[actor]?.includes(event));
  if (OUTER_STATES.includes(state)) {
    if (reporter) return !runs(state, reporter);
    return [...OWN_EVENTS, 'token.refused', 'server.refused'].includes(event);
  }
  if (!reporter || reporter === 'watchHost') return false;
  const linkReports = reporter !== 'syncSessions';
  // A fact of the other region can happen in any state of this one.
  if (linkReports !== LINK_STATES.includes(state)) return false;
  return !runs(state, reporter);
}

function runs(state: AnyStateNode, actor: string): boolean {
  for (let node: AnyStateNode | undefined = state; node; node = node.parent) {
    if (node.invoke.some(({ src }) => src === actor)) return true;
  }
  return false;
}

/** The tables of machines/README.md. */
export function markdownTables(events: readonly string[]): string {
  const table = (title: string, states: readonly AnyStateNode[]) =>
    [
      `**${title}**`,
      '',
      `| | ${states.map((state) => `\`${nameOf(state)}\``).join(' | ')} |`,
      `|---|${states.map(() => '---|').join('')}`,
      ...events.map(
        (event) =>
          `| \`${event}\` | ${states.map((state) => cellOf(state, event)?.text ?? '**?**').join(' | ')} |`,
      ),
    ].join('\n');
  return [
    '`→` moves to, `stays` takes note and stays, `–` cannot happen because what would report it does not run, `·` is',
    'ignored for the reason below. Timers are in the chart.',
    '',
    table('Outside a connection', OUTER_STATES),
    '',
    table('Link', LINK_STATES),
    '',
    table('Screen', SCREEN_STATES),
    '',
    ...DECISIONS.map(({ because }, index) => `${index + 1}. ${because}`),
  ].join('\n');
}
