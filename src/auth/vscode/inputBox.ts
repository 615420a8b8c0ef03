import { l10n, window } from 'vscode';

/** What became of a typed text: a value, or what is wrong with it. */
export type Reading<T> = { readonly value: T } | { readonly complaint: string };

export interface Question<T> {
  readonly prompt: string;
  readonly signal: AbortSignal;
  /** The user asked again for what is under way. */
  readonly onAgain?: (listener: () => void) => { dispose(): unknown };
  readonly read: (typed: string, closed: AbortSignal) => Reading<T> | Promise<Reading<T>>;
}

/** Asks for a secret in a password box, which stays open until it has a value; undefined where the user gave up. */
export function askForSecret<T>({ prompt, signal, onAgain, read }: Question<T>): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    const closed = new AbortController();
    const input = window.createInputBox();
    const asking = onAgain?.(() => input.show());
    input.title = l10n.t('Sign in to CodeMySpec');
    input.prompt = prompt;
    input.password = true;
    input.ignoreFocusOut = true;
    const end = (value?: T) => {
      // First of all: disposing hides the box, which ends it.
      resolve(value);
      closed.abort();
      signal.removeEventListener('abort', giveUp);
      asking?.dispose();
      input.dispose();
    };
    const giveUp = () => end();
    const show = (reading: Reading<T>) => {
      if (closed.signal.aborted) return;
      // Not disabled meanwhile: that would take the focus away for good.
      input.busy = false;
      if ('value' in reading) end(reading.value);
      else input.validationMessage = reading.complaint;
    };
    input.onDidChangeValue(() => (input.validationMessage = undefined));
    input.onDidAccept(() => {
      if (input.busy) return;
      const reading = read(input.value.trim(), closed.signal);
      if (!(reading instanceof Promise)) {
        show(reading);
        return;
      }
      input.busy = true;
      reading.then(show).catch((error: unknown) => {
        reject(error instanceof Error ? error : new Error(String(error)));
        end();
      });
    });
    input.onDidHide(giveUp);
    signal.addEventListener('abort', giveUp);
    if (signal.aborted) giveUp();
    else input.show();
  });
}
