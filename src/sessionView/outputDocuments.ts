import { l10n, type EventEmitter, type Uri } from 'vscode';
import type { Session } from '../model/session';
import { stepName } from '../views/sessionName';
import { withoutAnsi } from './ansi';
import { FollowedSession, type SessionSource } from './followedSession';
import { outputUri, parseOutputUri, type OutputPart, type OutputRef, type SessionRef } from './sessionUri';
import { commandText } from './stepDetail';
import { interactionsOf } from './steps';

interface Open {
  readonly followed: FollowedSession;
  text: string;
}

/** Output, commands and whole sessions as read-only documents, which follow their session while they are open. */
export class OutputDocuments {
  private readonly open = new Map<string, Open>();

  constructor(
    private readonly source: SessionSource,
    private readonly changed: EventEmitter<Uri>,
  ) {}

  contentOf(uri: Uri): string {
    const key = uri.toString();
    const ref = parseOutputUri(uri);
    if (!ref) return '';
    const known = this.open.get(key);
    const document: Open = known ?? {
      followed: new FollowedSession(ref.of, this.source, () => {
        if (textOf(document, ref) !== document.text) this.changed.fire(uri);
      }),
      text: '',
    };
    this.open.set(key, document);
    document.text = textOf(document, ref);
    return document.text;
  }

  close(uri: Uri): void {
    const key = uri.toString();
    this.open.get(key)?.followed.dispose();
    this.open.delete(key);
  }

  dispose(): void {
    for (const { followed } of this.open.values()) followed.dispose();
    this.open.clear();
  }
}

export function outputUriOf(of: SessionRef, session: Session, part: OutputPart, step: string): Uri {
  const interaction = interactionsOf(session).get(step);
  const name = interaction ? stepName(interaction) : session.id.slice(0, 36);
  const titles: Record<OutputPart, () => string> = {
    stdout: () => `${l10n.t('{0} output', name)}.log`,
    stderr: () => `${l10n.t('{0} error output', name)}.log`,
    command: () => `${l10n.t('{0} command', name)}.sh`,
    json: () => `${l10n.t('Session {0}', name)}.json`,
  };
  return outputUri(titles[part](), { of, part, step });
}

function textOf({ followed }: Open, { part, step }: OutputRef): string {
  const { session } = followed;
  if (!session) return '';
  if (part === 'json') return rawJson(session);
  const interaction = interactionsOf(session).get(step);
  if (!interaction) return '';
  return part === 'command' ? commandText(interaction) : withoutAnsi(interaction.result?.[part] ?? '');
}

/** As the server sent it, and a word of this extension's own where it left something out. */
function rawJson({ leftOut, id, ...fields }: Session): string {
  const note = leftOut && { leftOut: { ...leftOut, note: l10n.t('not all of its data is shown') } };
  return `${JSON.stringify({ id, ...fields, ...note }, null, 2)}\n`;
}
