import {
  window,
  type CancellationToken,
  type Disposable,
  type Terminal,
  type TerminalShellIntegration,
  type Uri,
} from 'vscode';
import { withoutAnsi } from '../sessionView/ansi';

export interface StepPlace {
  /** Of the terminal. */
  readonly name: string;
  readonly cwd: Uri;
}

/** What a terminal tells of a command. */
export type StepEnd =
  /** Nothing was sent to it. */
  | { readonly kind: 'notStarted' }
  /** It runs, and only somebody who looks can tell what comes of it. */
  | { readonly kind: 'unwatched' }
  | {
      readonly kind: 'ended';
      /** Undefined where the shell did not say, or nobody waited for it. */
      readonly code: number | undefined;
      /** Of all streams, without escapes. */
      readonly stdout: string;
      readonly durationMs: number;
    };

/** Shells whose integration tells the ends of commands truly. */
const WATCHED: ReadonlySet<string | undefined> = new Set(['bash', 'zsh', 'fish', 'pwsh']);
const INTEGRATION_TIMEOUT_MS = 10_000;
const OUTPUT_TIMEOUT_MS = 1_000;
/** Of output: the end of it is kept. */
const MAX_OUTPUT_CHARS = 200_000;
const INTERRUPT = '\u0003';

/**
 * In a visible terminal of its own, which gets this text once. VS Code tells no end of a command of several lines, nor
 * of any where there is no shell integration. Cancelling interrupts the command.
 */
export async function runInShell(
  text: string,
  { name, cwd }: StepPlace,
  cancelled: CancellationToken,
): Promise<StepEnd> {
  const terminal = window.createTerminal({ name, cwd });
  terminal.show();
  const readiness = await shellOf(terminal, cancelled);
  if (readiness === 'gone') return { kind: 'notStarted' };
  const { shellIntegration, state } = terminal;
  if (shellIntegration && WATCHED.has(state.shell) && !text.includes('\n')) {
    return watched(terminal, shellIntegration, text, cancelled);
  }
  terminal.sendText(text);
  return { kind: 'unwatched' };
}

/** Without a shell: texts from outside are arguments, whatever they hold. */
export function startClaude(args: readonly string[], { name, cwd }: StepPlace): void {
  window.createTerminal({ name, cwd, shellPath: 'claude', shellArgs: [...args] }).show();
}

/** Resolves once its shell is known, with its integration, or will not be. */
function shellOf(terminal: Terminal, cancelled: CancellationToken): Promise<'ready' | 'gone'> {
  return new Promise((resolve) => {
    const end = (readiness: 'ready' | 'gone') => {
      clearTimeout(timer);
      for (const subscription of subscriptions) subscription.dispose();
      resolve(readiness);
    };
    const look = () => {
      if (terminal.shellIntegration && terminal.state.shell !== undefined) end('ready');
    };
    const timer = setTimeout(() => end('ready'), INTEGRATION_TIMEOUT_MS);
    const subscriptions: Disposable[] = [
      window.onDidChangeTerminalShellIntegration(look),
      window.onDidChangeTerminalState(look),
      window.onDidCloseTerminal((closed) => {
        if (closed === terminal) end('gone');
      }),
      cancelled.onCancellationRequested(() => end('gone')),
    ];
    look();
  });
}

async function watched(
  terminal: Terminal,
  integration: TerminalShellIntegration,
  text: string,
  cancelled: CancellationToken,
): Promise<StepEnd> {
  const subscriptions: Disposable[] = [];
  const ended = new Promise<number | undefined>((resolve) => {
    subscriptions.push(
      window.onDidEndTerminalShellExecution((end) => {
        if (end.execution === execution) resolve(end.exitCode);
      }),
      window.onDidCloseTerminal((closed) => {
        if (closed === terminal) resolve(undefined);
      }),
      cancelled.onCancellationRequested(() => {
        terminal.sendText(INTERRUPT, false);
        resolve(undefined);
      }),
    );
  });
  const startedAt = Date.now();
  const execution = integration.executeCommand(text);
  let output = '';
  const read = async () => {
    for await (const data of execution.read()) output = endOf(output + data, 2 * MAX_OUTPUT_CHARS);
  };
  const reading = read();
  const code = await ended;
  const durationMs = Date.now() - startedAt;
  for (const subscription of subscriptions) subscription.dispose();
  await Promise.race([reading, new Promise((resolve) => setTimeout(resolve, OUTPUT_TIMEOUT_MS))]);
  return { kind: 'ended', code, stdout: endOf(withoutAnsi(output), MAX_OUTPUT_CHARS), durationMs };
}

const endOf = (text: string, maxLength: number): string =>
  text.length <= maxLength ? text : `…${text.slice(1 - maxLength)}`;
