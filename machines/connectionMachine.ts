import { cancel, raise, type ActorRefFrom, type SnapshotFrom } from 'xstate';
import {
  clearAll,
  holdLists,
  holdPolls,
  isAnotherAccount,
  isInvalidServer,
  isPlannedRestart,
  fitsNoServer,
  isListCrash,
  isTopicRefused,
  linkTimedOut,
  listTimedOut,
  returnedToOldList,
  setFailure,
  setLinkFailure,
  setListFailure,
  setMisfit,
  setSynced,
  setToken,
  setUser,
  setWindowActivity,
  userPresent,
  userReturned,
} from './connectionParams';
import { connectionSetup, type ConnectionContext } from './connectionSetup';
import { socketAgeMs } from './delays';

export type { ChannelCheck, Command, ConnectionEvent, Fact, FactOf } from './connectionEvents';
export type { ConnectionContext, ConnectionTag, Inheritance } from './connectionSetup';

export const connectionMachine = connectionSetup.createMachine({
  id: 'connection',
  description: 'How live the list of sessions is. The rules C1… are in README.md.',
  context: ({ spawn, input }) => ({
    sessions: spawn('sessions', { id: 'sessions', input: input?.sessions }),
    token: undefined,
    renewInMs: undefined,
    accountId: undefined,
    userId: undefined,
    attempt: 0,
    syncAttempt: 0,
    syncDue: false,
    reconciles: 0,
    needsResync: false,
    linkUnchecked: false,
    tokenRejected: false,
    tokenRenewed: false,
    syncedAt: input?.syncedAt,
    windowActivity: { focused: true, visible: true },
    away: false,
    triggers: 0,
    triggerNoted: false,
    linkHeld: false,
    serverAnswers: false,
    listsHeld: undefined,
    wasLive: false,
    refreshAsked: false,
    serverRestarts: false,
    slot: 0,
    linkFailure: undefined,
    listFailure: undefined,
    failure: undefined,
  }),
  initial: 'disconnected',
  on: {
    disconnect: { target: '.disconnected', actions: 'reset' },
    signOut: { target: '.signedOut', actions: clearAll },
    signIn: { target: '.active', actions: clearAll },
    serverChanged: { target: '.active', actions: clearAll },
    'windowActivity.changed': { actions: setWindowActivity },
    'windowActivity.lapsed': { actions: 'setAway' },
    'trigger.refilled': { actions: 'refillTrigger' },
    'lists.free': { actions: 'releaseLists' },
  },
  states: {
    disconnected: {
      tags: 'stale',
      description: 'Nobody asked for a connection, or a user ended it.',
      on: { connect: 'active', reconnect: 'active', serverChanged: { actions: clearAll } },
    },
    signedOut: {
      tags: 'needsUser',
      description: 'No account, or it was refused for good; a user can sign in.',
      on: { connect: 'active', reconnect: 'active' },
    },
    invalidServer: {
      tags: ['needsUser', 'stale'],
      description:
        'Only a user can help: the address, the server or its version is wrong. Looked at again now and then.',
      invoke: { src: 'watchHost' },
      on: { connect: 'active', reconnect: 'active', refresh: 'active', 'network.changed': 'active' },
      after: { recheck: 'active' },
    },
    active: {
      description: 'Signed in as far as known, and a live list is wanted.',
      type: 'parallel',
      invoke: { src: 'watchHost' },
      on: {
        'token.missing': { target: 'signedOut', actions: [...clearAll, setFailure] },
        'server.refused': [
          { guard: isInvalidServer, target: 'invalidServer', actions: setFailure },
          { actions: raise(({ event }) => ({ type: 'snapshot.failed', failure: event.failure })) },
        ],
        'windowActivity.changed': [
          { guard: userReturned, actions: [setWindowActivity, 'spendTrigger', 'followTrigger'] },
          { actions: setWindowActivity },
        ],
        'network.changed': [
          { guard: 'triggerLeft', actions: ['spendTrigger', 'followTrigger'] },
          { actions: 'noteTrigger' },
        ],
        'trigger.refilled': [
          { guard: 'triggerNoted', actions: ['refillTrigger', 'spendTrigger', 'followTrigger'] },
          { actions: 'refillTrigger' },
        ],
      },
      states: {
        link: {
          description: 'The way to the channel: one attempt after another, each with a token of its own.',
          initial: 'authorizing',
          on: {
            reconnect: { target: '.authorizing', actions: 'reset' },
            'clock.jumped': { target: '.authorizing', actions: setLinkFailure },
            'token.refused': { guard: 'hasToken', target: '.verifyingToken', actions: setLinkFailure },
          },
          states: {
            authorizing: {
              description: 'Fetching a token for this attempt.',
              invoke: { src: 'fetchToken', input: ({ context }) => ({ renew: context.tokenRejected }) },
              on: {
                'token.granted': [
                  {
                    guard: isAnotherAccount,
                    target: '#connection.active',
                    actions: clearAll,
                  },
                  { target: 'open', actions: setToken },
                ],
                'token.unreachable': { target: 'waiting', actions: setLinkFailure },
                'token.refused': {},
              },
              after: { tokenTimeout: { target: 'waiting', actions: linkTimedOut('the sign-in service') } },
            },
            identifying: {
              description:
                'The topic needs the user id, and the token does not tell it: the server is asked.',
              invoke: { src: 'identifyUser', input: ({ context }) => ({ token: context.token }) },
              on: {
                'user.identified': { target: 'authorizing', actions: setUser },
                'user.untold': 'findingUser',
                'user.unknown': { target: 'waiting', actions: setLinkFailure },
              },
              after: {
                identityTimeout: { target: 'waiting', actions: linkTimedOut('the question who signed in') },
              },
            },
            findingUser: {
              description: 'The server does not tell who signed in: any session of theirs does.',
              invoke: { src: 'findUser', input: ({ context }) => ({ token: context.token }) },
              on: {
                'user.identified': { target: 'authorizing', actions: setUser },
                'user.unknown': [
                  { guard: fitsNoServer, target: '#connection.invalidServer', actions: setMisfit },
                  { target: 'waiting', actions: setLinkFailure },
                ],
              },
              after: {
                snapshotTimeout: { target: 'waiting', actions: linkTimedOut('the question who signed in') },
              },
            },
            open: {
              description: 'One socket exists exactly while this state is active.',
              invoke: {
                id: 'channel',
                src: 'openChannel',
                input: ({ context }) => ({
                  token: context.token,
                  userId: context.userId,
                  sessions: context.sessions,
                }),
              },
              initial: 'joining',
              on: {
                'channel.lost': [
                  { guard: fitsNoServer, target: '#connection.invalidServer', actions: setMisfit },
                  {
                    guard: isPlannedRestart,
                    target: 'waiting',
                    actions: [setLinkFailure, 'setServerRestarts', 'drawSlot', holdLists],
                  },
                  {
                    guard: isTopicRefused,
                    target: 'waiting',
                    actions: [setLinkFailure, 'clearUser', 'drawSlot'],
                  },
                  { target: 'waiting', actions: [setLinkFailure, 'drawSlot'] },
                ],
                'channel.refused': { target: 'verifyingToken', actions: setLinkFailure },
              },
              states: {
                joining: {
                  description: 'Opening the socket and joining the topic.',
                  on: {
                    'channel.joined': 'joined',
                    'channel.userNeeded': '#connection.active.link.identifying',
                  },
                  after: {
                    joinTimeout: {
                      target: '#connection.active.link.waiting',
                      actions: linkTimedOut('the join'),
                    },
                  },
                },
                joined: {
                  description: 'The server answered this socket’s own join; deltas arrive.',
                  entry: ['setJoined', 'notifyJoined', raise({ type: 'link.up' })],
                  exit: ['setUnjoined', 'notifyLeft', cancel('check'), raise({ type: 'link.down' })],
                  initial: 'serving',
                  on: {
                    'clock.jumped': { actions: ['setLinkUnchecked', 'checkLink'] },
                    'clock.stalled': { actions: 'checkLink' },
                    'channel.alive': { actions: 'confirmLink' },
                    'check.expired': {
                      target: '#connection.active.link.authorizing',
                      actions: linkTimedOut('the answer of the open link'),
                    },
                    'token.refused': [
                      {
                        guard: 'tokenRenewed',
                        target: '#connection.active.link.verifyingToken',
                        actions: setLinkFailure,
                      },
                      { target: '.renewing', actions: 'rejectToken' },
                    ],
                  },
                  after: { stable: { actions: 'resetAttempts' } },
                  states: {
                    serving: {
                      description: 'The token is good for requests, and for the next attempt.',
                      after: { renewal: 'renewing' },
                    },
                    renewing: {
                      description:
                        'The next token is fetched, ahead of the end of this one; the socket stays.',
                      invoke: {
                        src: 'fetchToken',
                        input: ({ context }) => ({ renew: context.tokenRejected }),
                      },
                      on: {
                        'token.granted': [
                          { guard: isAnotherAccount, target: '#connection.active', actions: clearAll },
                          { target: 'serving', actions: setToken },
                        ],
                        'token.unreachable': { target: 'serving', actions: 'retryRenewal' },
                        'token.refused': {},
                      },
                      after: { tokenTimeout: { target: 'serving', actions: 'retryRenewal' } },
                    },
                  },
                },
              },
            },
            verifyingToken: {
              description: 'The token may be bad: REST is asked, since a refused socket proves nothing.',
              invoke: { src: 'verifyToken', input: ({ context }) => ({ token: context.token }) },
              on: {
                'verification.passed': { target: 'waiting', actions: 'clearTokenRejected' },
                'verification.refused': [
                  {
                    guard: 'tokenRenewed',
                    target: '#connection.signedOut',
                    actions: [...clearAll, setFailure],
                  },
                  { target: 'authorizing', actions: [setLinkFailure, 'rejectToken'] },
                ],
                'verification.failed': { target: 'waiting', actions: setLinkFailure },
                'token.refused': {},
              },
              after: { verificationTimeout: 'waiting' },
            },
            waiting: {
              description: 'Between two attempts.',
              entry: 'countAttempt',
              on: {
                trigger: { guard: 'linkMayRetry', target: 'authorizing' },
                'snapshot.folded': {
                  guard: 'linkMayFollowList',
                  target: 'authorizing',
                  actions: 'spendTrigger',
                },
                'clock.jumped': [
                  { guard: 'linkMayRetry', target: 'authorizing', actions: setLinkFailure },
                  {},
                ],
              },
              after: {
                backoff: 'authorizing',
                watchedBackoff: { guard: 'onlyLinkMissing', target: 'authorizing' },
                askedWait: { actions: 'releaseLink' },
              },
            },
          },
        },
        sync: {
          description: 'What may be promised of the list.',
          initial: 'authenticating',
          on: {
            'link.up': [
              { guard: 'listsWait', target: '.connected.retryWait', actions: holdLists },
              '.connected',
            ],
          },
          states: {
            authenticating: {
              tags: 'fetching',
              description: 'Getting the first token.',
              on: { 'token.granted': 'loading', 'token.unreachable': 'reconnecting' },
              after: { signInPatience: 'reconnecting' },
            },
            loading: {
              tags: 'fetching',
              description: 'A first snapshot is on its way while the socket opens.',
              invoke: { src: 'syncSessions', input: snapshotInput },
              on: {
                'snapshot.folded': { actions: setSynced },
                'snapshot.failed': { actions: [setListFailure, 'holdListsAsAsked'] },
                'token.refused': { actions: setListFailure },
                'channel.lost': 'reconnecting',
              },
              after: { grace: 'polling' },
            },
            connected: {
              description: 'Joined.',
              initial: 'syncing',
              on: {
                'link.down': 'reconnecting',
                'channel.lost': { guard: isListCrash, actions: [setListFailure, 'countSyncAttempt'] },
              },
              states: {
                syncing: {
                  tags: 'fetching',
                  description: 'A snapshot asked for after the join is on its way.',
                  entry: 'clearNeedsResync',
                  invoke: { src: 'syncSessions', input: snapshotInput },
                  on: {
                    'snapshot.folded': [
                      {
                        guard: 'needsResync',
                        target: 'retryWait',
                        actions: [setSynced, 'countSyncAttempt'],
                      },
                      { target: 'live', actions: setSynced },
                    ],
                    'snapshot.failed': {
                      target: 'retryWait',
                      actions: [setListFailure, 'holdListsAsAsked', 'countSyncAttempt'],
                    },
                    'token.refused': { target: 'retryWait', actions: [setListFailure, 'countSyncAttempt'] },
                    'channel.outOfSync': { actions: [setListFailure, 'setNeedsResync'] },
                    'clock.jumped': { target: 'syncing', reenter: true },
                  },
                  after: {
                    snapshotTimeout: { target: 'retryWait', actions: [listTimedOut, 'countSyncAttempt'] },
                  },
                },
                retryWait: {
                  tags: 'stale',
                  description:
                    'The list failed or left a resync due, or its turn has not come; it is asked for after a pause.',
                  entry: 'clearSyncDue',
                  always: { guard: 'isReadyToSync', target: 'syncing' },
                  on: {
                    refresh: { target: 'syncing', actions: 'setRefreshAsked' },
                    trigger: { guard: 'listsFree', target: 'syncing' },
                    'clock.jumped': { guard: 'listsFree', target: 'syncing' },
                  },
                  after: { syncBackoff: { actions: 'setSyncDue' } },
                },
                live: {
                  tags: 'live',
                  description: 'What is shown equals what the server holds.',
                  entry: 'setLive',
                  initial: 'settled',
                  invoke: {
                    src: 'completeSessions',
                    input: ({ context, self }) => ({
                      token: () => (self.getSnapshot() as { context: ConnectionContext }).context.token,
                      sessions: context.sessions,
                    }),
                  },
                  on: {
                    refresh: { target: 'syncing', actions: 'setRefreshAsked' },
                    'clock.jumped': 'syncing',
                    'channel.outOfSync': {
                      target: 'retryWait',
                      actions: [setListFailure, 'countSyncAttempt'],
                    },
                    'windowActivity.changed': {
                      guard: returnedToOldList,
                      target: '.reconciling',
                      actions: setWindowActivity,
                    },
                  },
                  after: { stable: { actions: 'resetSyncAttempts' } },
                  states: {
                    settled: {
                      description: 'No list is needed, unless an event was lost unnoticed.',
                      initial: 'quiet',
                      after: { reconcileLatest: { guard: 'listsFree', target: 'reconciling' } },
                      states: {
                        quiet: {
                          description: 'Nothing has arrived for a while.',
                          on: {
                            'channel.active': {
                              target: 'quiet',
                              reenter: true,
                              actions: 'resetReconciles',
                            },
                          },
                          after: { reconcile: '#connection.active.sync.connected.live.reconciling' },
                        },
                      },
                    },
                    reconciling: {
                      description:
                        'A list is fetched to make sure; nobody sees it unless something was wrong.',
                      invoke: { src: 'syncSessions', input: snapshotInput },
                      on: {
                        'snapshot.folded': { target: 'settled', actions: [setSynced, 'countReconcile'] },
                        'snapshot.failed': [
                          {
                            guard: 'listFailed',
                            target: '#connection.active.sync.connected.retryWait',
                            actions: [setListFailure, 'holdListsAsAsked', 'countSyncAttempt'],
                          },
                          { target: 'settled', actions: [setListFailure, 'holdListsAsAsked'] },
                        ],
                        'token.refused': [
                          {
                            guard: 'listFailed',
                            target: '#connection.active.sync.connected.retryWait',
                            actions: [setListFailure, 'countSyncAttempt'],
                          },
                          { target: 'settled', actions: setListFailure },
                        ],
                        'windowActivity.changed': { actions: setWindowActivity },
                      },
                      after: {
                        snapshotTimeout: {
                          target: '#connection.active.sync.connected.retryWait',
                          actions: [listTimedOut, 'countSyncAttempt'],
                        },
                      },
                    },
                  },
                },
              },
            },
            reconnecting: {
              tags: 'stale',
              description: 'The link is lost and being made again; the last list stays, marked as not live.',
              always: { guard: 'isUnstable', target: 'polling' },
              on: { refresh: 'polling.refreshing' },
              after: { grace: 'polling' },
            },
            polling: {
              description: 'The channel stays away: lists are fetched over HTTP while attempts go on.',
              entry: holdPolls,
              initial: 'waiting',
              on: {
                refresh: [
                  { guard: 'lacksFallback', actions: raise({ type: 'reconnect' }) },
                  { target: '.refreshing' },
                ],
                'clock.jumped': { guard: 'listsFree', target: '.refreshing' },
              },
              states: {
                waiting: {
                  tags: 'stale',
                  description:
                    'The next list has its time: the server asked for a wait, or the turn after a restart comes.',
                  always: { guard: 'listsFree', target: 'refreshing' },
                  on: {
                    'lists.free': { target: 'refreshing', actions: 'releaseLists' },
                    reconnect: 'refreshing',
                  },
                },
                refreshing: {
                  tags: ['fetching', 'stale'],
                  description: 'A list is on its way.',
                  invoke: { src: 'syncSessions', input: snapshotInput },
                  on: {
                    'snapshot.folded': { target: 'fresh', actions: setSynced },
                    'snapshot.failed': {
                      target: 'offline',
                      actions: [setListFailure, 'holdListsAsAsked'],
                    },
                    'token.refused': { target: 'offline', actions: setListFailure },
                    refresh: {},
                  },
                  after: { snapshotTimeout: { target: 'offline', actions: listTimedOut } },
                },
                fresh: {
                  description: 'The last list arrived; it is at most one interval old.',
                  always: { guard: 'userAway', target: 'paused' },
                  on: {
                    trigger: { guard: 'listsFree', target: 'refreshing' },
                    'windowActivity.lapsed': { target: 'paused', actions: 'setAway' },
                  },
                  after: { pollInterval: 'refreshing' },
                },
                offline: {
                  tags: 'stale',
                  description: 'The last list did not arrive either.',
                  on: {
                    trigger: { guard: 'listsFree', target: 'refreshing' },
                    'token.granted': { guard: 'lackedToken', target: 'refreshing' },
                  },
                  after: { offlineRetry: 'refreshing' },
                },
                paused: {
                  tags: 'stale',
                  description: 'Nobody has been there for long, nothing is fetched.',
                  on: {
                    'windowActivity.changed': {
                      guard: userPresent,
                      target: 'waiting',
                      actions: setWindowActivity,
                    },
                  },
                },
              },
            },
          },
        },
      },
    },
  },
});

function snapshotInput({ context }: { context: ConnectionContext }) {
  return { token: context.token, sessions: context.sessions, maxAgeMs: socketAgeMs(context) };
}

export type ConnectionMachine = typeof connectionMachine;
export type ConnectionRef = ActorRefFrom<ConnectionMachine>;
export type ConnectionSnapshot = SnapshotFrom<ConnectionMachine>;
