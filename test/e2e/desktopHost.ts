import type { ExtensionContext } from 'vscode';
import { hostEnvironment } from '../../src/auth/vscode/hostEnvironment';
import { activate as start } from '../../src/extension';
import type { CodeMySpecApi } from '../../src/vscode/codeMySpecApi';

/** The extension as on a desktop where no listener can be had: the bare URI is all that leads back. */
export function activate(context: ExtensionContext): CodeMySpecApi {
  return start(context, {
    ...hostEnvironment(),
    isInBrowser: false,
    openListener: () => Promise.resolve(undefined),
  });
}
