import type { ConnectionEvent } from '../../machines/connectionMachine';

/**
 * What the connection machine shall do: every event in every state, decided by hand. The machine is held against it,
 * and `npm run chart` writes the tables of machines/README.md from it.
 *
 * `→ state` moves there, `stays` takes note and stays, `guard: → state | stays` goes by the first guard that holds,
 * `–` cannot happen because nothing that would report it runs, `· reason` is ignored. A key is a state, or a state
 * with all that it contains; the longest that fits counts, and `*` is every other state.
 */
type Row = Readonly<Record<string, string>>;
export type Table = Readonly<Record<ConnectionEvent['type'], Row>>;
export interface Region {
  readonly title: string;
  readonly states: readonly string[];
  readonly table: Table;
}

/** What a row says of a state. */
export function outcomeIn(row: Row, state: string): string {
  const keys = Object.keys(row).filter((key) => isWithin(state, key));
  const key = keys.reduce((longest, each) => (each.length > longest.length ? each : longest), '*');
  return row[key] ?? '';
}

/** Whether a state is that one, or in it. */
export const isWithin = (state: string, outer: string): boolean =>
  state === outer || state.startsWith(`${outer}.`);

const EVERYWHERE = (outcome: string): Row => ({ '*': outcome });
const each = <T extends ConnectionEvent['type']>(events: readonly T[], row: Row) =>
  Object.fromEntries(events.map((event) => [event, row])) as Record<T, Row>;
const IMPOSSIBLE = EVERYWHERE('–');

const WANTED = EVERYWHERE('· a picture is wanted already');
const LINKS_OWN = '· the link’s';
const LINK_FOLLOWS = '· the link’s; `link.up` or `link.down` follows';
const SCREENS_OWN = EVERYWHERE('· the screen’s');
const RAISED_HERE = EVERYWHERE('· raised here');
const NOTHING_SHOWN = '· nothing shown depends on it; the link makes itself anew';
const OPEN_LINKS_ONLY = '· only an open link could have died of it, and is asked';
const NO_WAIT = '· no wait to end; a dead link is found by its heartbeat';
const QUIET_ONLY = '· only a quiet live picture waits for its next list';
const SNAPSHOT_FIRST = '· a snapshot comes before live anyway, or the screen takes it';
const JOINED_ONLY = '· the link’s, once it is joined';

const SERVER_REFUSED = EVERYWHERE('isInvalidServer: → refused | stays');
const NETWORK_CHANGED = EVERYWHERE('impulseLeft: stays | stays');
const REFILLED = EVERYWHERE('impulseNoted: stays | stays');
const CAME_BACK = 'userReturned: stays | stays';

const OUTSIDE: Region = {
  title: 'Outside a connection',
  states: ['disconnected', 'signedOut', 'refused'],
  table: {
    connect: EVERYWHERE('→ active'),
    disconnect: EVERYWHERE('→ disconnected'),
    reconnect: EVERYWHERE('→ active'),
    refresh: { '*': '· nothing may be asked; the command is disabled', refused: '→ active' },
    serverChanged: { '*': '→ active', disconnected: 'stays' },
    signIn: EVERYWHERE('→ active'),
    signOut: EVERYWHERE('→ signedOut'),
    'attention.changed': { '*': '–', refused: 'stays' },
    'clock.jumped': { '*': '–', refused: NOTHING_SHOWN },
    'clock.stalled': { '*': '–', refused: OPEN_LINKS_ONLY },
    'impulse.refilled': EVERYWHERE('stays'),
    'network.changed': { '*': '–', refused: '→ active' },
    ...each(['attention.lapsed', 'lists.free'], EVERYWHERE('stays')),
    ...each(['check.expired', 'impulse', 'link.down', 'link.up', 'server.refused'], IMPOSSIBLE),
    ...each(['channel.active', 'channel.alive', 'channel.doubted'], IMPOSSIBLE),
    ...each(['channel.joined', 'channel.lost', 'channel.refused'], IMPOSSIBLE),
    ...each(['probe.unauthorized', 'probe.unreachable', 'probe.valid'], IMPOSSIBLE),
    ...each(['snapshot.failed', 'snapshot.folded'], IMPOSSIBLE),
    ...each(['token.granted', 'token.missing', 'token.refused'], IMPOSSIBLE),
    ...each(['token.unreachable', 'user.identified', 'user.unknown'], IMPOSSIBLE),
  },
};

