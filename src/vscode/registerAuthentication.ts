import {
  authentication,
  Disposable,
  EventEmitter,
  window,
  type AuthenticationProvider,
  type AuthenticationProviderAuthenticationSessionsChangeEvent,
  type SecretStorage,
  type Uri,
} from 'vscode';
import { failureMessage } from '../views/failureMessage';
import type { Late } from './late';

const AUTH_PROVIDER_ID = 'codemyspec';

/** What answers in the end. */
export interface Authentication {
  readonly authentication: AuthenticationProvider;
  readonly handleUri: (uri: Uri) => Promise<void>;
}

/**
 * The accounts of this extension and the links to it. While nothing is kept, there is nothing to load for the sake of
 * the accounts; the first that is kept, by whatever window, is a need.
 */
export function registerAuthentication(
  secrets: Pick<SecretStorage, 'keys' | 'onDidChange'>,
  main: Late<Authentication>,
): Disposable {
  const changed = new EventEmitter<AuthenticationProviderAuthenticationSessionsChangeEvent>();
  let forwarding: Disposable | undefined;
  let isToldOfNone = false;
  /** VS Code asks again only when it is told of a change, and the first reading of the accounts tells of none. */
  const forward = async (provider: AuthenticationProvider): Promise<void> => {
    forwarding = provider.onDidChangeSessions((event) => changed.fire(event));
    if (!isToldOfNone) return;
    const added = await provider.getSessions(undefined, {});
    if (added.length > 0) changed.fire({ added, removed: [], changed: [] });
  };
  const stopWaiting = main.whenHere((here) => void forward(here.authentication));
  const needed = async (): Promise<Authentication> => {
    const loaded = await main.need();
    if (!loaded.ok) throw new Error(failureMessage(loaded.failure));
    return loaded.value;
  };
  const provider = async (): Promise<AuthenticationProvider> => (await needed()).authentication;
  /** What cannot be read may be there. */
  const isKept = async (): Promise<boolean> => {
    try {
      return (await secrets.keys()).some(isAccount);
    } catch {
      return true;
    }
  };
  const load = () => void needed().catch(() => {});
  void isKept().then((kept) => {
    if (kept) load();
  });
  return Disposable.from(
    changed,
    new Disposable(() => {
      stopWaiting();
      forwarding?.dispose();
    }),
    secrets.onDidChange(({ key }) => {
      if (isAccount(key)) load();
    }),
    authentication.registerAuthenticationProvider(
      AUTH_PROVIDER_ID,
      'CodeMySpec',
      {
        onDidChangeSessions: changed.event,
        getSessions: async (scopes, options) => {
          if ((await isKept()) || main.here !== undefined)
            return (await provider()).getSessions(scopes, options);
          isToldOfNone = true;
          return [];
        },
        createSession: async (scopes, options) => (await provider()).createSession(scopes, options),
        removeSession: async (id) => (await provider()).removeSession(id),
      },
      { supportsMultipleAccounts: false },
    ),
    window.registerUriHandler({ handleUri: async (uri) => (await needed()).handleUri(uri) }),
  );
}

const isAccount = (key: string): boolean => key.startsWith('account:');
