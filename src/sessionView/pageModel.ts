/** What the extension tells the page of the session view, and the page the extension: plain JSON, bounded. */

/** Which colour; the icon differs too. */
export type Tone = 'ok' | 'bad' | 'wait' | 'run' | 'dim';

export interface Look {
  /** Of the codicons. */
  readonly icon: string;
  readonly tone: Tone;
  readonly label: string;
}

export interface StepShown {
  readonly key: string;
  readonly name: string;
  readonly look: Look;
  /** A word or two beside the bar, such as `exit 2`. */
  readonly outcome: string;
  /** In ms since the epoch; null where the server does not tell. */
  readonly start: number | null;
  /** Null while it runs, or where the server does not tell. */
  readonly end: number | null;
}

export type Fact =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'parent'; readonly text: string }
  /** Counted up to now while `end` is null. */
  | { readonly kind: 'elapsed'; readonly start: number; readonly end: number | null };

export interface ActionShown {
  readonly name: 'nextCommand' | 'runStep' | 'setExecutionMode' | 'resumeConversation' | 'cancelSession';
  /** Of the codicons. */
  readonly icon: string;
  readonly label: string;
  /** Why it cannot be done now; empty where it can. */
  readonly reason: string;
}

export interface OutputShown {
  /** What is reported while a step runs is of no result yet: it cannot be opened. */
  readonly part: 'stdout' | 'stderr' | 'live';
  readonly label: string;
  /** How much of it is shown. */
  readonly note: string;
  /** With its escape sequences. */
  readonly text: string;
}

export interface StepDetail {
  readonly key: string;
  readonly name: string;
  readonly look: Look;
  readonly outcome: string;
  /** How long and when. */
  readonly times: string;
  readonly errorMessage: string;
  readonly command: string;
  readonly outputs: readonly OutputShown[];
  readonly metadata: readonly (readonly [name: string, value: string])[];
}

export interface PageModel {
  readonly words: Words;
  readonly title: string;
  readonly look: Look;
  readonly facts: readonly Fact[];
  readonly actions: readonly ActionShown[];
  /** Why this is not what the server holds now; empty where it is. */
  readonly note: string;
  readonly isLive: boolean;
  /** The time of what is shown, in ms since the epoch. */
  readonly now: number;
  /** Oldest first. */
  readonly steps: readonly StepShown[];
  readonly counts: { readonly steps: string; readonly errors: string };
  /** What there is before the first step that is shown. */
  readonly earlier: string;
  readonly selected: string | null;
  readonly detail: StepDetail | null;
}

export type Words = Readonly<
  Record<
    | 'actions'
    | 'openInBrowser'
    | 'rawJson'
    | 'steps'
    | 'time'
    | 'nextError'
    | 'previousStep'
    | 'nextStep'
    | 'step'
    | 'command'
    | 'copyCommand'
    | 'openCommand'
    | 'openOutput'
    | 'metadata'
    | 'noSteps'
    | 'noOutput',
    string
  >
>;

export interface ToPage {
  readonly type: 'model';
  readonly model: PageModel;
}

export type FromPage =
  | { readonly type: 'ready'; readonly selected: string | null }
  | { readonly type: 'select'; readonly selected: string }
  | { readonly type: 'open'; readonly part: 'stdout' | 'stderr' | 'command'; readonly step: string }
  | { readonly type: 'copyCommand'; readonly step: string }
  | { readonly type: 'act'; readonly action: ActionShown['name'] }
  | { readonly type: 'rawJson' }
  | { readonly type: 'parent' }
  | { readonly type: 'openInBrowser' };
