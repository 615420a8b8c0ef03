/** Whether anybody looks: VS Code's window and the sessions view. */
export interface Attention {
  readonly focused: boolean;
  readonly visible: boolean;
}

export interface AttentionSource {
  current(): Attention;
  subscribe(listener: () => void): () => void;
}

/** For a core that runs where nobody can look away. */
export const ALWAYS_ATTENTIVE: AttentionSource = {
  current: () => ({ focused: true, visible: true }),
  subscribe: () => () => {},
};
