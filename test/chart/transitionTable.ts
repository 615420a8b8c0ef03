import type { ConnectionEvent, LinkEvent, SyncEvent } from '../../machines/connectionEvents';

/**
 * What the connection machine shall do: every event in every state, decided by hand. The machine is held against it,
 * and `npm run chart` writes the tables of machines/README.md from it.
 *
 * `→ state` moves there, `stays` takes note and stays, `guard: → state | stays` goes by the first guard that holds,
 * `–` cannot happen because nothing that would report it runs, `· reason` is ignored. A key is a state, or a state
 * with all that it contains; the longest that fits counts, and `*` is every other state.
 */
type Row = Readonly<Record<string, string>>;
type Name = ConnectionEvent['type'];
type TableOf<Event extends Name> = Readonly<Record<Event, Row>>;
export type Table = Partial<TableOf<Name>>;
export interface Region {
  readonly title: string;
  readonly states: readonly string[];
  readonly table: Table;
}

/** Events that one region takes alone: the tables of the others have no rows for them. */
const LINK_ONLY: Record<LinkEvent['type'], true> = {
  'user.identified': true,
  'user.untold': true,
  'user.unknown': true,
  'channel.userNeeded': true,
  'channel.joined': true,
  'channel.refused': true,
  'channel.alive': true,
  'verification.passed': true,
  'verification.refused': true,
  'verification.failed': true,
  'clock.stalled': true,
  'check.expired': true,
};
const SYNC_ONLY: Record<SyncEvent['type'], true> = {
  'snapshot.failed': true,
  'channel.outOfSync': true,
  'channel.active': true,
  'link.up': true,
  'link.down': true,
};
export const EVENTS_OF_ONE_REGION = { link: Object.keys(LINK_ONLY), sync: Object.keys(SYNC_ONLY) };

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

const WANTED = EVERYWHERE('· a list is wanted already');
const LINKS_OWN = '· the link’s';
const LINK_FOLLOWS = '· the link’s; `link.up` or `link.down` follows';
const SYNCS_OWN = EVERYWHERE('· the sync region’s');
const NOTHING_SHOWN = '· nothing shown depends on it; the link makes itself anew';
const OPEN_LINKS_ONLY = '· only an open link could have died of it, and is asked';
const NO_WAIT = '· no wait to end; a dead link is found by its heartbeat';
const QUIET_ONLY = '· only a quiet live list waits for its next list';
const SNAPSHOT_FIRST = '· a snapshot comes before live anyway, or the sync region takes it';
const JOINED_ONLY = '· the link’s, once it is joined';

const SERVER_REFUSED = EVERYWHERE('isInvalidServer: → invalidServer | stays');
const NETWORK_CHANGED = EVERYWHERE('triggerLeft: stays | stays');
const REFILLED = EVERYWHERE('triggerNoted: stays | stays');
const CAME_BACK = 'userReturned: stays | stays';

const OUTSIDE: Region = {
  title: 'Outside a connection',
  states: ['disconnected', 'signedOut', 'invalidServer'],
  table: {
    connect: EVERYWHERE('→ active'),
    disconnect: EVERYWHERE('→ disconnected'),
    reconnect: EVERYWHERE('→ active'),
    refresh: { '*': '· nothing may be asked; the command is disabled', invalidServer: '→ active' },
    serverChanged: { '*': '→ active', disconnected: 'stays' },
    signIn: EVERYWHERE('→ active'),
    signOut: EVERYWHERE('→ signedOut'),
    'windowActivity.changed': { '*': '–', invalidServer: 'stays' },
    'clock.jumped': { '*': '–', invalidServer: NOTHING_SHOWN },
    'trigger.refilled': EVERYWHERE('stays'),
    'network.changed': { '*': '–', invalidServer: '→ active' },
    ...each(['windowActivity.lapsed', 'lists.free'], EVERYWHERE('stays')),
    ...each(['trigger', 'server.refused', 'channel.lost', 'snapshot.folded'], IMPOSSIBLE),
    ...each(['token.granted', 'token.missing', 'token.refused', 'token.unreachable'], IMPOSSIBLE),
  } satisfies TableOf<Exclude<Name, LinkEvent['type'] | SyncEvent['type']>>,
};

