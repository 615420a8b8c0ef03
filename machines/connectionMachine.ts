import { cancel, raise, type ActorRefFrom, type SnapshotFrom } from 'xstate';
import type { Failure } from '../src/model/failure';
import { connectionSetup, type ConnectionContext } from './connectionSetup';

export type { ChannelCheck, Command, ConnectionEvent, Fact, FactOf } from './connectionEvents';
export type { ConnectionContext, Inheritance } from './connectionSetup';

const FORGET = ['startAfresh', 'forgetAccount', 'forgetSessions'] as const;

export const connectionMachine = connectionSetup.createMachine({
  id: 'connection',
  description: 'How live the picture of the sessions is. The rules C1… are in README.md.',
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
    doubted: false,
    linkUnchecked: false,
    tokenDoubted: false,
    tokenRenewed: false,
    pictureAt: input?.syncedAt,
    attention: { focused: true, visible: true },
    away: false,
    impulses: 0,
    impulseNoted: false,
    linkHeld: false,
    serverAnswers: false,
    listsHeld: undefined,
    serverRestarts: false,
    slot: 0,
    linkFailure: undefined,
    listFailure: undefined,
    failure: undefined,
  }),
  initial: 'disconnected',
  on: {
    disconnect: { target: '.disconnected', actions: 'startAfresh' },
    signOut: { target: '.signedOut', actions: FORGET },
    signIn: { target: '.active', actions: FORGET },
    serverChanged: { target: '.active', actions: FORGET },
    'attention.changed': { actions: 'attend' },
    'impulse.refilled': { actions: 'refillImpulse' },
  },
  states: {
    disconnected: {
      description: 'Nobody asked for a connection, or a person ended it.',
      on: { connect: 'active', reconnect: 'active', serverChanged: { actions: FORGET } },
    },
    signedOut: {
      description: 'No account, or it was refused for good; a person can sign in.',
      on: { connect: 'active', reconnect: 'active' },
    },
    refused: {
      description:
        'Only a person can help: the address, the server or its version is wrong. Looked at again now and then.',
      invoke: { src: 'watchHost' },
      on: { connect: 'active', reconnect: 'active', refresh: 'active', 'network.changed': 'active' },
      after: { recheck: 'active' },
    },
    active: {
      description: 'Signed in as far as known, and a live picture is wanted.',
      type: 'parallel',
      invoke: { src: 'watchHost' },
      exit: [cancel('lists'), cancel('absence')],
      on: {
        'token.missing': { target: 'signedOut', actions: [...FORGET, 'keepFailure'] },
        'server.refused': [
          { guard: 'serverWrong', target: 'refused', actions: 'keepFailure' },
          { actions: raise(({ event }) => ({ type: 'snapshot.failed', failure: event.failure })) },
        ],
        'lists.free': { actions: 'freeLists' },
        'attention.lapsed': { actions: 'noteAbsence' },
        'attention.changed': [
          { guard: 'cameBack', actions: ['attend', 'spendImpulse', 'followImpulse'] },
          { actions: 'attend' },
        ],
        'network.changed': [
          { guard: 'impulseLeft', actions: ['spendImpulse', 'followImpulse'] },
          { actions: 'noteImpulse' },
        ],
        'impulse.refilled': [
          { guard: 'impulseNoted', actions: ['refillImpulse', 'spendImpulse', 'followImpulse'] },
          { actions: 'refillImpulse' },
        ],
      },
      states: {
        link: {
          description: 'The way to the channel: one attempt after another, each with a token of its own.',
          initial: 'authorizing',
          on: {
            reconnect: { target: '.authorizing', actions: 'startAfresh' },
            'clock.jumped': { target: '.authorizing', actions: 'keepLinkFailure' },
            'token.refused': { guard: 'tokenAtHand', target: '.judging', actions: 'keepLinkFailure' },
          },
          states: {
            authorizing: {
              description: 'Fetching a token for this attempt.',
              invoke: { src: 'fetchToken', input: ({ context }) => ({ renew: context.tokenDoubted }) },
              on: {
                'token.granted': [
                  {
                    guard: 'anotherAccount',
                    target: '#connection.active',
                    actions: FORGET,
                  },
                  { guard: 'userKnown', target: 'open', actions: 'keepToken' },
                  { target: 'identifying', actions: 'keepToken' },
                ],
                'token.unreachable': { target: 'waiting', actions: 'keepLinkFailure' },
                'token.refused': {},
              },
              after: { tokenTimeout: { target: 'waiting', actions: linkTimedOut('the sign-in service') } },
            },
            identifying: {
              description: 'Finding out the user id, which the topic needs.',
              invoke: { src: 'identifyUser', input: ({ context }) => ({ token: context.token }) },
              on: {
                'user.identified': { target: 'open', actions: 'keepUser' },
                'user.unknown': { target: 'waiting', actions: 'keepLinkFailure' },
              },
              after: {
                identityTimeout: { target: 'waiting', actions: linkTimedOut('the question who signed in') },
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
                  {
                    guard: 'serverRestarts',
                    target: 'waiting',
                    actions: ['keepLinkFailure', 'expectRestart', 'drawSlot', 'holdListsForTurn'],
                  },
                  {
                    guard: 'topicRefused',
                    target: 'waiting',
                    actions: ['keepLinkFailure', 'forgetUser', 'drawSlot'],
                  },
                  { target: 'waiting', actions: ['keepLinkFailure', 'drawSlot'] },
                ],
                'channel.refused': { target: 'judging', actions: 'keepLinkFailure' },
              },
              states: {
                joining: {
                  description: 'Opening the socket and joining the topic.',
                  on: { 'channel.joined': 'joined' },
                  after: {
                    joinTimeout: {
                      target: '#connection.active.link.waiting',
                      actions: linkTimedOut('the join'),
                    },
                  },
                },
                joined: {
                  description: 'The server answered this socket’s own join; deltas arrive.',
                  entry: ['becomeJoined', 'tellJoined', raise({ type: 'link.up' })],
                  exit: ['beginOutage', 'tellLeft', cancel('check'), raise({ type: 'link.down' })],
                  initial: 'serving',
                  on: {
                    'clock.jumped': { actions: ['doubtLink', 'checkLink'] },
                    'clock.stalled': { actions: 'checkLink' },
                    'channel.alive': { actions: 'trustLink' },
                    'check.expired': {
                      target: '#connection.active.link.authorizing',
                      actions: linkTimedOut('the answer of the open link'),
                    },
                    'token.refused': [
                      {
                        guard: 'tokenRenewed',
                        target: '#connection.active.link.judging',
                        actions: 'keepLinkFailure',
                      },
                      { target: '.renewing', actions: 'doubtToken' },
                    ],
                  },
                  after: { stable: { actions: 'forgetAttempts' } },
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
                        input: ({ context }) => ({ renew: context.tokenDoubted }),
                      },
                      on: {
                        'token.granted': [
                          { guard: 'anotherAccount', target: '#connection.active', actions: FORGET },
                          { target: 'serving', actions: 'keepToken' },
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
            judging: {
              description: 'The token may be bad: REST is asked, since a refused socket proves nothing.',
              invoke: { src: 'verifyToken', input: ({ context }) => ({ token: context.token }) },
              on: {
                'probe.valid': { target: 'waiting', actions: 'trustToken' },
                'probe.unauthorized': [
                  {
                    guard: 'tokenRenewed',
                    target: '#connection.signedOut',
                    actions: [...FORGET, 'keepFailure'],
                  },
                  { target: 'authorizing', actions: ['keepLinkFailure', 'doubtToken'] },
                ],
                'probe.unreachable': { target: 'waiting', actions: 'keepLinkFailure' },
                'token.refused': {},
              },
              after: { probeTimeout: 'waiting' },
            },
            waiting: {
              description: 'Between two attempts.',
              entry: 'countAttempt',
              on: {
                impulse: { guard: 'linkFree', target: 'authorizing' },
                'snapshot.folded': {
                  guard: 'linkMayFollowList',
                  target: 'authorizing',
                  actions: 'spendImpulse',
                },
                'clock.jumped': [
                  { guard: 'linkFree', target: 'authorizing', actions: 'keepLinkFailure' },
                  {},
                ],
              },
              after: {
                backoff: 'authorizing',
                watchedBackoff: { guard: 'watchedInVain', target: 'authorizing' },
                askedWait: { actions: 'endAskedWait' },
              },
            },
          },
        },
        screen: {
          description: 'What may be promised of the picture.',
          initial: 'authenticating',
          on: {
            'link.up': [
              { guard: 'listsWait', target: '.connected.resting', actions: 'holdListsForTurn' },
              '.connected',
            ],
          },
          states: {
            authenticating: {
              description: 'Getting the first token.',
              on: { 'token.granted': 'loading', 'token.unreachable': 'reconnecting' },
              after: { tokenTimeout: 'reconnecting' },
            },
            loading: {
              description: 'A first snapshot is on its way while the socket opens.',
              invoke: { src: 'syncSessions', input: snapshotInput },
              on: {
                'snapshot.folded': { actions: 'keepPicture' },
                'snapshot.failed': { actions: ['keepListFailure', 'holdListsAsAsked'] },
                'token.refused': { actions: 'keepListFailure' },
                'channel.lost': 'reconnecting',
              },
              after: { grace: 'polling' },
            },
            connected: {
              description: 'Joined.',
              initial: 'syncing',
              on: { 'link.down': 'reconnecting' },
              states: {
                syncing: {
                  description: 'A snapshot asked for after the join is on its way.',
                  entry: 'beginPicture',
                  invoke: { src: 'syncSessions', input: snapshotInput },
                  on: {
                    'snapshot.folded': [
                      {
                        guard: 'doubted',
                        target: 'resting',
                        actions: ['keepPicture', 'countSync'],
                      },
                      { target: 'live', actions: 'keepPicture' },
                    ],
                    'snapshot.failed': {
                      target: 'resting',
                      actions: ['keepListFailure', 'holdListsAsAsked', 'countSync'],
                    },
                    'token.refused': { target: 'resting', actions: ['keepListFailure', 'countSync'] },
                    'channel.doubted': { actions: ['keepListFailure', 'doubt'] },
                    'clock.jumped': { target: 'syncing', reenter: true },
                  },
                  after: {
                    snapshotTimeout: { target: 'resting', actions: [listTimedOut(), 'countSync'] },
                  },
                },
                resting: {
                  description:
                    'The list failed or left a doubt, or its turn has not come; it is asked for after a pause.',
                  entry: 'beginPause',
                  always: { guard: 'readyToSync', target: 'syncing' },
                  on: {
                    refresh: 'syncing',
                    impulse: { guard: 'listsFree', target: 'syncing' },
                    'clock.jumped': { guard: 'listsFree', target: 'syncing' },
                  },
                  after: { syncBackoff: { actions: 'endPause' } },
                },
                live: {
                  description: 'What is shown equals what the server holds.',
                  entry: 'becomeLive',
                  initial: 'settled',
                  invoke: {
                    src: 'completeSessions',
                    input: ({ context, self }) => ({
                      token: () => (self.getSnapshot() as { context: ConnectionContext }).context.token,
                      sessions: context.sessions,
                    }),
                  },
                  on: {
                    refresh: 'syncing',
                    'clock.jumped': 'syncing',
                    'channel.doubted': { target: 'resting', actions: ['keepListFailure', 'countSync'] },
                    'attention.changed': {
                      guard: 'cameBackToOldPicture',
                      target: '.reconciling',
                      actions: 'attend',
                    },
                  },
                  after: { stable: { actions: 'forgetSyncs' } },
                  states: {
                    settled: {
                      description: 'No list is needed, unless an event was lost in silence.',
                      initial: 'quiet',
                      after: { reconcileLatest: { guard: 'listsFree', target: 'reconciling' } },
                      states: {
                        quiet: {
                          description: 'Nothing has arrived for a while.',
                          on: {
                            'channel.active': {
                              target: 'quiet',
                              reenter: true,
                              actions: 'forgetReconciles',
                            },
                          },
                          after: { reconcile: '#connection.active.screen.connected.live.reconciling' },
                        },
                      },
                    },
                    reconciling: {
                      description:
                        'A list is fetched to make sure; nobody sees it unless something was wrong.',
                      entry: 'beginPicture',
                      invoke: { src: 'syncSessions', input: snapshotInput },
                      on: {
                        'snapshot.folded': [
                          {
                            guard: 'doubted',
                            target: '#connection.active.screen.connected.resting',
                            actions: ['keepPicture', 'countSync'],
                          },
                          { target: 'settled', actions: ['keepPicture', 'countReconcile'] },
                        ],
                        'snapshot.failed': [
                          {
                            guard: 'listFailed',
                            target: '#connection.active.screen.connected.resting',
                            actions: ['keepListFailure', 'holdListsAsAsked', 'countSync'],
                          },
                          { target: 'settled', actions: ['keepListFailure', 'holdListsAsAsked'] },
                        ],
                        'token.refused': { target: 'settled', actions: 'keepListFailure' },
                        'attention.changed': { actions: 'attend' },
                      },
                      after: {
                        snapshotTimeout: {
                          target: '#connection.active.screen.connected.resting',
                          actions: [listTimedOut(), 'countSync'],
                        },
                      },
                    },
                  },
                },
              },
            },
            reconnecting: {
              description:
                'The link is lost and being made again; the last picture stays, marked as not live.',
              always: { guard: 'unstable', target: 'polling' },
              on: { refresh: 'polling.refreshing' },
              after: { grace: 'polling' },
            },
            polling: {
              description: 'The channel stays away: lists are fetched over HTTP while attempts go on.',
              entry: 'holdPollsForTurn',
              initial: 'waiting',
              on: {
                refresh: '.refreshing',
                'clock.jumped': { guard: 'listsFree', target: '.refreshing' },
              },
              states: {
                waiting: {
                  description:
                    'The next list has its time: the server asked for a wait, or the turn after a restart comes.',
                  always: { guard: 'listsFree', target: 'refreshing' },
                  on: {
                    'lists.free': { target: 'refreshing', actions: 'freeLists' },
                    reconnect: 'refreshing',
                  },
                },
                refreshing: {
                  description: 'A list is on its way.',
                  invoke: { src: 'syncSessions', input: snapshotInput },
                  on: {
                    'snapshot.folded': { target: 'fresh', actions: 'keepPicture' },
                    'snapshot.failed': {
                      target: 'offline',
                      actions: ['keepListFailure', 'holdListsAsAsked'],
                    },
                    'token.refused': { target: 'offline', actions: 'keepListFailure' },
                    refresh: {},
                  },
                  after: { snapshotTimeout: { target: 'offline', actions: listTimedOut() } },
                },
                fresh: {
                  description: 'The last list arrived; the picture is at most one interval old.',
                  always: { guard: 'nobodyThere', target: 'paused' },
                  on: {
                    impulse: { guard: 'listsFree', target: 'refreshing' },
                    'attention.lapsed': { target: 'paused', actions: 'noteAbsence' },
                  },
                  after: { pollInterval: 'refreshing' },
                },
                offline: {
                  description: 'The last list did not arrive either.',
                  on: {
                    impulse: { guard: 'listsFree', target: 'refreshing' },
                    'token.granted': { guard: 'lackedToken', target: 'refreshing' },
                  },
                  after: { offlineRetry: 'refreshing' },
                },
                paused: {
                  description: 'Nobody has been there for long, nothing is fetched.',
                  on: {
                    'attention.changed': { guard: 'somebodyThere', target: 'waiting', actions: 'attend' },
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
  return { token: context.token, sessions: context.sessions };
}

function timeout(what: string): Failure {
  return { kind: 'timeout', detail: `${what} took too long` };
}

function linkTimedOut(what: string) {
  return { type: 'blameLink' as const, params: timeout(what) };
}

function listTimedOut() {
  return { type: 'blameList' as const, params: timeout('the list') };
}

export type ConnectionMachine = typeof connectionMachine;
export type ConnectionRef = ActorRefFrom<ConnectionMachine>;
export type ConnectionSnapshot = SnapshotFrom<ConnectionMachine>;
