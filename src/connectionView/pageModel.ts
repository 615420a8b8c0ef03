/** What the extension tells the page of the connection view, and the page the extension: plain JSON, bounded. */

export interface TransitionShown {
  readonly key: string;
  readonly time: string;
  readonly ofLink: boolean;
  readonly from: string;
  readonly to: string;
  readonly event: string;
  /** How long `from` lasted. */
  readonly duration: string;
  /** The same between 0 and 1, on a scale on which each step is ten times the one before. */
  readonly share: number;
  /** In the words of the log; empty where there is none. */
  readonly reason: string;
  /** All of it for somebody who hears it. */
  readonly spoken: string;
}

export interface ConnectionModel {
  readonly words: Words;
  /** Of the codicons. */
  readonly icon: string;
  readonly turns: boolean;
  readonly text: string;
  readonly explanation: string;
  readonly facts: readonly { readonly label: string; readonly value: string }[];
  /** Ids of the states that are active, outermost first. */
  readonly active: readonly string[];
  /** Newest first. */
  readonly transitions: readonly TransitionShown[];
}

export type Words = Readonly<
  Record<
    | 'title'
    | 'actions'
    | 'copyReport'
    | 'runDoctor'
    | 'states'
    | 'active'
    | 'transitions'
    | 'noTransitions'
    | 'details'
    | 'link'
    | 'list',
    string
  >
>;

export interface ToPage {
  readonly type: 'model';
  readonly model: ConnectionModel;
}

/** `ready` asks for the model. */
export const FROM_PAGE = ['ready', 'copyReport', 'runDoctor'] as const;

export interface FromPage {
  readonly type: (typeof FROM_PAGE)[number];
}
