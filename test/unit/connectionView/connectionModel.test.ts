import { describe, expect, it } from 'vitest';
import { activeStates } from '../../../src/connectionView/activeStates';
import { connectionModel, eventsPerMinute } from '../../../src/connectionView/connectionModel';
import { connectionReport } from '../../../src/connectionView/connectionReport';
import { idOf, rulesOf, wayTaken } from '../../../src/connectionView/rules';
import { PRESENTED_STATES } from '../../../src/views/connectionPresentation';
import { connectionStatus } from '../views/connectionStatus';
import { LIVE_VALUES, NOW, recordOf, transition } from './recorded';

const LIVE = connectionStatus('connected.live', { since: NOW - 60_000 });
const SECRETS = 'https://u:pw@x.example/p?token=abcdefgh12345 Bearer abc.def.ghi eyJhbGciOiJIUzI1NiJ9.e30.x';

describe('[N1] the active states', () => {
  it('are those of both regions, outermost first', () => {
    expect(activeStates(LIVE_VALUES)).toEqual([
      'connection.active',
      'connection.active.link',
      'connection.active.link.open',
      'connection.active.link.open.joined',
      'connection.active.link.open.joined.serving',
      'connection.active.sync',
      'connection.active.sync.connected',
      'connection.active.sync.connected.live',
      'connection.active.sync.connected.live.settled',
      'connection.active.sync.connected.live.settled.quiet',
    ]);
    expect(activeStates({ supervisor: 'running', connection: 'signedOut' })).toEqual([
      'connection.signedOut',
    ]);
  });

  it('are not those of a connection that a bug ended', () => {
    expect(activeStates({ ...LIVE_VALUES, supervisor: 'restarting' })).toEqual(['supervisor.restarting']);
  });

  it('are none before anything ran', () => {
    expect(activeStates({})).toEqual([]);
  });
});

describe('[N1] the rules', () => {
  it('are known for each state that users see', () => {
    const unknown = PRESENTED_STATES.filter((name) => idOf(name, false) === undefined);
    expect(unknown).toEqual([]);
    expect(rulesOf('connection.active.sync.reconnecting').description).toMatch(/^The link is lost/);
  });

  it.each<[string, string, string, boolean, string | undefined]>([
    ['reconnecting', 'polling.refreshing', 'after.grace', false, 'after grace: → polling.waiting'],
    ['connected.live', 'reconnecting', 'channel.lost', false, 'link.down: → reconnecting'],
    ['open.joined', 'none', 'token.missing', true, 'token.missing: → signedOut'],
    ['disconnected', 'authenticating', 'connect', false, 'connect: → active'],
    ['restarting', 'disconnected', 'after.restart', false, 'after restart: → running'],
    ['none', 'authorizing', 'connect', true, undefined],
  ])('tell of %s to %s on %s the way that the table has', (from, to, event, ofLink, way) => {
    expect(wayTaken({ from, to, event, ofLink })).toBe(way);
  });
});

