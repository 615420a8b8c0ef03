import type { FailureKind } from '../../src/model/failure';
import type { Freshness, Session } from '../../src/model/session';
import type { Command } from '../../machines/connectionMachine';
import type { OAuthStep } from './oauthSteps';

/** What the driver asks of the process in which the cores run; each is answered once, under its own number. */
export type Ask =
  | { kind: 'start'; core: number; start: CoreStart }
  | { kind: 'command'; core: number; command: Command['type'] }
  | { kind: 'look'; core: number }
  /** Whole sessions with their marks, outside what is measured. */
  | { kind: 'sessions'; core: number }
  | { kind: 'token'; core: number; token: string }
  | { kind: 'measure' }
  | { kind: 'measured' }
  | { kind: 'stop'; core: number }
  | { kind: 'oauth'; url: string };

interface CoreStart {
  readonly url: string;
  readonly token: string;
  readonly seed: number;
  readonly renewInMs?: number;
}

export interface Look {
  readonly state: string;
  readonly failure: FailureKind | undefined;
  readonly detail: string | undefined;
  readonly held: number;
  /** Every state since the start. */
  readonly states: readonly string[];
}

interface Measured {
  readonly stallMs: number;
  readonly heapBytes: number;
}

export interface Answers {
  start: null;
  command: null;
  look: Look;
  sessions: readonly (readonly [Session, Freshness | undefined])[];
  token: null;
  measure: null;
  measured: Measured;
  stop: readonly string[];
  oauth: readonly OAuthStep[];
}

export type Reply = { readonly number: number; readonly answer: unknown } | { readonly bug: string };