const LINK: Region = {
  title: 'Link',
  states: [
    ...['authorizing', 'identifying', 'findingUser'],
    ...['open.joining', 'open.joined.serving', 'open.joined.renewing'],
    ...['verifyingToken', 'waiting'],
  ],
  table: {
    connect: WANTED,
    disconnect: EVERYWHERE('→ disconnected'),
    reconnect: EVERYWHERE('→ authorizing'),
    refresh: SYNCS_OWN,
    serverChanged: EVERYWHERE('→ active'),
    signIn: EVERYWHERE('→ active'),
    signOut: EVERYWHERE('→ signedOut'),
    'windowActivity.changed': EVERYWHERE(CAME_BACK),
    'windowActivity.lapsed': EVERYWHERE('stays'),
    'channel.alive': { '*': '–', 'open.joining': JOINED_ONLY, 'open.joined': 'stays' },
    'channel.userNeeded': {
      '*': '–',
      'open.joining': '→ identifying',
      'open.joined': '· told before a join alone',
    },
    'channel.joined': {
      '*': '–',
      'open.joining': '→ open.joined.serving',
      'open.joined': '· a join is answered once',
    },
    'channel.lost': {
      '*': '–',
      open: 'fitsNoServer: → invalidServer | isPlannedRestart: → waiting | isTopicRefused: → waiting | → waiting',
    },
    'channel.refused': { '*': '–', open: '→ verifyingToken' },
    'check.expired': { '*': OPEN_LINKS_ONLY, 'open.joined': '→ authorizing' },
    'clock.jumped': {
      '*': '→ authorizing',
      'open.joined': 'stays',
      waiting: 'linkMayRetry: → authorizing | stays',
    },
    'clock.stalled': { '*': OPEN_LINKS_ONLY, 'open.joined': 'stays' },
    trigger: { '*': NO_WAIT, waiting: 'linkMayRetry: → authorizing' },
    'trigger.refilled': REFILLED,
    'lists.free': EVERYWHERE('stays'),
    'network.changed': NETWORK_CHANGED,
    'verification.refused': { '*': '–', verifyingToken: 'tokenRenewed: → signedOut | → authorizing' },
    'verification.failed': { '*': '–', verifyingToken: '→ waiting' },
    'verification.passed': { '*': '–', verifyingToken: '→ waiting' },
    'server.refused': SERVER_REFUSED,
    'snapshot.folded': { ...SYNCS_OWN, waiting: 'linkMayFollowList: → authorizing' },
    'token.granted': {
      '*': '–',
      authorizing: 'isAnotherAccount: → active | → open.joining',
      'open.joined.renewing': 'isAnotherAccount: → active | → open.joined.serving',
    },
    'token.missing': { '*': '–', authorizing: '→ signedOut', 'open.joined.renewing': '→ signedOut' },
    'token.refused': {
      '*': 'hasToken: → verifyingToken',
      authorizing: 'stays',
      'open.joined.serving': 'tokenRenewed: → verifyingToken | → open.joined.renewing',
      'open.joined.renewing': 'stays',
      verifyingToken: 'stays',
    },
    'token.unreachable': {
      '*': '–',
      authorizing: '→ waiting',
      'open.joined.renewing': '→ open.joined.serving',
    },
    'user.identified': { '*': '–', identifying: '→ authorizing', findingUser: '→ authorizing' },
    'user.untold': { '*': '–', identifying: '→ findingUser' },
    'user.unknown': {
      '*': '–',
      identifying: '→ waiting',
      findingUser: 'fitsNoServer: → invalidServer | → waiting',
    },
  } satisfies TableOf<Exclude<Name, SyncEvent['type']>>,
};

const SYNC: Region = {
  title: 'Sync',
  states: [
    ...['authenticating', 'loading'],
    ...[
      'connected.syncing',
      'connected.retryWait',
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
      'connected.retryWait': '→ connected.syncing',
      'connected.live': '→ connected.syncing',
      reconnecting: '→ polling.refreshing',
      polling: 'lacksFallback: stays | → polling.refreshing',
      'polling.refreshing': 'stays',
    },
    serverChanged: EVERYWHERE('→ active'),
    signIn: EVERYWHERE('→ active'),
    signOut: EVERYWHERE('→ signedOut'),
    'windowActivity.changed': {
      '*': CAME_BACK,
      'connected.live': `returnedToOldList: → connected.live.reconciling | ${CAME_BACK}`,
      'connected.live.reconciling': 'stays',
      'polling.paused': `userPresent: → polling.waiting | ${CAME_BACK}`,
    },
    'windowActivity.lapsed': { '*': 'stays', 'polling.fresh': '→ polling.paused' },
    'channel.active': { '*': QUIET_ONLY, 'connected.live.settled': '→ connected.live.settled.quiet' },
    'channel.outOfSync': {
      '*': SNAPSHOT_FIRST,
      'connected.syncing': 'stays',
      'connected.live': '→ connected.retryWait',
    },
    'channel.lost': { '*': LINK_FOLLOWS, loading: '→ reconnecting', connected: 'isListCrash: stays' },
    'clock.jumped': {
      '*': NOTHING_SHOWN,
      connected: '→ connected.syncing',
      'connected.retryWait': 'listsFree: → connected.syncing',
      polling: 'listsFree: → polling.refreshing',
    },
    trigger: {
      '*': NO_WAIT,
      'connected.retryWait': 'listsFree: → connected.syncing',
      'polling.fresh': 'listsFree: → polling.refreshing',
      'polling.offline': 'listsFree: → polling.refreshing',
    },
    'trigger.refilled': REFILLED,
    'link.down': { '*': '· follows a join only', connected: '→ reconnecting' },
    'link.up': EVERYWHERE('listsWait: → connected.retryWait | → connected.syncing'),
    'lists.free': { '*': 'stays', 'polling.waiting': '→ polling.refreshing' },
    'network.changed': NETWORK_CHANGED,
    'server.refused': SERVER_REFUSED,
    'snapshot.failed': {
      '*': '–',
      loading: 'stays',
      'connected.syncing': '→ connected.retryWait',
      'connected.live.reconciling': 'listFailed: → connected.retryWait | → connected.live.settled.quiet',
      'polling.refreshing': '→ polling.offline',
    },
    'snapshot.folded': {
      '*': '–',
      loading: 'stays',
      'connected.syncing': 'needsResync: → connected.retryWait | → connected.live.settled.quiet',
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
      'connected.syncing': '→ connected.retryWait',
      'connected.live.reconciling': 'listFailed: → connected.retryWait | → connected.live.settled.quiet',
      'polling.refreshing': '→ polling.offline',
    },
    'token.unreachable': { '*': LINKS_OWN, authenticating: '→ reconnecting' },
  } satisfies TableOf<Exclude<Name, LinkEvent['type']>>,
};

