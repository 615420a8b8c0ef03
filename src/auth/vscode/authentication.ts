import { authentication, window, type ExtensionContext } from 'vscode';
import { RestClient } from '../../http/restClient';
import { createLog, type LogSink } from '../../log';
import type { Failure } from '../../model/failure';
import type { Secret } from '../../model/secret';
import { parseServerAddress, type ServerAddress } from '../../model/serverAddress';
import { AccountStore } from '../accountStore';
import { AuthorizationResponses } from '../authorizationResponses';
import { checkToken } from '../checkToken';
import { ClientStore } from '../clientStore';
import { lockFolder } from '../lockFolder';
import { OAuthServers } from '../oauthServers';
import { PendingAuthorizations } from '../pendingAuthorization';
import { TURNS_OF_THIS_WINDOW } from '../refreshTurns';
import { boundToBase } from '../secretStore';
import { accountTokenSource } from '../tokenSource';
import { registerUriHandler } from './anyWindow';
import { AUTH_PROVIDER_ID, AuthProvider } from './authProvider';
import { browserSignIn } from './browserSignIn';
import type { HostEnvironment } from './hostEnvironment';
import { accountOf } from './signIn';
import { askForInstead, signInWithToken } from './signInWithToken';

export interface AuthenticationOptions {
  readonly context: Pick<ExtensionContext, 'secrets' | 'globalStorageUri' | 'extension'>;
  readonly serverUrl: () => string;
  readonly sink: LogSink;
  readonly failureWords: (failure: Failure) => string;
  readonly host: HostEnvironment;
}

/** Accounts, sign-in and tokens, put together; `subscriptions` end them. */
export function createAuthentication(options: AuthenticationOptions) {
  const { context, serverUrl, sink, failureWords, host } = options;
  const { globalStorageUri, extension } = context;
  const log = createLog(sink, 'Auth');
  const httpLog = createLog(sink, 'Http');
  const current = () => {
    const address = parseServerAddress(serverUrl());
    return address.ok ? address.value : undefined;
  };
  const secrets = boundToBase(context.secrets, current(), log);
  const accounts = new AccountStore(secrets, log);
  const clients = new ClientStore(secrets);
  const servers = new OAuthServers({ clients, log: httpLog });
  const responses = new AuthorizationResponses();
  const check = (address: ServerAddress, token: Secret, signal: AbortSignal) =>
    checkToken(new RestClient(address, httpLog), token, signal);
  const parts = { servers, clients, pending: new PendingAuthorizations(secrets), check, log };

  const { browser, code } = browserSignIn({
    ...{ parts, responses, host, failureWords, log },
    extensionId: extension.id.toLowerCase(),
    withToken: signInWithToken({ check, failureWords, prompt: askForInstead }),
  });
  const provider = new AuthProvider({
    ...{ accounts, serverUrl, failureWords, log },
    signIn: { browser, code, token: signInWithToken({ check, failureWords }) },
    revoke: (address, { credentials }, signal) => servers.revoke(address, credentials, signal),
  });
  const tokens = accountTokenSource({
    ...{ accounts, servers, log },
    turns:
      globalStorageUri.scheme === 'file'
        ? lockFolder({ folder: globalStorageUri.fsPath, log })
        : TURNS_OF_THIS_WINDOW,
    followsOtherWindows: !host.isInBrowser,
  });
  const subscriptions: { dispose(): unknown }[] = [
    provider,
    registerUriHandler({
      ...{ parts, responses, address: current, log },
      onFinished: async (address, result) => {
        if (result.ok) await provider.adopt(address, accountOf(result.value.credentials, result.value.check));
        else void window.showErrorMessage(failureWords(result.failure));
      },
    }),
    authentication.registerAuthenticationProvider(AUTH_PROVIDER_ID, 'CodeMySpec', provider, {
      supportsMultipleAccounts: false,
    }),
  ];
  return { provider, tokens, serverChanged: () => provider.serverChanged(), subscriptions };
}