const LINK: Region = {
  title: 'Link',
  states: [
    ...['authorizing', 'identifying'],
    ...['open.joining', 'open.joined.serving', 'open.joined.renewing'],
    ...['judging', 'waiting'],
  ],
  table: {
    connect: WANTED,
    disconnect: EVERYWHERE('→ disconnected'),
    reconnect: EVERYWHERE('→ authorizing'),
    refresh: SCREENS_OWN,
    serverChanged: EVERYWHERE('→ active'),
    signIn: EVERYWHERE('→ active'),
    signOut: EVERYWHERE('→ signedOut'),
    'attention.changed': EVERYWHERE(CAME_BACK),
    'attention.lapsed': EVERYWHERE('stays'),
    'channel.active': { '*': '–', open: QUIET_ONLY },
    'channel.alive': { '*': '–', 'open.joining': JOINED_ONLY, 'open.joined': 'stays' },
    'channel.doubted': { '*': '–', open: SNAPSHOT_FIRST },
    'channel.joined': {
      '*': '–',
      'open.joining': '→ open.joined.serving',
      'open.joined': '· a join is answered once',
    },
    'channel.lost': { '*': '–', open: 'isPlannedRestart: → waiting | isTopicRefused: → waiting | → waiting' },
    'channel.refused': { '*': '–', open: '→ judging' },
    'check.expired': { '*': OPEN_LINKS_ONLY, 'open.joined': '→ authorizing' },
    'clock.jumped': {
      '*': '→ authorizing',
      'open.joined': 'stays',
      waiting: 'linkMayRetry: → authorizing | stays',
    },
    'clock.stalled': { '*': OPEN_LINKS_ONLY, 'open.joined': 'stays' },
    impulse: { '*': NO_WAIT, waiting: 'linkMayRetry: → authorizing' },
    'impulse.refilled': REFILLED,
    'link.down': RAISED_HERE,
    'link.up': RAISED_HERE,
    'lists.free': EVERYWHERE('stays'),
    'network.changed': NETWORK_CHANGED,
    'probe.unauthorized': { '*': '–', judging: 'tokenRenewed: → signedOut | → authorizing' },
    'probe.unreachable': { '*': '–', judging: '→ waiting' },
    'probe.valid': { '*': '–', judging: '→ waiting' },
    'server.refused': SERVER_REFUSED,
    'snapshot.failed': SCREENS_OWN,
    'snapshot.folded': { ...SCREENS_OWN, waiting: 'linkMayFollowList: → authorizing' },
    'token.granted': {
      '*': '–',
      authorizing: 'isAnotherAccount: → active | userKnown: → open.joining | → identifying',
      'open.joined.renewing': 'isAnotherAccount: → active | → open.joined.serving',
    },
    'token.missing': { '*': '–', authorizing: '→ signedOut', 'open.joined.renewing': '→ signedOut' },
    'token.refused': {
      '*': 'hasToken: → judging',
      authorizing: 'stays',
      'open.joined.serving': 'tokenRenewed: → judging | → open.joined.renewing',
      'open.joined.renewing': 'stays',
      judging: 'stays',
    },
    'token.unreachable': {
      '*': '–',
      authorizing: '→ waiting',
      'open.joined.renewing': '→ open.joined.serving',
    },
    'user.identified': { '*': '–', identifying: '→ open.joining' },
    'user.unknown': { '*': '–', identifying: '→ waiting' },
  },
};

