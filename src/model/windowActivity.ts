/** Whether anybody looks: VS Code's window and the sessions view. */
export interface WindowActivity {
  readonly focused: boolean;
  readonly visible: boolean;
}

export interface WindowActivitySource {
  current(): WindowActivity;
  subscribe(listener: () => void): () => void;
}

/** For a core that runs where nobody can look away. */
export const ALWAYS_ACTIVE: WindowActivitySource = {
  current: () => ({ focused: true, visible: true }),
  subscribe: () => () => {},
};
