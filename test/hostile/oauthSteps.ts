import { createLog } from '../../src/log';
import { Secret } from '../../src/model/secret';
import { parseServerAddress } from '../../src/model/serverAddress';
import type { OAuthTokens } from '../../src/auth/account';
import { AuthorizationServer } from '../../src/auth/authorizationServer';
import { ok, type Result } from '../../src/model/failure';

/** The one place of the hostile run that knows the sign-in's functions. */

export interface OAuthStep {
  readonly step: 'discovery' | 'registration' | 'code exchange' | 'refresh' | 'revocation';
  readonly outcome: 'ok' | 'refused' | 'threw';
  /** Kind and detail of a failure, or what was thrown. */
  readonly detail: string;
  readonly ms: number;
  /** Of a grant. */
  readonly expiresInMs?: number;
  /** Whether the token can be sent in a header. */
  readonly sendable?: boolean;
}

const REDIRECT_URI = 'http://127.0.0.1:1/callback';
const CLIENT = { id: 'client', secret: new Secret('client-secret'), authentication: 'body' as const };

/** All steps against one server, each whatever became of the one before where that is possible. */
export async function runOAuthSteps(url: string): Promise<OAuthStep[]> {
  const steps: OAuthStep[] = [];
  const address = parseServerAddress(url);
  if (!address.ok) throw new Error('no address');
  const signal = new AbortController().signal;
  const http = { fetch, log: createLog({ log: () => {} }, 'Auth') };
  const step = async <T>(name: OAuthStep['step'], run: () => Promise<Result<T>>): Promise<T | undefined> => {
    const startedAt = performance.now();
    const ms = () => Math.round(performance.now() - startedAt);
    try {
      const answer = await run();
      if (answer.ok)
        steps.push({ step: name, outcome: 'ok', detail: '', ms: ms(), ...grantOf(answer.value) });
      else {
        const detail = `${answer.failure.kind}: ${answer.failure.detail}`;
        steps.push({ step: name, outcome: 'refused', detail, ms: ms() });
      }
      return answer.ok ? answer.value : undefined;
    } catch (error) {
      steps.push({ step: name, outcome: 'threw', detail: String(error), ms: ms() });
      return undefined;
    }
  };

  const server = await step('discovery', () =>
    AuthorizationServer.discover(address.value, http, Date.now, signal),
  );
  if (!server) return steps;
  const registered = await step('registration', () => server.register(REDIRECT_URI, 'Hostile', signal));
  const client = registered ?? CLIENT;
  const { request } = await server.createAuthorizationUrl(client, REDIRECT_URI);
  const callback = new URLSearchParams({ code: 'code', state: request.state.reveal() });
  await step('code exchange', () => server.exchangeCode(request, callback, signal));
  const [accessToken, refreshToken] = [new Secret('token'), new Secret('refresh')];
  const tokens: OAuthTokens = { kind: 'oauth', accessToken, refreshToken, issuedAt: 0, client, revision: 0 };
  await step('refresh', () => server.refresh(tokens, signal));
  await step('revocation', async () => {
    await server.revoke(tokens, signal);
    return ok(undefined);
  });
  return steps;
}

function grantOf(value: unknown): Pick<OAuthStep, 'expiresInMs' | 'sendable'> {
  if (typeof value !== 'object' || value === null || !('accessToken' in value)) return {};
  const { accessToken, expiresAt, issuedAt } = value as {
    accessToken: Secret;
    expiresAt?: number;
    issuedAt: number;
  };
  return {
    ...(expiresAt !== undefined && { expiresInMs: expiresAt - issuedAt }),
    sendable: isSendable(accessToken.reveal()),
  };
}

/** RFC 6750: one word of visible characters. */
const isSendable = (token: string): boolean => /^[\x21-\x7e]+$/.test(token);
