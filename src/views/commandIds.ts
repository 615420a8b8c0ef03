/** Every command of the extension; package.json contributes the same. */
export const COMMANDS = [
  'codeMySpec.signIn',
  'codeMySpec.signInWithCode',
  'codeMySpec.signInWithToken',
  'codeMySpec.signOut',
  'codeMySpec.refreshSessions',
  'codeMySpec.reconnect',
  'codeMySpec.connect',
  'codeMySpec.disconnect',
  'codeMySpec.openServer',
  'codeMySpec.openInDesktop',
  'codeMySpec.showLogs',
  'codeMySpec.diagnose',
  'codeMySpec.showConnection',
  'codeMySpec.openSession',
  'codeMySpec.nextCommand',
  'codeMySpec.runStep',
  'codeMySpec.cancelSession',
  'codeMySpec.setExecutionMode',
  'codeMySpec.markAsSeen',
  'codeMySpec.copySessionId',
  'codeMySpec.copyCommand',
  'codeMySpec.openInBrowser',
  'codeMySpec.resumeConversation',
  'codeMySpec.filterSessions',
  'codeMySpec.clearFilter',
  'codeMySpec.groupSessions',
  'codeMySpec.showMore',
  'codeMySpec.showStatusMenu',
] as const;

export type CommandId = (typeof COMMANDS)[number];

/** The view of the sessions, as package.json contributes it. */
export const VIEW_ID = 'codeMySpec.sessions';

/** VS Code's own command that opens the setting. */
export const OPEN_SERVER_URL = {
  command: 'workbench.action.openSettings',
  arguments: ['@id:codeMySpec.serverUrl'],
} as const;
