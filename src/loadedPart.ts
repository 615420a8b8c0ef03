import { answered, failed, type Answer } from './model/failure';

/** A part of the extension that is a file of its own: without it the installation is incomplete. */
export async function loadedPart<T>(load: () => Promise<T>): Promise<Answer<T>> {
  try {
    return answered(await load());
  } catch {
    return failed({
      kind: 'incompleteInstall',
      detail: 'a file of the extension is missing',
    });
  }
}
