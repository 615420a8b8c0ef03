import type { Backend } from '../backend/backend';
import type { RestFault } from '../backend/restFaults';
import type { FaultProxy } from '../faults/faultProxy';
import { randomFault } from '../faults/faultScript';
import type { SeededRandom } from '../faults/seededRandom';
import { pause } from './until';

/** What the time to live again is counted under. */
export type FaultClass =
  /** The link went at one moment; the server could be reached all along. */
  | 'lost'
  /** The server, or one way to it, was away for a while. */
  | 'outage'
  /** Nobody was told that the link is dead. */
  | 'halfOpen'
  /** The link may have lived on. */
  | 'other';

export interface ChaosFault {
  /** As it is counted. */
  readonly name: string;
  readonly faultClass: FaultClass;
  /** With its numbers. */
  readonly detail: string;
  /** Returns its end. */
  readonly begin: (site: FaultSite) => () => void | Promise<void>;
}

/** Where faults happen. */
export interface FaultSite {
  readonly backend: Backend;
  readonly proxy: FaultProxy;
  /** Stops the server; the returned function starts it again on the same port. */
  takeDown(): () => Promise<void>;
  /** A user asks for a new list. */
  refresh(): Promise<void>;
  /** Of the user's channel. */
  readonly topic: string;
}

const CLOSE_CODES = [1000, 1001, 1002, 1006, 1009, 1011, 1012, 4000] as const;
const REST_FAULTS: readonly [RestFault, ...RestFault[]] = [
  { status: 500 },
  { status: 503, retryAfterS: 1 },
  { status: 429, retryAfterS: 2 },
  { status: 'reset' },
  { status: 'hang' },
  { status: 'html' },
];
const GARBAGE = [
  '',
  '{',
  'null',
  '[1,2,3]',
  '["1","1","TOPIC","session_updated",null]',
  '[null,null,"TOPIC","session_updated",{"id":{}}]',
  '[null,null,"TOPIC","session_deleted",[]]',
  '[null,null,"elsewhere","session_deleted",{"id":1}]',
] as const;

export function randomChaosFault(random: SeededRandom): ChaosFault {
  return random() < 0.4 ? networkFault(random) : random.pick(SERVER_FAULTS)(random);
}

/** One that takes the link at one moment and leaves the server where it is. */
export function randomLoss(random: SeededRandom): ChaosFault {
  const code = random.pick(CLOSE_CODES);
  return random.pick([
    momentary('crash', '', ({ backend }) => backend.control.crashChannel()),
    momentary(`close ${code}`, '', ({ backend }) => backend.control.dropSockets({ code })),
    momentary('network reset', 'once', ({ proxy }) => proxy.inject({ kind: 'reset' })()),
  ]);
}

function networkFault(random: SeededRandom): ChaosFault {
  const fault = randomFault(random);
  const soft = ['latency', 'jitter', 'bandwidth', 'reorder'].includes(fault.kind);
  return {
    name: `network ${fault.kind}`,
    detail: JSON.stringify(fault),
    faultClass: soft ? 'other' : fault.kind === 'halfOpen' ? 'halfOpen' : 'outage',
    begin: ({ proxy }) => {
      const end = proxy.inject(fault);
      return async () => {
        end();
        await proxy.settled();
      };
    },
  };
}

const SERVER_FAULTS: readonly [
  (random: SeededRandom) => ChaosFault,
  ...((random: SeededRandom) => ChaosFault)[],
] = [
  randomLoss,
  (random) => {
    const status = random.pick([403, 500, 503]);
    return lasting('refused upgrades', 'outage', String(status), ({ backend: { control } }) => {
      control.refuseUpgrades(status);
      control.dropSockets();
      return ({ control: now }) => now.refuseUpgrades(false);
    });
  },
  (random) => {
    const fault = random.pick(REST_FAULTS);
    const path = random.pick(['/api/sessions', '/api/sessions/:id', undefined]);
    return lasting(`REST ${fault.status}`, 'outage', path ?? '', ({ backend: { control } }) => {
      control.failRest({ ...fault, ...(path && { path }) });
      control.dropSockets();
      return ({ control: now }) => now.healRest();
    });
  },
  (random) => {
    const ms = Math.round(random.between(50, 1_500));
    return lasting('slow REST', 'other', `${ms} ms`, ({ backend: { control } }) => {
      control.slowRest(ms);
      control.crashChannel();
      return ({ control: now }) => now.slowRest(0);
    });
  },
  (random) => {
    const ms = Math.round(random.between(10, 300));
    return lasting('slow broadcasts', 'other', `${ms} ms`, ({ backend: { control } }) => {
      control.slowBroadcasts(ms);
      return async ({ control: now }) => {
        now.slowBroadcasts(0);
        // An event sent at once would overtake those still held back, which no server does.
        await pause(ms + 50);
      };
    });
  },
  () =>
    lasting('expired tokens', 'outage', '', ({ backend: { control } }) => {
      control.expireTokens();
      control.dropSockets();
      return () => {};
    }),
  () =>
    lasting('muted sockets', 'halfOpen', '', ({ backend: { control } }) => {
      // What a muted socket did not send is lost, so it may never speak again.
      control.muteSockets('all');
      return ({ control: now }) => {
        now.dropSockets();
        now.muteSockets('none');
      };
    }),
  () =>
    lasting('muted open sockets', 'halfOpen', '', ({ backend: { control } }) => {
      control.muteSockets('open');
      return () => {};
    }),
  (random) => {
    const frame = random.pick(GARBAGE);
    return lasting('garbage', 'other', frame, ({ backend: { control }, topic }) => {
      const text = frame.replace('TOPIC', topic);
      control.sendRawFrame(text);
      return ({ control: now }) => now.sendRawFrame(text);
    });
  },
  () =>
    lasting('crashing steps', 'other', '', ({ backend: { control } }) => {
      control.stepBroadcasts(true);
      return ({ control: now }) => now.stepBroadcasts(false);
    }),
  () => ({
    name: 'server restart',
    detail: '',
    faultClass: 'outage',
    begin: (site) => site.takeDown(),
  }),
  (random) => {
    const [meanwhile, after] = [random.pick([101, 102, null]), random.pick([101, 102])];
    return {
      name: 'other active project',
      detail: `${meanwhile}, then ${after}`,
      faultClass: 'other',
      begin: (site) => {
        site.backend.control.setActiveProject(1, meanwhile);
        void site.refresh();
        return () => {
          site.backend.control.setActiveProject(1, after);
          // No event tells a client of it.
          return site.refresh();
        };
      },
    };
  },
];

function momentary(name: string, detail: string, strike: (site: FaultSite) => void): ChaosFault {
  return {
    name,
    detail,
    faultClass: 'lost',
    begin: (site) => {
      strike(site);
      return () => {};
    },
  };
}

/** The end gets the server that runs by then, which may be another than at the begin. */
function lasting(
  name: string,
  faultClass: FaultClass,
  detail: string,
  begin: (site: FaultSite) => (backend: Backend) => void | Promise<void>,
): ChaosFault {
  return {
    name,
    faultClass,
    detail,
    begin: (site) => {
      const end = begin(site);
      return () => end(site.backend);
    },
  };
}