const SCREEN: Region = {
  title: 'Screen',
  states: [
    ...['authenticating', 'loading'],
    ...[
      'connected.syncing',
      'connected.resting',
      'connected.live.settled.quiet',
      'connected.live.reconciling',
    ],
    ...['reconnecting'],
    ...['waiting', 'refreshing', 'fresh', 'offline', 'paused'].map((name) => `polling.${name}`),
  ],
  table: {
    connect: WANTED,
    disconnect: EVERYWHERE('→ disconnected'),
    reconnect: { '*': '· the link’s; `link.down` follows', 'polling.waiting': '→ polling.refreshing' },
    refresh: {
      '*': '· a list is on its way or comes next',
      'connected.resting': '→ connected.syncing',
      'connected.live': '→ connected.syncing',
      reconnecting: '→ polling.refreshing',
      polling: '→ polling.refreshing',
      'polling.refreshing': 'stays',
    },
    serverChanged: EVERYWHERE('→ active'),
    signIn: EVERYWHERE('→ active'),
    signOut: EVERYWHERE('→ signedOut'),
    'attention.changed': {
      '*': CAME_BACK,
      'connected.live': `returnedToOldList: → connected.live.reconciling | ${CAME_BACK}`,
      'connected.live.reconciling': 'stays',
      'polling.paused': `userPresent: → polling.waiting | ${CAME_BACK}`,
    },
    'attention.lapsed': { '*': 'stays', 'polling.fresh': '→ polling.paused' },
    'channel.active': { '*': QUIET_ONLY, 'connected.live.settled': '→ connected.live.settled.quiet' },
    'channel.alive': EVERYWHERE(JOINED_ONLY),
    'channel.doubted': {
      '*': SNAPSHOT_FIRST,
      'connected.syncing': 'stays',
      'connected.live': '→ connected.resting',
    },
    'channel.joined': EVERYWHERE(LINK_FOLLOWS),
    'channel.lost': { '*': LINK_FOLLOWS, loading: '→ reconnecting' },
    'channel.refused': EVERYWHERE(LINK_FOLLOWS),
    'check.expired': EVERYWHERE(OPEN_LINKS_ONLY),
    'clock.jumped': {
      '*': NOTHING_SHOWN,
      connected: '→ connected.syncing',
      'connected.resting': 'listsFree: → connected.syncing',
      polling: 'listsFree: → polling.refreshing',
    },
    'clock.stalled': EVERYWHERE(OPEN_LINKS_ONLY),
    impulse: {
      '*': NO_WAIT,
      'connected.resting': 'listsFree: → connected.syncing',
      'polling.fresh': 'listsFree: → polling.refreshing',
      'polling.offline': 'listsFree: → polling.refreshing',
    },
    'impulse.refilled': REFILLED,
    'link.down': { '*': '· follows a join only', connected: '→ reconnecting' },
    'link.up': EVERYWHERE('listsWait: → connected.resting | → connected.syncing'),
    'lists.free': { '*': 'stays', 'polling.waiting': '→ polling.refreshing' },
    'network.changed': NETWORK_CHANGED,
    ...each(['probe.unauthorized', 'probe.unreachable', 'probe.valid'], EVERYWHERE(LINKS_OWN)),
    'server.refused': SERVER_REFUSED,
    'snapshot.failed': {
      '*': '–',
      loading: 'stays',
      'connected.syncing': '→ connected.resting',
      'connected.live.reconciling': 'listFailed: → connected.resting | → connected.live.settled.quiet',
      'polling.refreshing': '→ polling.offline',
    },
    'snapshot.folded': {
      '*': '–',
      loading: 'stays',
      'connected.syncing': 'needsResync: → connected.resting | → connected.live.settled.quiet',
      'connected.live.reconciling': '→ connected.live.settled.quiet',
      'polling.refreshing': '→ polling.fresh',
    },
    'token.granted': {
      '*': LINKS_OWN,
      authenticating: '→ loading',
      'polling.offline': 'lackedToken: → polling.refreshing',
    },
    'token.missing': EVERYWHERE('→ signedOut'),
    'token.refused': {
      '*': LINKS_OWN,
      loading: 'stays',
      'connected.syncing': '→ connected.resting',
      'connected.live.reconciling': 'listFailed: → connected.resting | → connected.live.settled.quiet',
      'polling.refreshing': '→ polling.offline',
    },
    'token.unreachable': { '*': LINKS_OWN, authenticating: '→ reconnecting' },
    ...each(['user.identified', 'user.unknown'], EVERYWHERE(LINKS_OWN)),
  },
};

