import { commands, env, l10n, Uri, window, workspace, type WorkspaceFolder } from 'vscode';
import { plainText } from '../model/plainText';
import type { Interaction, Session } from '../model/session';
import { messageText, pickText } from '../views/messageText';
import { foldersToRunIn } from '../views/runnableStep';
import { stepName } from '../views/sessionName';
import { nameOf } from './sendCommand';
import { fitsDialog, visible, type StepCommand } from './stepCommand';

export interface StepAsked {
  readonly session: Session;
  readonly step: Interaction;
  readonly command: StepCommand;
  readonly folder: WorkspaceFolder;
}

/** Shows what would run, whole, and where. Nothing but the button is a yes. */
export async function askToRun(asked: StepAsked): Promise<'run' | 'otherFolder' | undefined> {
  const text = textOf(asked);
  if (fitsDialog(text)) return confirm(asked, text);
  const title = l10n.t('{0} command', stepName(asked.step));
  const document = await showDocument(title, text);
  try {
    const shown = l10n.t('The command, too long or too unusual for a dialog, is in the editor "{0}".', title);
    // Behind a modal dialog nobody could scroll.
    const goOn = l10n.t('Continue');
    const read = await window.showInformationMessage(
      l10n.t(
        '{0}: read the command in the editor "{1}". It does not run yet.',
        nameOf(asked.session),
        messageText(title),
      ),
      goOn,
    );
    return read === goOn ? await confirm(asked, shown) : undefined;
  } finally {
    document.dispose();
  }
}

/** Of those that are open; never guessed, one alone is asked for too. */
export async function chooseFolder(session: Session): Promise<WorkspaceFolder | undefined> {
  const project = session.project?.name ?? session.project_id ?? '';
  const chosen = await window.showQuickPick(
    foldersToRunIn().map((folder) => ({
      ...{ folder, label: pickText(folder.name), description: pickText(folder.uri.fsPath) },
    })),
    {
      title: project
        ? l10n.t('Folder for the steps of the project {0}', plainText(project, 60))
        : l10n.t('Folder for the steps of {0}', nameOf(session)),
    },
  );
  return chosen?.folder;
}

async function confirm(
  { session, command, folder }: StepAsked,
  text: string,
): Promise<'run' | 'otherFolder' | undefined> {
  const run = l10n.t('Run');
  const otherFolder = l10n.t('Other Folder…');
  const how =
    command.kind === 'claude'
      ? l10n.t('Claude starts in a new terminal, without a shell. Its prompt follows "--".')
      : l10n.t('It runs in a new terminal with your permissions.');
  const place = [
    l10n.t('Folder: {0}', visible(folder.uri.fsPath)),
    l10n.t('Machine: {0}', machineOf(folder.uri)),
  ].join('\n');
  const chosen = await window.showWarningMessage(
    l10n.t('Run the waiting step of {0} here?', nameOf(session)),
    { modal: true, detail: [place, how, text].join('\n\n') },
    run,
    otherFolder,
  );
  return chosen === run ? 'run' : chosen === otherFolder ? 'otherFolder' : undefined;
}

function textOf({ command, step }: StepAsked): string {
  const pipe = step.command?.pipe;
  return pipe
    ? [command.shown, l10n.t('Pipe, which is not passed on:'), visible(pipe)].join('\n\n')
    : command.shown;
}

/** Terminals run where the folder is. */
function machineOf({ scheme, authority }: Uri): string {
  const { remoteName } = env;
  if (remoteName === undefined) return l10n.t('this computer');
  const kinds = new Map([
    ['ssh-remote', 'SSH'],
    ['wsl', 'WSL'],
    ['dev-container', l10n.t('a container')],
    ['attached-container', l10n.t('a container')],
  ]);
  const kind = kinds.get(remoteName) ?? remoteName;
  const host = scheme === 'vscode-remote' ? authority.slice(authority.indexOf('+') + 1) : '';
  // Containers are named by long numbers.
  const isName = host !== '' && host !== remoteName && !/^[\da-f]{16,}$/.test(host);
  return visible(isName ? `${kind} ${host}` : kind);
}

const SCHEME = 'codemyspec-step';
let documents = 0;

/** Read-only, and never changed: what is shown is what runs. */
async function showDocument(title: string, text: string): Promise<{ dispose(): void }> {
  documents += 1;
  const path = `/${title.replace(/[\\/]/g, ' ')}.sh`;
  const uri = Uri.from({ scheme: SCHEME, path, query: String(documents) });
  const provider = workspace.registerTextDocumentContentProvider(SCHEME, {
    provideTextDocumentContent: (asked) => (asked.toString() === uri.toString() ? text : ''),
  });
  await commands.executeCommand('vscode.open', uri, { preview: false });
  return provider;
}
