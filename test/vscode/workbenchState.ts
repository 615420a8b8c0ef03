export interface WorkbenchState {
  readonly views: readonly ViewState[];
  readonly statusBar: readonly StatusBarItem[];
  readonly notifications: readonly Notification[];
  readonly dialog?: Dialog;
  readonly quickInput?: QuickInput;
  readonly hover: string;
  readonly editors: readonly string[];
}

export interface ViewState {
  readonly name: string;
  /** Beside the name, such as the state of the connection. */
  readonly description: string;
  readonly message: string;
  readonly welcome: string;
  readonly welcomeButtons: readonly string[];
  /** Only what is scrolled into view: VS Code draws no other row. */
  readonly rows: readonly Row[];
}

export interface Row {
  readonly level: number;
  readonly text: string;
  readonly description: string;
  /** undefined: the row has no children. */
  readonly expanded?: boolean;
  readonly selected: boolean;
  readonly ariaLabel: string;
  readonly icons: readonly string[];
  /** Its place in the whole list, hidden rows counted. */
  readonly index: number;
}

export interface StatusBarItem {
  readonly id: string;
  readonly text: string;
  /** Text and tooltip. */
  readonly ariaLabel: string;
  readonly icons: readonly string[];
  readonly kind: 'standard' | 'warning' | 'error';
}

export interface Notification {
  readonly severity: string;
  readonly text: string;
  readonly buttons: readonly string[];
}

export interface Dialog {
  readonly message: string;
  readonly detail: string;
  readonly buttons: readonly string[];
}

export interface QuickInput {
  readonly title: string;
  readonly message: string;
  readonly placeholder: string;
  readonly value: string;
  readonly password: boolean;
  readonly items: readonly string[];
}

export type Matcher = string | RegExp;

export function matches(text: string, matcher: Matcher): boolean {
  return typeof matcher === 'string' ? text.includes(matcher) : matcher.test(text);
}

export function findStatusBarItem(state: WorkbenchState, matcher: Matcher): StatusBarItem | undefined {
  return state.statusBar.find(({ id, ariaLabel, text }) => matches(`${id}\n${ariaLabel}\n${text}`, matcher));
}

export function rowsOf(state: WorkbenchState, view?: string): readonly Row[] {
  return viewsOf(state, view).flatMap(({ rows }) => rows);
}

export function viewsOf(state: WorkbenchState, view?: string): readonly ViewState[] {
  return state.views.filter(({ name }) => view === undefined || name === view);
}

export function describeState(state: WorkbenchState): string {
  const views = state.views.flatMap(({ name, description, message, welcome, rows }) => [
    `view ${name} ${description}: ${rows.length} rows`,
    ...(message ? [`  message: ${message}`] : []),
    ...(welcome ? [`  welcome: ${welcome.replaceAll('\n', ' | ')}`] : []),
    ...rows.map(({ level, text, description }) => `${'  '.repeat(level)}${text}  ${description}`.trimEnd()),
  ]);
  const { dialog, quickInput } = state;
  return [
    ...views,
    `status bar: ${state.statusBar.map(({ ariaLabel }) => ariaLabel).join(' · ')}`,
    ...state.notifications.map(({ severity, text }) => `notification (${severity}): ${text}`),
    ...(dialog ? [`dialog: ${dialog.message} [${dialog.buttons.join('] [')}]`] : []),
    ...(quickInput ? [`input: ${quickInput.title} ${quickInput.placeholder} ${quickInput.message}`] : []),
  ].join('\n');
}
