import {
  Disposable,
  EventEmitter,
  l10n,
  window,
  workspace,
  type Command,
  type CustomDocument,
  type Uri,
  type WebviewPanel,
} from 'vscode';
import type { Result } from '../model/failure';
import type { Session } from '../model/session';
import { failureMessage } from '../views/failureMessage';
import type { OutputDocuments } from './outputDocuments';
import { OUTPUT_SCHEME, SESSION_VIEW, sessionUri } from './sessionUri';

export interface SessionEditors {
  show(uri: Uri, panel: WebviewPanel): void;
  /** `changed` is fired with each whose text differs. */
  documents(changed: EventEmitter<Uri>): OutputDocuments;
}

/** Sessions as editors, and their output as documents; loaded when the first is opened. */
export function registerSessionView(load: () => Promise<Result<SessionEditors>>): Disposable {
  const loaded = async (): Promise<SessionEditors> => {
    const part = await load();
    if (!part.ok) throw new Error(failureMessage(part.failure));
    return part.value;
  };
  const changed = new EventEmitter<Uri>();
  let documents: OutputDocuments | undefined;
  return Disposable.from(
    changed,
    { dispose: () => documents?.dispose() },
    workspace.onDidCloseTextDocument(({ uri }) => documents?.close(uri)),
    window.registerCustomEditorProvider(
      SESSION_VIEW,
      {
        openCustomDocument: (uri): CustomDocument => ({ uri, dispose: () => {} }),
        resolveCustomEditor: async ({ uri }, panel) => {
          (await loaded()).show(uri, panel);
        },
      },
      { supportsMultipleEditorsPerDocument: true },
    ),
    workspace.registerTextDocumentContentProvider(OUTPUT_SCHEME, {
      onDidChange: changed.event,
      provideTextDocumentContent: async (uri) => {
        const part = await loaded();
        documents ??= part.documents(changed);
        return documents.contentOf(uri);
      },
    }),
  );
}

/** What a click on a session does. VS Code itself makes of it a preview, or pins it. */
export const sessionOpener =
  (serverUrl: () => string) =>
  (session: Session): Command => ({
    command: 'vscode.open',
    title: l10n.t('Open Session'),
    arguments: [sessionUri(serverUrl(), session)],
  });
