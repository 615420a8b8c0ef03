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
import type { Result } from '../model/failure';
import { failureMessage } from '../views/failureMessage';

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
  secrets: SecretStorage,
  need: () => Promise<Result<Authentication>>,
): Disposable {
  const changed = new EventEmitter<AuthenticationProviderAuthenticationSessionsChangeEvent>();
  let forwarding: Disposable | undefined;
  const needed = async () => {
    const loaded = await need();
    if (!loaded.ok) throw new Error(failureMessage(loaded.failure));
    forwarding ??= loaded.value.authentication.onDidChangeSessions((event) => changed.fire(event));
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
    new Disposable(() => void forwarding?.dispose()),
    secrets.onDidChange(({ key }) => {
      if (isAccount(key)) load();
    }),
    authentication.registerAuthenticationProvider(
      AUTH_PROVIDER_ID,
      'CodeMySpec',
      {
        onDidChangeSessions: changed.event,
        getSessions: async (scopes, options) =>
          (await isKept()) ? (await provider()).getSessions(scopes, options) : [],
        createSession: async (scopes, options) => (await provider()).createSession(scopes, options),
        removeSession: async (id) => (await provider()).removeSession(id),
      },
      { supportsMultipleAccounts: false },
    ),
    window.registerUriHandler({ handleUri: async (uri) => (await needed()).handleUri(uri) }),
  );
}

const isAccount = (key: string): boolean => key.startsWith('account:');
