import { ok, err, type Result } from './model/failure';

/** A part of the extension that is a file of its own: without it the installation is incomplete. */
export async function loadedPart<T>(load: () => Promise<T>): Promise<Result<T>> {
  try {
    return ok(await load());
  } catch {
    return err({
      kind: 'incompleteInstall',
      detail: 'a file of the extension is missing',
    });
  }
}
