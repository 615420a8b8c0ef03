import {
  Disposable,
  EventEmitter,
  l10n,
  Uri,
  window,
  workspace,
  type Command,
  type CustomDocument,
} from 'vscode';
import { loadedPart } from '../loadedPart';
import type { Session } from '../model/session';
import { failureMessage } from '../views/failureMessage';
import type { SessionSource } from './followedSession';
import type { OutputDocuments } from './outputDocuments';
import { OUTPUT_SCHEME, SESSION_VIEW, sessionUri } from './sessionUri';

/** Sessions as editors, and their output as documents; loaded when the first is opened. */
export function registerSessionView(source: SessionSource, extensionUri: Uri): Disposable {
  const load = () => loadedPart(() => import(/* webpackChunkName: "sessionEditor" */ './sessionEditor'));
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
          const part = await load();
          if (!part.ok) throw new Error(failureMessage(part.failure));
          part.value.showSession(uri, panel, source, Uri.joinPath(extensionUri, 'dist'));
        },
      },
      { supportsMultipleEditorsPerDocument: true },
    ),
    workspace.registerTextDocumentContentProvider(OUTPUT_SCHEME, {
      onDidChange: changed.event,
      provideTextDocumentContent: async (uri) => {
        const part = await load();
        if (!part.ok) throw new Error(failureMessage(part.failure));
        documents ??= new part.value.OutputDocuments(source, changed);
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