describe('the model of the page', () => {
  it('[N1] is the state in words, the counts, what is active, and the transitions, newest first', () => {
    const record = recordOf({
      transitions: [
        transition({
          from: 'open.joining',
          to: 'open.joined',
          event: 'channel.joined',
          ofLink: true,
          lasted: 84,
        }),
        transition({ lasted: 9_999, reason: 'the server closed' }),
      ],
      ...{ eventTimes: [NOW - 61_000, NOW - 59_000, NOW], joins: 3, lookUps: 7 },
    });
    const { words, ...model } = connectionModel({ status: LIVE, record, now: NOW });
    expect(words.title).toBe('CodeMySpec Connection');
    const time = new Intl.DateTimeFormat('en', { timeStyle: 'medium' }).format(NOW - 1_000);
    const since = new Intl.DateTimeFormat('en', { timeStyle: 'short' }).format(NOW - 60_000);
    expect(model).toEqual({
      ...{ icon: 'pulse', turns: false, text: 'Live' },
      explanation: 'What is shown matches the server; a row with a time is as of that time.',
      facts: [
        { label: 'In this state since', value: since },
        { label: 'Events per minute', value: '2' },
        { label: 'Round trip of the last join', value: '84ms' },
        { label: 'Reconnects', value: '2' },
        { label: 'Look-ups of single sessions', value: '7' },
      ],
      active: activeStates(LIVE_VALUES),
      transitions: [
        {
          ...{ key: `${NOW - 1_000}-1`, time, ofLink: false, event: 'link.down' },
          ...{ from: 'connected.live', to: 'reconnecting', duration: '10s', share: 1 },
          reason: 'the server closed',
          spoken: `${time}, List: from connected.live to reconnecting on link.down, after 10 seconds. Reason: the server closed`,
        },
        {
          ...{ key: `${NOW - 1_000}-0`, time, ofLink: true, event: 'channel.joined' },
          ...{ from: 'open.joining', to: 'open.joined', duration: '84ms' },
          ...{ share: Math.log10(85) / Math.log10(10_000), reason: '' },
          spoken: `${time}, Link: from open.joining to open.joined on channel.joined, after 84 milliseconds`,
        },
      ],
    });
  });

  it('[N1] has an icon that turns where the status bar has one', () => {
    const status = connectionStatus('reconnecting');
    expect(connectionModel({ status, record: recordOf(), now: NOW })).toMatchObject({
      icon: 'sync',
      turns: true,
    });
  });

  it('[N1] tells nothing before the first join', () => {
    const { facts, transitions } = connectionModel({ status: LIVE, record: recordOf(), now: NOW });
    expect(facts.map(({ value }) => value).slice(1)).toEqual(['0', '–', '0', '0']);
    expect(transitions).toEqual([]);
  });

  it('[N1] estimates the rate where more came within the minute than is recorded', () => {
    expect(eventsPerMinute([NOW - 60_000, NOW - 59_999], NOW)).toBe(1);
    expect(
      eventsPerMinute(
        Array.from({ length: 200 }, (_, n) => NOW - 6_000 + n),
        NOW,
      ),
    ).toBe(2_000);
  });

  it('[N2] holds no secret, no query, and no reason without an end', () => {
    const long = transition({ reason: `${SECRETS}\n${'x'.repeat(10_000)}` });
    const { transitions } = connectionModel({
      status: LIVE,
      record: recordOf({ transitions: [long] }),
      now: NOW,
    });
    expect(JSON.stringify(transitions)).not.toMatch(/pw@|abcdefgh|abc\.def|eyJ|\?/);
    expect(transitions[0]!.reason.length).toBeLessThanOrEqual(201);
  });
});

describe('the report', () => {
  it('[N2] has the states, the counts and the transitions as the log has them, and no secret', () => {
    const record = recordOf({
      transitions: [
        transition({
          from: 'open.joining',
          to: 'open.joined',
          event: 'channel.joined',
          ofLink: true,
          lasted: 84,
        }),
        transition({ at: NOW, reason: SECRETS }),
      ],
      ...{ eventTimes: [NOW], joins: 1, lookUps: 7 },
    });
    expect(connectionReport({ status: LIVE, record, now: NOW }, ['CodeMySpec 0.1.0']).split('\n')).toEqual([
      'CodeMySpec connection, 2026-11-28T12:00:00.000Z',
      'CodeMySpec 0.1.0',
      '',
      'state: connected.live since 2026-11-28T11:59:00.000Z',
      'active: connection.active.link.open.joined.serving',
      'active: connection.active.sync.connected.live.settled.quiet',
      'events in the last minute: 1',
      'last join: 84 ms',
      'reconnects: 0',
      'look-ups: 7',
      '',
      'the last 2 transitions:',
      '2026-11-28T11:59:59.000Z link open.joining → open.joined on channel.joined, attempt 1, after 84 ms',
      '2026-11-28T12:00:00.000Z connected.live → reconnecting on link.down, attempt 1, after 2000 ms (https://x.example/p Bearer [secret] [secret])',
      '',
    ]);
  });
});