/** Where the first of these stays, it is followed by the second. */
export const FOLLOWED_BY: Partial<Record<ConnectionEvent['type'], ConnectionEvent['type']>> = {
  'server.refused': 'snapshot.failed',
  refresh: 'reconnect',
};

export const REGIONS: readonly Region[] = [OUTSIDE, LINK, SYNC];

/** What happens without an event, by state: at once where a guard holds (`always`), or after a delay of that name. */
export const UNASKED: Readonly<Record<string, Row>> = {
  invalidServer: { 'after recheck': '→ active' },
  authorizing: { 'after tokenTimeout': '→ waiting' },
  identifying: { 'after identityTimeout': '→ waiting' },
  findingUser: { 'after snapshotTimeout': '→ waiting' },
  'open.joining': { 'after joinTimeout': '→ waiting' },
  'open.joined': { 'after stable': 'stays' },
  'open.joined.serving': { 'after renewal': '→ open.joined.renewing' },
  'open.joined.renewing': { 'after tokenTimeout': '→ open.joined.serving' },
  verifyingToken: { 'after verificationTimeout': '→ waiting' },
  waiting: {
    'after backoff': '→ authorizing',
    'after watchedBackoff': 'onlyLinkMissing: → authorizing',
    'after askedWait': 'stays',
  },
  authenticating: { 'after signInPatience': '→ reconnecting' },
  loading: { 'after grace': '→ polling.waiting' },
  'connected.syncing': { 'after snapshotTimeout': '→ connected.retryWait' },
  'connected.retryWait': { always: 'isReadyToSync: → connected.syncing', 'after syncBackoff': 'stays' },
  'connected.live': { 'after stable': 'stays' },
  'connected.live.settled': { 'after reconcileLatest': 'listsFree: → connected.live.reconciling' },
  'connected.live.settled.quiet': { 'after reconcile': '→ connected.live.reconciling' },
  'connected.live.reconciling': { 'after snapshotTimeout': '→ connected.retryWait' },
  reconnecting: { always: 'isUnstable: → polling.waiting', 'after grace': '→ polling.waiting' },
  'polling.waiting': { always: 'listsFree: → polling.refreshing' },
  'polling.refreshing': { 'after snapshotTimeout': '→ polling.offline' },
  'polling.fresh': { always: 'userAway: → polling.paused', 'after pollInterval': '→ polling.refreshing' },
  'polling.offline': { 'after offlineRetry': '→ polling.refreshing' },
};

/** Which actors run in a state and in all that it contains. */
export const ACTORS: Readonly<Record<string, readonly string[]>> = {
  invalidServer: ['watchHost'],
  active: ['watchHost'],
  authorizing: ['fetchToken'],
  identifying: ['identifyUser'],
  findingUser: ['findUser'],
  open: ['openChannel'],
  'open.joined.renewing': ['fetchToken'],
  verifyingToken: ['verifyToken'],
  loading: ['syncSessions'],
  'connected.syncing': ['syncSessions'],
  'connected.live': ['completeSessions'],
  'connected.live.reconciling': ['syncSessions'],
  'polling.refreshing': ['syncSessions'],
};

/** Which facts each of them reports. */
export const REPORTS: Readonly<Record<string, readonly ConnectionEvent['type'][]>> = {
  fetchToken: ['token.granted', 'token.missing', 'token.unreachable', 'server.refused'],
  identifyUser: ['user.identified', 'user.untold', 'user.unknown', 'token.refused', 'server.refused'],
  findUser: ['user.identified', 'user.unknown', 'token.refused', 'server.refused'],
  openChannel: [
    'channel.userNeeded',
    ...(['channel.joined', 'channel.lost', 'channel.refused'] as const),
    ...(['channel.outOfSync', 'channel.active', 'channel.alive'] as const),
  ],
  verifyToken: ['verification.passed', 'verification.refused', 'verification.failed', 'server.refused'],
  syncSessions: ['snapshot.folded', 'snapshot.failed', 'token.refused', 'server.refused'],
  completeSessions: ['channel.outOfSync', 'token.refused'],
  watchHost: ['clock.jumped', 'clock.stalled', 'network.changed', 'windowActivity.changed'],
};
