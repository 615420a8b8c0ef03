/** Which copy of an account the last turn left behind. */
export interface TurnNote {
  readonly account: string;
  readonly revision: number;
}

export interface Turn {
  /** What the turn before left behind, in whatever window it was. */
  readonly note: TurnNote | undefined;
  /** Without a note, the one before stays. */
  leave(note?: TurnNote): Promise<void>;
}

/** One refresh at a time for each origin. */
export interface RefreshTurns {
  /** Undefined where the turn did not come in time. */
  take(origin: string, waitMs: number): Promise<Turn | undefined>;
}

/** Where windows share no folder: the token source itself asks once at a time. */
export const TURNS_OF_THIS_WINDOW: RefreshTurns = {
  take: () => Promise.resolve({ note: undefined, leave: () => Promise.resolve() }),
};
