import { window, type ExtensionContext } from 'vscode';
import { RestClient } from '../../http/restClient';
import { loadedPart } from '../../loadedPart';
import { createLog, type LogSink } from '../../log';
import type { Failure } from '../../model/failure';
import type { Secret } from '../../model/secret';
import type { RenewalTimes } from '../../model/tokenSource';
import { parseServerAddress, type ServerAddress } from '../../model/serverAddress';
import { AccountStore } from '../accountStore';
import { accountTokenSource } from '../accountTokenSource';
import type { AuthorizationCodeFlow } from '../authorizationCodeFlow';
import { AuthorizationResponses } from '../authorizationResponses';
import { AuthorizationServers } from '../authorizationServers';
import { checkToken } from '../checkToken';
import { ClientStore } from '../clientStore';
import { lockFolder } from '../lockFolder';
import { PendingAuthorizations } from '../pendingAuthorizations';
import { LOCKS_OF_THIS_WINDOW } from '../refreshLock';
import { boundToBase } from '../secretStore';
import { AuthProvider } from './authProvider';
import type { HostEnvironment } from './hostEnvironment';
import { SignInFailed, type SignIn } from './signIn';
import { uriHandler } from './uriHandler';

export interface AuthenticationOptions {
  readonly context: Pick<ExtensionContext, 'secrets' | 'globalStorageUri' | 'extension'>;
  readonly serverUrl: () => string;
  readonly sink: LogSink;
  readonly failureMessage: (failure: Failure) => string;
  readonly host: HostEnvironment;
  readonly renewal: RenewalTimes;
}

/** Accounts, sign-in and tokens, put together; they end with the provider. */
export function createAuthentication(options: AuthenticationOptions) {
  const { context, serverUrl, sink, failureMessage, host, renewal } = options;
  const { globalStorageUri, extension } = context;
  const log = createLog(sink, 'Auth');
  const httpLog = createLog(sink, 'Http');
  const current = () => {
    const address = parseServerAddress(serverUrl());
    return address.ok ? address.value : undefined;
  };
  const secrets = boundToBase(context.secrets, current, log);
  const accounts = new AccountStore(secrets, log);
  const clients = new ClientStore(secrets, log);
  const pending = new PendingAuthorizations(secrets, log);
  const servers = new AuthorizationServers({ log: httpLog });
  const responses = new AuthorizationResponses();
  const check = (address: ServerAddress, token: Secret, signal: AbortSignal) =>
    checkToken(new RestClient(address, httpLog), token, signal);
  const clientName = `CodeMySpec (${host.appName})`;
  let flow: AuthorizationCodeFlow | undefined;
  /** Loaded where somebody signs in. */
  const interactive = () =>
    loadedPart(async () => {
      const part = await import(/* webpackChunkName: "oauth" */ './interactiveSignIn');
      flow ??= new part.AuthorizationCodeFlow({ servers, clients, pending, check, clientName, log });
      const { browserSignIn, signInWithToken, askForInstead } = part;
      return { flow, browserSignIn, signInWithToken, askForInstead };
    });

  const through =
    (way: 'browser' | 'code'): SignIn =>
    async (address, request) => {
      const part = await interactive();
      if (!part.ok) return part;
      const { browserSignIn, signInWithToken, askForInstead } = part.value;
      const ways = browserSignIn({
        ...{ flow: part.value.flow, responses, host, log },
        extensionId: extension.id.toLowerCase(),
        withToken: signInWithToken({ check, failureMessage, prompt: askForInstead }),
      });
      return ways[way](address, request);
    };
  const withToken: SignIn = async (address, request) => {
    const part = await interactive();
    return part.ok ? part.value.signInWithToken({ check, failureMessage })(address, request) : part;
  };
  const provider = new AuthProvider({
    ...{ accounts, servers, serverUrl, failureMessage, log },
    signIn: {
      browser: through('browser'),
      code: through('code'),
      token: withToken,
    },
  });
  const tokens = accountTokenSource({
    ...{ accounts, clients, servers, renewal, log },
    locks:
      globalStorageUri.scheme === 'file'
        ? lockFolder({ folder: globalStorageUri.fsPath, log })
        : LOCKS_OF_THIS_WINDOW,
    followsOtherWindows: !host.isInBrowser,
  });
  const finishPending = async (response: URLSearchParams): Promise<boolean> => {
    const address = current();
    if (!address) return false;
    const part = await interactive();
    const signedIn = part.ok ? await part.value.flow.finishPending(address, response) : part;
    if (!signedIn) return false;
    const words = signedIn.ok
      ? await provider.adopt(address, signedIn.value).then(() => undefined, wordsOf)
      : failureMessage(signedIn.failure);
    if (words !== undefined) void window.showErrorMessage(words);
    return true;
  };
  return {
    ...{ provider, tokens },
    handleUri: uriHandler({ receivers: [(response) => responses.receive(response), finishPending], log }),
    serverChanged: () => provider.serverChanged(),
    /** Of the account that is kept for the server of the settings. */
    accountId: async (): Promise<string | undefined> => {
      const base = current()?.base;
      const kept = base === undefined ? undefined : await accounts.get(base);
      return kept?.ok ? kept.value?.id : undefined;
    },
    /** Whether an account is kept for that base address, by whatever version. */
    isKept: async (base: string) => (await context.secrets.get(`account:${base}`)) !== undefined,
  };
}

/** An account that could not be kept; anything else is a bug. */
function wordsOf(error: unknown): string {
  if (error instanceof SignInFailed) return error.message;
  throw error;
}
