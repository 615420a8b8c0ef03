/**
 * What `activate` gives to other extensions: read-only, and never a token. This file stands alone, to be copied. A later
 * version of the same number only adds.
 */
export interface CodeMySpecApi {
  readonly apiVersion: 1;
  readonly connectionState: CodeMySpecConnection;
  /** Called where any of it differs from before; not with what it is now. */
  onConnectionState(listener: (connection: CodeMySpecConnection) => void): Disposable;
  /** In no order; those of others too, where the server tells of them: these bear an `owner`. */
  getAllSessions(): readonly CodeMySpecSession[];
  /** Called with all sessions, which cost nothing where they are not looked at, and the ids of those that differ. */
  onSessionsUpdate(
    listener: (sessions: readonly CodeMySpecSession[], changedIds: readonly string[]) => void,
  ): Disposable;
  /** Called with the session as it is now; with undefined when it is gone. */
  onSessionUpdate(id: string, listener: (session: CodeMySpecSession | undefined) => void): Disposable;
  /** Asks the server for the whole list; gives what came of it within 30 s. Never rejects. */
  refreshSessions(): Promise<CodeMySpecConnection>;
}

export interface CodeMySpecConnection {
  /** Dotted, such as `connected.live`, `reconnecting` or `signedOut`; there may be others later. */
  readonly state: string;
  /** What is listed is what the server holds. */
  readonly isLive: boolean;
  /** When the state began, in ms since the epoch. */
  readonly since: number;
  /** When the list was last complete, in ms since the epoch. */
  readonly syncedAt: number | undefined;
}

/** Every text is from outside: to be shown as text. Commands, output and prompts are not part of it. */
export interface CodeMySpecSession {
  readonly id: string;
  /** Such as `ContextSpecSessions`. */
  readonly type: string | null;
  readonly displayName: string | null;
  /** `active`, `complete`, `failed`, `cancelled`, or what a later server says. */
  readonly status: string | null;
  /** `manual`, `auto`, `agentic`, or what a later server says. */
  readonly executionMode: string | null;
  readonly projectId: string | null;
  readonly projectName: string | null;
  readonly componentName: string | null;
  readonly parentId: string | null;
  /** Of another user's session, which is read-only; null for one's own. */
  readonly owner: { readonly id: string; readonly name: string } | null;
  /** ISO 8601. */
  readonly insertedAt: string | null;
  readonly updatedAt: string | null;
  /** Newest first. */
  readonly steps: readonly CodeMySpecStep[];
}

export interface CodeMySpecStep {
  readonly id: string | null;
  readonly name: string | null;
  /** `ok`, `warning`, `error`, or what a later server says; null while it waits for its result. */
  readonly status: string | null;
  /** Of the process. */
  readonly exitCode: number | null;
  readonly durationMs: number | null;
  /** ISO 8601. */
  readonly completedAt: string | null;
}

interface Disposable {
  dispose(): void;
}
