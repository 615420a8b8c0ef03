import { Uri } from 'vscode';
import { serverOf } from '../model/serverAddress';
import type { Session } from '../model/session';
import { kindOf } from '../views/sessionName';

/** The editor that shows a session; package.json names it and the scheme. */
export const SESSION_VIEW = 'codeMySpec.session';
export const SESSION_SCHEME = 'codemyspec-session';
export const OUTPUT_SCHEME = 'codemyspec-output';

/** A session of an account (of CodeMySpec) on a server. */
export interface SessionRef {
  /** Its base address. */
  readonly server: string;
  /** Empty where the server does not tell. */
  readonly account: string;
  readonly id: string;
}

/** What of a session is opened as a document. */
const OUTPUT_PARTS = ['stdout', 'stderr', 'command', 'json'] as const;
export type OutputPart = (typeof OUTPUT_PARTS)[number];

export interface OutputRef {
  readonly of: SessionRef;
  readonly part: OutputPart;
  /** Of which step; empty for the whole session. */
  readonly step: string;
}

function sessionRef(serverUrl: string, { id, account_id }: Session): SessionRef {
  return { server: serverOf(serverUrl), account: account_id ?? '', id };
}

/** The last part of its path is the title of its tab, and does not change while the session lives. */
export function sessionUri(serverUrl: string, session: Session): Uri {
  const { server, account, id } = sessionRef(serverUrl, session);
  const shortId = id.length > 12 ? id.slice(0, 8) : id;
  return uriOf(SESSION_SCHEME, `${kindOf(session)} ${shortId}`, [server, account, id]);
}

export function parseSessionUri({ scheme, query }: Uri): SessionRef | undefined {
  const [server, account, id, ...more] = (scheme === SESSION_SCHEME && textsOf(query)) || [];
  if (server === undefined || account === undefined || id === undefined || more.length > 0) return undefined;
  return { server, account, id };
}

/** `title` ends in what VS Code chooses the language by. */
export function outputUri(title: string, { of, part, step }: OutputRef): Uri {
  return uriOf(OUTPUT_SCHEME, title, [of.server, of.account, of.id, part, step]);
}

export function parseOutputUri({ scheme, query }: Uri): OutputRef | undefined {
  const [server, account, id, name, step] = (scheme === OUTPUT_SCHEME && textsOf(query)) || [];
  const part = OUTPUT_PARTS.find((each) => each === name);
  if (server === undefined || account === undefined || id === undefined) return undefined;
  return part === undefined || step === undefined ? undefined : { of: { server, account, id }, part, step };
}

function uriOf(scheme: string, title: string, texts: readonly string[]): Uri {
  // JSON escapes lone surrogates, which no address can hold.
  return Uri.from({ scheme, path: `/${title.replace(/[\\/]/g, ' ')}`, query: JSON.stringify(texts) });
}

function textsOf(query: string): readonly string[] | undefined {
  try {
    const texts: unknown = JSON.parse(query);
    return Array.isArray(texts) && texts.every((text) => typeof text === 'string') ? texts : undefined;
  } catch {
    return undefined;
  }
}