/** Where the first of these stays, it is followed by the second. */
export const FOLLOWED_BY: Partial<Record<ConnectionEvent['type'], ConnectionEvent['type']>> = {
  'server.refused': 'snapshot.failed',
};

export const REGIONS: readonly Region[] = [OUTSIDE, LINK, SCREEN];

/** What happens without an event, by state: at once where a guard holds (`always`), or after a delay of that name. */
export const UNASKED: Readonly<Record<string, Row>> = {
  refused: { 'after recheck': '→ active' },
  authorizing: { 'after tokenTimeout': '→ waiting' },
  identifying: { 'after identityTimeout': '→ waiting' },
  'open.joining': { 'after joinTimeout': '→ waiting' },
  'open.joined': { 'after stable': 'stays' },
  'open.joined.serving': { 'after renewal': '→ open.joined.renewing' },
  'open.joined.renewing': { 'after tokenTimeout': '→ open.joined.serving' },
  judging: { 'after probeTimeout': '→ waiting' },
  waiting: {
    'after backoff': '→ authorizing',
    'after watchedBackoff': 'onlyLinkMissing: → authorizing',
    'after askedWait': 'stays',
  },
  authenticating: { 'after tokenTimeout': '→ reconnecting' },
  loading: { 'after grace': '→ polling.waiting' },
  'connected.syncing': { 'after snapshotTimeout': '→ connected.resting' },
  'connected.resting': { always: 'isReadyToSync: → connected.syncing', 'after syncBackoff': 'stays' },
  'connected.live': { 'after stable': 'stays' },
  'connected.live.settled': { 'after reconcileLatest': 'listsFree: → connected.live.reconciling' },
  'connected.live.settled.quiet': { 'after reconcile': '→ connected.live.reconciling' },
  'connected.live.reconciling': { 'after snapshotTimeout': '→ connected.resting' },
  reconnecting: { always: 'isUnstable: → polling.waiting', 'after grace': '→ polling.waiting' },
  'polling.waiting': { always: 'listsFree: → polling.refreshing' },
  'polling.refreshing': { 'after snapshotTimeout': '→ polling.offline' },
  'polling.fresh': { always: 'userAway: → polling.paused', 'after pollInterval': '→ polling.refreshing' },
  'polling.offline': { 'after offlineRetry': '→ polling.refreshing' },
};

/** Which actors run in a state and in all that it contains. */
export const ACTORS: Readonly<Record<string, readonly string[]>> = {
  refused: ['watchHost'],
  active: ['watchHost'],
  authorizing: ['fetchToken'],
  identifying: ['identifyUser'],
  open: ['openChannel'],
  'open.joined.renewing': ['fetchToken'],
  judging: ['verifyToken'],
  loading: ['syncSessions'],
  'connected.syncing': ['syncSessions'],
  'connected.live': ['completeSessions'],
  'connected.live.reconciling': ['syncSessions'],
  'polling.refreshing': ['syncSessions'],
};

/** Which facts each of them reports. */
export const REPORTS: Readonly<Record<string, readonly ConnectionEvent['type'][]>> = {
  fetchToken: ['token.granted', 'token.missing', 'token.unreachable', 'server.refused'],
  identifyUser: ['user.identified', 'user.unknown', 'token.refused', 'server.refused'],
  openChannel: [
    ...(['channel.joined', 'channel.lost', 'channel.refused'] as const),
    ...(['channel.doubted', 'channel.active', 'channel.alive'] as const),
  ],
  verifyToken: ['probe.valid', 'probe.unauthorized', 'probe.unreachable', 'server.refused'],
  syncSessions: ['snapshot.folded', 'snapshot.failed', 'token.refused', 'server.refused'],
  completeSessions: ['channel.doubted', 'token.refused'],
  watchHost: ['clock.jumped', 'clock.stalled', 'network.changed', 'attention.changed'],
};
