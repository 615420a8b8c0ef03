import type { Failure } from './failure';
import type { SessionUpdate } from './parseSession';
import type { Interaction } from './session';

/** What users can have a server do. */
export type SessionCommand =
  | { readonly name: 'next'; readonly id: string }
  | { readonly name: 'cancel'; readonly id: string }
  | { readonly name: 'mode'; readonly id: string; readonly mode: string }
  | {
      readonly name: 'submit';
      readonly id: string;
      readonly interactionId: string;
      readonly result: CommandResult;
    }
  | { readonly name: 'start'; readonly fields: NewSession }
  | { readonly name: 'conversation'; readonly id: string; readonly conversationId: string };

export type CommandName = SessionCommand['name'];

/** What came of the command of an interaction. `status` is `ok`, `error` or `warning`. */
export interface CommandResult {
  readonly status: string;
  readonly stdout?: string;
  readonly stderr?: string;
  readonly code?: number;
  readonly duration_ms?: number;
  readonly data?: unknown;
  readonly error_message?: string;
}

export interface NewSession {
  readonly type: string;
  readonly agent?: string;
  readonly environment?: string;
  readonly execution_mode?: string;
  readonly component_id?: string;
}

/** What a server made of a command. */
export type CommandReply =
  | { readonly kind: 'done'; readonly session: SessionUpdate }
  /** It surely did nothing. */
  | { readonly kind: 'refused'; readonly failure: Failure }
  /** It did nothing, since it lacks the session, the interaction (then it says so), or the command itself. */
  | { readonly kind: 'notFound'; readonly isSaid: boolean; readonly failure: Failure }
  /** It may have done it: the answer was lost, or is none. */
  | { readonly kind: 'lost'; readonly failure: Failure };

/** What became of a command whose answer was lost, as far as can be told. */
export type Fate = 'happened' | 'didNotHappen' | 'unknown';

export type CommandOutcome =
  | { readonly outcome: 'done'; readonly session: SessionUpdate }
  | { readonly outcome: 'unknown'; readonly failure: Failure; readonly settled: Promise<Fate> };

/** Judges by the session as it was before the command and as the server told of it after. */
export function fateOf(
  command: SessionCommand,
  before: SessionUpdate | undefined,
  after: SessionUpdate | undefined,
): Fate {
  const happened = after && hasHappened(command, before, after);
  return happened === undefined ? 'unknown' : happened ? 'happened' : 'didNotHappen';
}

/** Undefined where the session does not tell. */
function hasHappened(
  command: SessionCommand,
  before: SessionUpdate | undefined,
  after: SessionUpdate,
): boolean | undefined {
  switch (command.name) {
    case 'start':
      return undefined;
    case 'cancel':
      return after.status === undefined ? undefined : after.status === 'cancelled';
    case 'mode':
      return after.execution_mode === undefined ? undefined : after.execution_mode === command.mode;
    case 'conversation':
      return after.external_conversation_id === undefined
        ? undefined
        : after.external_conversation_id === command.conversationId;
    case 'submit': {
      const interaction = after.interactions?.find(({ id }) => id === command.interactionId);
      return interaction && interaction.result !== null;
    }
    case 'next': {
      if (!before?.interactions || !after.interactions || before.leftOut || after.leftOut) return undefined;
      const known = new Set(before.interactions.map(({ id }) => id));
      return pendingOf(after.interactions).some(({ id }) => !known.has(id));
    }
  }
}

const pendingOf = (interactions: readonly Interaction[]) =>
  interactions.filter(({ result }) => result === null);
