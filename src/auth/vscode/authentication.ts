import { authentication, env, UIKind, type ExtensionContext } from 'vscode';
import { RestClient } from '../../http/restClient';
import { createLog, type LogSink } from '../../log';
import type { Failure } from '../../model/failure';
import type { Secret } from '../../model/secret';
import { parseServerAddress, type ServerAddress } from '../../model/serverAddress';
import { AccountStore } from '../accountStore';
import { checkToken } from '../checkToken';
import { ClientStore } from '../clientStore';
import { lockFolder } from '../lockFolder';
import { OAuthServers } from '../oauthServers';
import { oauthTokens } from '../oauthTokens';
import { TURNS_OF_THIS_WINDOW } from '../refreshTurns';
import { SignInCallbacks } from '../signInCallbacks';
import { accountTokenSource } from '../tokenSource';
import { WindowRelay } from '../windowRelay';
import { AUTH_PROVIDER_ID, AuthProvider } from './authProvider';
import { registerSignInCallback, signInThroughBrowser } from './signInThroughBrowser';
import { askForInstead, signInWithToken } from './signInWithToken';

export interface AuthenticationOptions {
  readonly context: Pick<ExtensionContext, 'secrets' | 'globalStorageUri' | 'extension'>;
  readonly serverUrl: () => string;
  readonly sink: LogSink;
  readonly failureWords: (failure: Failure) => string;
}

/** Accounts, sign-in and tokens, put together; `subscriptions` end them. */
export function createAuthentication({ context, serverUrl, sink, failureWords }: AuthenticationOptions) {
  const { secrets, globalStorageUri, extension } = context;
  const log = createLog(sink, 'Auth');
  const httpLog = createLog(sink, 'Http');
  const isFolder = globalStorageUri.scheme === 'file';
  const ofThisWindow = new AccountStore(secrets, log);
  const relay =
    isFolder && env.uiKind === UIKind.Web
      ? new WindowRelay({ shared: globalStorageUri.fsPath, accounts: ofThisWindow, log })
      : undefined;
  const accounts = new AccountStore(secrets, log, relay);
  const clients = new ClientStore(secrets);
  const servers = new OAuthServers({ log: httpLog });
  const callbacks = new SignInCallbacks(log);
  const { refresh, revoke } = oauthTokens({ servers, clients, log });
  const check = (address: ServerAddress, token: Secret, signal: AbortSignal) =>
    checkToken(new RestClient(address, httpLog), token, signal);

  const token = signInWithToken({ check, failureWords });
  const browser = signInThroughBrowser({
    ...{ servers, clients, callbacks, check, failureWords, log },
    extensionId: extension.id.toLowerCase(),
    withToken: signInWithToken({ check, failureWords, prompt: askForInstead }),
  });
  const provider = new AuthProvider({
    ...{ accounts, serverUrl, failureWords, log },
    signIn: { browser, token },
    revoke: (address, { credentials }, signal) => revoke(address, credentials, signal),
  });
  const tokens = accountTokenSource({
    ...{ accounts, refresh, revoke, log },
    turns: isFolder ? lockFolder({ folder: globalStorageUri.fsPath, log }) : TURNS_OF_THIS_WINDOW,
  });
  const subscriptions: { dispose(): unknown }[] = [
    provider,
    registerSignInCallback(callbacks, log),
    authentication.registerAuthenticationProvider(AUTH_PROVIDER_ID, 'CodeMySpec', provider, {
      supportsMultipleAccounts: false,
    }),
  ];
  if (relay) subscriptions.push(relay);
  const askOthers = () => {
    const address = parseServerAddress(serverUrl());
    if (relay && address.ok) void relay.catchUp(address.value.origin);
  };
  const serverChanged = () => {
    provider.serverChanged();
    askOthers();
  };
  askOthers();
  return { provider, tokens, serverChanged, subscriptions };
}
