import fc from 'fast-check';
import { PLACES, type Place } from './plantedThrow';
import type { Interception } from './simulatedNetwork';

/** What happens, on its own: a change on the server, a fault, or something a user does. */
export type Happening =
  | { readonly kind: 'create' | 'updateBeforeCreate'; readonly project: 0 | 1 }
  | { readonly kind: 'flood'; readonly project: 0 | 1; readonly count: number }
  | { readonly kind: 'update' | 'submit' | 'undo' | 'skew'; readonly pick: number }
  | { readonly kind: 'delete'; readonly pick: number; readonly late: boolean }
  | { readonly kind: 'crash' | 'switchProject' | 'revokeTokens' | 'cut' | 'halfOpen' | 'mangle' }
  | { readonly kind: 'close'; readonly code: 1000 | 1001 | 1011 | 1012 }
  | { readonly kind: 'restart' | 'mute' | 'offline' | 'double'; readonly forMs: number }
  | { readonly kind: 'crashLoop'; readonly forMs: number; readonly afterMs: number }
  | { readonly kind: 'slow'; readonly forMs: number; readonly byMs: number }
  | { readonly kind: 'loseRequests' | 'loseReplies' | 'refuseJoins'; readonly count: number }
  | { readonly kind: 'answerRest' | 'refuseUpgrades'; readonly count: number; readonly answer: Interception }
  | {
      readonly kind: 'sleep';
      readonly forMs: number;
      readonly stopsClock: boolean;
      readonly socket: 'survives' | 'cut' | 'halfOpen';
    }
  | { readonly kind: 'refresh' | 'reconnect' | 'changeNetwork' }
  | { readonly kind: 'disconnect'; readonly forMs: number }
  | { readonly kind: 'plant'; readonly place: Place }
  | { readonly kind: 'attend'; readonly focused: boolean; readonly visible: boolean };

export interface History {
  /** Of the jitter. */
  readonly seed: number;
  readonly tokenLifeMs: number;
  /** Of one way through the network, drawn from in turn. */
  readonly delaysMs: readonly number[];
  readonly steps: readonly { readonly afterMs: number; readonly happening: Happening }[];
}

const is = <const T extends string>(...kinds: T[]) => fc.constantFrom(...kinds);
const upTo = (max: number) => fc.integer({ min: 1, max });
const span = fc.oneof(upTo(500), upTo(5_000), upTo(40_000));
const pick = fc.nat(5);
const project = fc.constantFrom<(0 | 1)[]>(0, 0, 1);
const retryAfter = fc.oneof(fc.constant({}), fc.record({ retryAfterMs: oneOf(1_000, 5_000, 20_000) }));

const serverChange = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: is('create'), project }) },
  {
    weight: 10,
    arbitrary: fc.record({ kind: is('update', 'update', 'update', 'submit', 'undo', 'skew'), pick }),
  },
  { weight: 4, arbitrary: fc.record({ kind: is('delete'), pick, late: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ kind: is('updateBeforeCreate'), project }) },
  { weight: 1, arbitrary: fc.record({ kind: is('flood'), project, count: fc.integer({ min: 6, max: 80 }) }) },
);

const serverFault = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: is('crash') }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: is('crashLoop'), forMs: upTo(90_000), afterMs: fc.nat(3_000) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: is('close'), code: oneOf(1000, 1001, 1011, 1012) }) },
  { weight: 1, arbitrary: fc.record({ kind: is('restart'), forMs: span }) },
  { weight: 1, arbitrary: fc.record({ kind: is('revokeTokens', 'switchProject') }) },
  { weight: 1, arbitrary: fc.record({ kind: is('refuseJoins'), count: upTo(4) }) },
);

const networkFault = fc.oneof(
  fc.record({ kind: is('cut', 'halfOpen', 'mangle') }),
  fc.record({ kind: is('mute', 'offline', 'double'), forMs: span }),
  fc.record({ kind: is('slow'), forMs: span, byMs: upTo(4_000) }),
  fc.record({ kind: is('loseRequests', 'loseReplies'), count: upTo(3) }),
  fc.record({
    kind: is('answerRest'),
    count: upTo(4),
    answer: fc
      .tuple(oneOf(302, 429, 500, 503), retryAfter)
      .map(([status, wait]): Interception => ({ status, ...wait })),
  }),
  fc.record({
    kind: is('refuseUpgrades'),
    count: upTo(4),
    answer: fc
      .tuple(oneOf(403, 503), retryAfter)
      .map(([status, wait]): Interception => ({ status, ...(status === 503 ? wait : {}) })),
  }),
  fc.record({
    kind: is('sleep'),
    forMs: fc.oneof(span, upTo(7_200_000)),
    stopsClock: fc.boolean(),
    socket: is('survives', 'cut', 'halfOpen'),
  }),
);

const user = fc.oneof(
  { weight: 2, arbitrary: fc.record({ kind: is('refresh', 'reconnect', 'changeNetwork') }) },
  { weight: 1, arbitrary: fc.record({ kind: is('disconnect'), forMs: span }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: is('attend'), focused: fc.boolean(), visible: fc.boolean() }),
  },
);

const step = fc.record({
  afterMs: fc.oneof(fc.constant(0), fc.nat(50), fc.nat(1_000), fc.nat(15_000)),
  happening: fc.oneof<fc.WeightedArbitrary<Happening>[]>(
    { weight: 5, arbitrary: serverChange },
    { weight: 2, arbitrary: serverFault },
    { weight: 2, arbitrary: networkFault },
    { weight: 1, arbitrary: user },
    { weight: 1, arbitrary: fc.record({ kind: is('plant'), place: is(...PLACES) }) },
  ),
});

export const history: fc.Arbitrary<History> = fc.record({
  seed: fc.nat(),
  tokenLifeMs: oneOf(7_200_000, 120_000, 600_000),
  delaysMs: fc.array(fc.oneof(fc.nat(30), fc.nat(300), fc.nat(2_500)), { minLength: 1, maxLength: 7 }),
  steps: fc.array(step, { maxLength: 40, size: 'max' }),
});

function oneOf<const T extends number>(...values: T[]) {
  return fc.constantFrom(...values);
}
